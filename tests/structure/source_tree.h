#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace funcorr::tests {

struct SourceFile {
  std::string path;                // from the root of the tree: "render/camera.h"
  std::vector<std::string> lines;  // without their comments; line n of the file is lines[n - 1]
};

// "render/camera.cpp:12", as compilers name a place; index counts from 0.
std::string place(const SourceFile& file, std::size_t index);

// The text without // and /* */ comments, its line breaks kept; comment signs within literals are none.
std::vector<std::string> lines_without_comments(const std::string& text);

// Every .cpp and .h file of the tree, in the order of their paths; build folders and hidden ones are passed
// over.
const std::vector<SourceFile>& source_tree();

}  // namespace funcorr::tests
