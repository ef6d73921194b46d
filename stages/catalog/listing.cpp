#include "stages/catalog/listing.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>
#include <stdexcept>

#include "db/format/file.h"
#include "db/format/hash.h"
#include "db/format/text.h"
#include "render/import/asset_archive.h"
#include "render/import/file_finder.h"
#include "render/import/import.h"
#include "render/import/sidecar.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxWarnings = 100;

bool is_mesh(const fs::path& file) { return is_mesh_extension(file.extension().string()); }

bool is_archive(const fs::path& file) { return lower_case(file.extension().string()) == kArchiveExtension; }

// By name, as the hashes of older manifests have them.
std::vector<std::string> texture_folders() {
  std::vector<std::string> names(kTextureFolders.begin(), kTextureFolders.end());
  std::ranges::sort(names);
  return names;
}

bool refers_to_files(const std::string& format) {
  return format == "gltf" || format == "obj" || format == "dae" || format == "fbx" || format == "ply";
}

bool is_uid(const std::string& text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

class Lister {
 public:
  Lister(const Tree& tree, const ListingOptions& options, const Captions& captions)
      : root_(tree.folder), options_(options), captions_(captions) {
    try {
      pattern_ = std::regex(options.category_pattern);
    } catch (const std::regex_error& error) {
      throw std::runtime_error("category_pattern '" + options.category_pattern + "': " + error.what());
    }
    files_ = files_of(tree);
    for (const TreeFile& file : files_) linked_as_[file.path] = file.linked_as;
  }

  Listing list(const std::function<bool()>& stop) {
    std::map<std::string, std::vector<std::string>> part_folders;
    std::vector<std::string> meshes;
    for (const TreeFile& file : files_) {
      if (!fs::is_regular_file(file.status))
        ++listing_.skipped[fs::is_symlink(file.status) ? "(symbolic link)" : "(no regular file)"];
      else if (as_valid_utf8(file.path) != file.path)
        ++listing_.skipped["(name is not UTF-8)"];
      else if (!is_mesh(file.path) && !is_archive_to_read(file.path))
        skip(file.path);
      else if (const auto folder = part_folder(file.path))
        part_folders[*folder].push_back(file.path);
      else
        meshes.push_back(file.path);
    }
    for (const std::string& mesh : meshes) {
      if (stop()) return std::move(listing_);
      add(mesh, {mesh}, false);
    }
    for (const auto& [folder, parts] : part_folders) {
      if (stop()) return std::move(listing_);
      add(folder, parts, true);
    }
    return std::move(listing_);
  }

 private:
  void skip(const std::string& path) {
    const std::string extension = lower_case(fs::path(path).extension().string());
    if (extension == ".json" && is_sidecar(path)) return;
    ++listing_.skipped[extension.empty() ? "(none)" : extension];
  }

  // Of a mesh, no part, and not unpacked beside itself: to a mesh of its name, or in a folder of it.
  bool is_archive_to_read(const std::string& path) const {
    if (!is_archive(path) || part_folder(path)) return false;
    const std::string stem = fs::path(path).replace_extension().string();
    return !is_mesh_beside(stem) && !is_mesh_below(stem + "/") && may_hold_mesh(root_ / path);
  }

  bool is_mesh_below(const std::string& prefix) const {
    for (auto file = linked_as_.lower_bound(prefix);
         file != linked_as_.end() && file->first.starts_with(prefix); ++file)
      if (is_mesh(file->first)) return true;
    return false;
  }

  bool is_mesh_beside(const std::string& stem) const {
    return std::ranges::any_of(kMeshExtensions,
                               [&](const char* extension) { return linked_as_.contains(stem + extension); });
  }

  bool is_sidecar(const std::string& json) const {
    const std::string stem = json.substr(0, json.size() - 5);
    if (is_mesh_beside(stem) || linked_as_.contains(stem + std::string(kArchiveExtension))) return true;
    return !options_.part_folder_suffix.empty() && stem.ends_with(options_.part_folder_suffix);
  }

  // The outermost folder above the file that is named as a part folder.
  std::optional<std::string> part_folder(const std::string& file) const {
    if (options_.part_folder_suffix.empty()) return std::nullopt;
    fs::path folder;
    for (const fs::path& name : fs::path(file).parent_path()) {
      folder /= name;
      const std::string text = name.string();
      if (text.size() > options_.part_folder_suffix.size() && text.ends_with(options_.part_folder_suffix))
        return folder.string();
    }
    return std::nullopt;
  }

  const std::string& hash_of_file(const std::string& path) {
    const auto [entry, is_new] = file_hash_.try_emplace(path);
    if (is_new) entry->second = sha256_file(root_ / path);
    return entry->second;
  }

  // Non-mesh files below the folder: buffers, material libraries, textures; and textures one level up, where
  // importers look for them.
  const std::string& hash_of_siblings(const std::string& folder) {
    const auto [entry, is_new] = sibling_hash_.try_emplace(folder);
    if (!is_new) return entry->second;
    std::string text = hashes_below(folder);
    if (!folder.empty())
      for (const std::string& name : texture_folders())
        text += hashes_below((fs::path(folder).parent_path() / name).string());
    return entry->second = sha256_hex(text);
  }

  std::string hashes_below(const std::string& folder) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    std::string text;
    auto file = std::lower_bound(files_.begin(), files_.end(), prefix,
                                 [](const TreeFile& e, const std::string& p) { return e.path < p; });
    for (; file != files_.end() && file->path.starts_with(prefix); ++file)
      if (fs::is_regular_file(file->status) && !is_mesh(file->path) &&
          !(fs::path(file->path).extension() == ".json" && is_sidecar(file->path)))
        text += file->path.substr(prefix.size()) + '\n' + hash_of_file(file->path) + '\n';
    return text;
  }

  void add(const std::string& path, const std::vector<std::string>& meshes, bool is_part_folder) {
    FoundAsset found;
    Asset& asset = found.asset;
    const fs::path file(path);
    asset.path = path;
    asset.name = linked_as(path, meshes.front());
    asset.root = root_.string();
    asset.is_part_folder = is_part_folder;
    asset.format = lower_case(fs::path(meshes.front()).extension().string().substr(1));
    const auto stem_of = [&](const fs::path& name) {
      return is_part_folder ? name.filename().string() : name.stem().string();
    };
    const std::string stem = stem_of(file), named = stem_of(asset.name);
    asset.uid = is_uid(named) ? lower_case(named) : sha256_hex(root_.filename().string() + "/" + path, 32);
    const std::string sidecar = (file.parent_path() / (stem + ".json")).string();
    if (linked_as_.contains(sidecar)) asset.sidecar = sidecar;
    std::string content;
    for (const std::string& mesh : meshes) {
      asset.bytes += static_cast<std::int64_t>(fs::file_size(root_ / mesh));
      content += fs::path(mesh).filename().string() + '\n' + hash_of_file(mesh) + '\n';
    }
    if (refers_to_files(asset.format))
      content += hash_of_siblings(fs::path(meshes.front()).parent_path().string());
    if (!asset.sidecar.empty()) content += hash_of_file(asset.sidecar);
    describe(found, meshes);
    asset.content_hash = sha256_hex(content + '\n' + asset.up);
    file_hash_.clear();
    listing_.assets.push_back(std::move(found));
  }

  // An asset's path beneath the root in which a link led to it; else its own.
  std::string linked_as(const std::string& asset, const std::string& mesh) const {
    const std::string& whole = linked_as_.at(mesh);
    return whole.substr(0, whole.size() - (mesh.size() - asset.size()));
  }

  // Category, captions, up axis and name: pattern, then sidecar, then tables.
  void describe(FoundAsset& found, const std::vector<std::string>& meshes) {
    Asset& asset = found.asset;
    std::smatch match;
    if (!options_.category_pattern.empty() && std::regex_search(asset.name, match, pattern_) &&
        match.size() > 1) {
      asset.category = match[1].str();
      std::replace(asset.category.begin(), asset.category.end(), '-', ' ');
      std::replace(asset.category.begin(), asset.category.end(), '_', ' ');
    }
    const Sidecar sidecar = sidecar_of(asset);
    if (!sidecar.category.empty()) asset.category = sidecar.category;
    if (!sidecar.up.empty()) asset.up = sidecar.up;
    if (!sidecar.caption.empty()) found.captions.push_back({asset.uid, "sidecar", sidecar.caption});
    std::vector<std::string> absolute;
    for (const std::string& mesh : meshes) absolute.push_back((root_ / mesh).lexically_normal().string());
    absolute.push_back((root_ / asset.path).lexically_normal().string());
    for (const CaptionRow& row : captions_.find(asset.uid, asset.path, absolute)) {
      if (!row.category.empty()) asset.category = row.category;
      if (!row.up.empty()) asset.up = row.up;
      if (!row.name.empty()) asset.name = row.name;
      if (!row.caption.empty()) found.captions.push_back({asset.uid, row.source, row.caption});
    }
  }

  Sidecar sidecar_of(const Asset& asset) {
    if (asset.sidecar.empty()) return {};
    try {
      return parse_sidecar(read_text_file(root_ / asset.sidecar));
    } catch (const std::runtime_error& error) {
      if (listing_.warnings.size() < kMaxWarnings)
        listing_.warnings.push_back(asset.sidecar + ": " + error.what());
      return {};
    }
  }

  fs::path root_;
  const ListingOptions& options_;
  const Captions& captions_;
  std::regex pattern_;
  std::vector<TreeFile> files_;
  std::map<std::string, std::string> linked_as_;  // of all files, by path
  std::map<std::string, std::string> file_hash_, sibling_hash_;
  Listing listing_;
};

