#pragma once

#include <functional>
#include <string>
#include <vector>

#include "db/format/random.h"
#include "tools/sample_objects/sample_object.h"

namespace funcorr {

// One kind of object. Generators build in these poses: vessels stand on y = 0 about the y axis, handle
// towards −x, pouring towards +x; long tools lie along x, hand at −x, working end at +x, upper (loading) side
// +y, width along z. Part names and functions are the taxonomy's; extra true parts have their own names.
struct SampleFamily {
  std::string category;
  std::function<SampleObject(Random&)> generate;
};

std::vector<SampleFamily> vessel_families();     // mug, bowl, bottle, kettle …
std::vector<SampleFamily> utensil_families();    // spoon, fork, knife, shovel …
std::vector<SampleFamily> hand_tool_families();  // hammer, axe, screwdriver, scissors …
std::vector<SampleFamily> brush_families();      // broom, brush, pencil …
std::vector<SampleFamily> hook_families();       // hook, coat hanger …

// All of them, in alphabetical order of category.
const std::vector<SampleFamily>& sample_families();

}  // namespace funcorr
