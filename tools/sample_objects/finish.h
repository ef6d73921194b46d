#pragma once

#include <string>

#include "db/format/random.h"
#include "tools/sample_objects/sample_object.h"

namespace funcorr {

// A material and the words a caption uses for it.
struct Finish {
  SampleMaterial material;
  std::string words;
};
Finish ceramic_finish(Random& random);  // glaze, enamel or lacquer with a pattern
Finish plastic_finish(Random& random);
Finish metal_finish(Random& random);
Finish wood_finish(Random& random);
Finish grip_finish(Random& random);  // wood, plastic or wrapped: what handles are made of

double uniform(Random& random, double low, double high);
bool chance(Random& random, double probability);

// What makes one object differ from every symmetrical ideal: unequal scale along the axes and a smooth
// random displacement, `amount` of the object's size (about 0.015).
void make_irregular(SampleObject& object, Random& random, double amount);

}  // namespace funcorr