void append_facts(const fs::path& file, const std::string& name, std::string& text) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  const auto time = fs::last_write_time(file, error);
  text += name + '\n' +
          (error ? "?" : std::to_string(size) + ' ' + std::to_string(time.time_since_epoch().count())) + '\n';
}

template <typename Map>
std::string counts_of(const Map& map) {
  std::string text;
  for (const auto& [what, count] : map)
    text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + what;
  return text.empty() ? "none" : text;
}

}  // namespace

const OptionList<ListingOptions>& ListingOptions::options() {
  static const OptionList<ListingOptions> list{
      option("category_pattern", &ListingOptions::category_pattern)
          .help("regular expression in the path beneath the root; its first group is the category (- and _ "
                "read as blanks)"),
      option("part_folder_suffix", &ListingOptions::part_folder_suffix)
          .help("a folder whose name ends so is one asset, its mesh files are the parts; empty: none is"),
  };
  return list;
}

std::string to_text(const fs::path& root, const Listing& listing) {
  std::map<std::string, int> formats;
  for (const FoundAsset& found : listing.assets) ++formats[found.asset.format];
  return root.string() + ": " + std::to_string(listing.assets.size()) + " assets (" + counts_of(formats) +
         "); no mesh: " + counts_of(listing.skipped);
}

std::optional<std::string> UidOwners::claim(const std::string& uid, const std::string& file) {
  const auto [entry, is_new] = files_.try_emplace(uid, file);
  if (is_new || entry->second == file) return std::nullopt;
  return entry->second;
}

Listing list_assets(const Tree& tree, const ListingOptions& options, const Captions& captions,
                    const std::function<bool()>& stop) {
  return Lister(tree, options, captions).list(stop);
}

std::string listing_hash(const Tree& tree, const std::vector<fs::path>& tables) {
  std::string text;
  for (const TreeFile& file : files_of(tree)) append_facts(tree.folder / file.path, file.linked_as, text);
  for (const fs::path& table : tables) append_facts(table, table.string(), text);
  return sha256_hex(text);
}

}  // namespace funcorr
