#include "stages/catalog/tree.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "db/format/error.h"
#include "render/import/import.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

void sort_by_path(std::vector<TreeFile>& files) { std::ranges::sort(files, {}, &TreeFile::path); }

std::vector<TreeFile> walk(const fs::path& root) {
  std::vector<TreeFile> files;
  std::error_code error;
  fs::recursive_directory_iterator it(root, error), end;
  if (error) throw std::runtime_error("cannot list " + root.string() + ": " + error.message());
  for (; it != end; it.increment(error)) {
    if (error) throw std::runtime_error("cannot list " + root.string() + ": " + error.message());
    const bool hidden = it->path().filename().string().starts_with('.');
    if (hidden && it->is_directory(error)) it.disable_recursion_pending();
    const fs::file_status status = it->symlink_status(error);
    const std::string path = it->path().lexically_relative(root).string();
    if (!hidden && !fs::is_directory(status)) files.push_back({path, status, path});
  }
  if (error) throw std::runtime_error("cannot list " + root.string() + ": " + error.message());
  sort_by_path(files);
  return files;
}

// The path beneath the folder; empty where it is not beneath it.
fs::path beneath(const fs::path& path, const fs::path& folder) {
  const fs::path relative = path.lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." ? fs::path() : relative;
}

class LinkFollower {
 public:
  explicit LinkFollower(const Tree& tree) : tree_(tree) {}

  std::vector<TreeFile> files() {
    for (const fs::path& root : tree_.roots)
      for (const TreeFile& file : walk(root))
        if (fs::is_symlink(file.status)) links_.push_back({root / file.path, file.path});
    for (std::size_t i = 0; i < links_.size(); ++i) follow(links_[i].file, links_[i].linked_as);
    sort_by_path(files_);
    return std::move(files_);
  }

 private:
  struct Link {
    fs::path file;
    std::string linked_as;
  };

  void follow(const fs::path& link, const std::string& linked_as) {
    std::error_code error;
    const fs::path target = fs::canonical(link, error);
    if (error || home_of(target).empty() || is_listed(target) || !seen_.insert(target).second) return;
    if (!fs::is_directory(target)) {
      add(target, linked_as);
      add_companions(target, linked_as);
      return;
    }
    for (const TreeFile& file : walk(target))
      if (fs::is_symlink(file.status))
        links_.push_back({target / file.path, linked_as + "/" + file.path});
      else if (!is_listed(target / file.path) && seen_.insert(target / file.path).second)
        add(target / file.path, linked_as + "/" + file.path);
  }

  // The first of the allowed folders that it lies in; empty where links may not lead there.
  fs::path home_of(const fs::path& target) const {
    for (const fs::path& folder : tree_.allowed)
      if (!beneath(target, folder).empty()) return folder;
    return {};
  }

  // In a root, and not hidden there.
  bool is_listed(const fs::path& target) const {
    return std::ranges::any_of(tree_.roots, [&](const fs::path& root) {
      const fs::path path = beneath(target, root);
      return !path.empty() && std::ranges::none_of(path, [](const fs::path& name) {
        return name.string().size() > 1 && name.string().starts_with('.');
      });
    });
  }

  void add(const fs::path& file, const std::string& linked_as) {
    if (home_of(file) == tree_.folder)
      files_.push_back({beneath(file, tree_.folder).string(), fs::symlink_status(file), linked_as});
  }

  // What a mesh may refer to, and its sidecar, lie beside the file that the link leads to.
  void add_companions(const fs::path& mesh, const std::string& linked_as) {
    const fs::path folder = mesh.parent_path();
    if (!is_asset_extension(mesh.extension().string()) || !walked_.insert(folder).second) return;
    for (const TreeFile& file : walk(folder))
      if (fs::is_regular_file(file.status) && !is_asset_extension(fs::path(file.path).extension().string()) &&
          seen_.insert(folder / file.path).second)
        add(folder / file.path, (fs::path(linked_as).parent_path() / file.path).string());
  }

  const Tree& tree_;
  std::vector<Link> links_;  // grows while it is worked through
  std::set<fs::path> seen_, walked_;
  std::vector<TreeFile> files_;
};

std::vector<fs::path> folders_of(const std::vector<fs::path>& named, const std::string& option) {
  std::vector<fs::path> found;
  for (const fs::path& folder : named) {
    if (!fs::is_directory(folder)) throw UsageError(option + ": " + folder.string() + " is no folder");
    found.push_back(fs::canonical(folder));
    if (std::ranges::count(found, found.back()) > 1)
      throw UsageError(option + ": " + folder.string() + " occurs twice");
  }
  return found;
}

}  // namespace

std::vector<Tree> trees_of(const std::vector<fs::path>& roots, const std::vector<fs::path>& follow_links) {
  const std::vector<fs::path> own = folders_of(roots, "catalog.roots"),
                              allowed = folders_of(follow_links, "catalog.follow_links");
  if (own.empty())
    throw UsageError("catalog.roots: no folder is given; name at least one folder with assets");
  std::vector<Tree> trees;
  for (const fs::path& root : own) trees.push_back({root, {}, {}});
  for (const fs::path& folder : allowed)
    if (std::ranges::find(own, folder) == own.end()) trees.push_back({folder, own, allowed});
  return trees;
}

std::vector<TreeFile> files_of(const Tree& tree) {
  return tree.roots.empty() ? walk(tree.folder) : LinkFollower(tree).files();
}

}  // namespace funcorr
