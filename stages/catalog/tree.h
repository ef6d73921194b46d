#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace funcorr {

// What is catalogued together: a root with all that lies in it, or a folder with only what symbolic links of
// the roots lead to.
struct Tree {
  std::filesystem::path folder;                // absolute, links resolved
  std::vector<std::filesystem::path> roots;    // whose links are followed; empty: the folder is a root itself
  std::vector<std::filesystem::path> allowed;  // where links may lead, `folder` among them
};

// The roots, then the folders into which links may lead and that are no roots. Throws UsageError for what is
// no folder, occurs twice, or where there is no root.
std::vector<Tree> trees_of(const std::vector<std::filesystem::path>& roots,
                           const std::vector<std::filesystem::path>& follow_links);

struct TreeFile {
  std::string path;  // beneath the tree's folder
  std::filesystem::file_status status;
  std::string linked_as;  // beneath a root, where a link led to it; else as `path`
};

// A tree's files in path order, without hidden ones. Links are told as such in a root, and followed from
// there as far as all of them lead into the allowed folders: what is reached twice, or lies in a root anyway,
// is taken once, so that cycles end. With a linked mesh come the files beside it that it may refer to. Throws
// std::runtime_error when a folder cannot be listed.
std::vector<TreeFile> files_of(const Tree& tree);

}  // namespace funcorr
