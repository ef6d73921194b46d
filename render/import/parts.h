#pragma once

#include <string>
#include <vector>

#include "render/import/scene_builder.h"
#include "render/import/sidecar.h"

namespace funcorr {

// A name as an exporter left it → a part's name: lower case, '_', '-' and '.' as spaces, the number at the
// end dropped ("Handle_02" → "handle"). Empty where nothing but numbers is left or the name says nothing
// ("defaultobject", "Object_12", "mesh").
std::string clean_part_name(const std::string& name);

// Part names of the files of a part folder: stems without what they share with the shortest one
// ("hammer_head", "hammer_neck" → "head", "neck"; "kettle", "kettlehandle" → "kettle", "handle").
std::vector<std::string> part_names_from_stems(const std::vector<std::string>& stems);

// Fills the builder's scene().part_names and triangle_part, before finish(): from the sidecar's part_of_face
// where its counts agree with the file's (else a warning), else from the groups (`group_is_part`: the group
// names are parts already), else one part. Groups whose names clean to the same are one part; triangles of a
// group without a name have part −1, unless no group has one.
void assign_parts(SceneBuilder& builder, const Sidecar& sidecar, bool group_is_part);

}  // namespace funcorr
