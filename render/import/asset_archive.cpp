#include "render/import/asset_archive.h"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "db/format/mapped_file.h"
#include "render/import/import.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// A member's path beneath the archive, '/' between names; empty of a folder and of what leads out.
std::string path_of(std::string name) {
  std::ranges::replace(name, '\\', '/');  // of old Windows programs
  if (name.find('\0') != std::string::npos || name.starts_with('/')) return {};
  const fs::path path = fs::path(name).lexically_normal();
  return path.has_filename() && *path.begin() != ".." && path != "." ? path.string() : std::string();
}

// A mesh's extension; the members that macOS adds ("__MACOSX/._chair.obj") are none.
bool is_mesh(const std::string& path) {
  const fs::path file(path);
  return is_mesh_extension(file.extension().string()) && !file.filename().string().starts_with("._");
}

// The less, the likelier it is what the archive is about: depth, then place in kMeshExtensions.
std::pair<std::ptrdiff_t, std::ptrdiff_t> rank_of(const std::string& path) {
  return {std::ranges::count(path, '/'), mesh_format_of(fs::path(path).extension().string())};
}

std::vector<std::byte> bytes_of(const AssetFolder& folder, const std::string& path) {
  auto bytes = folder.read(path);
  if (!bytes) throw ImportError("unreadable", "'" + path + "' is missing");
  return std::move(*bytes);
}

template <typename Read>
auto as_import_error(const Read& read) {
  try {
    return read();
  } catch (const std::runtime_error& error) {
    throw ImportError("bad_archive", error.what());
  }
}

}  // namespace

AssetArchive::AssetArchive(const AssetFolder& folder, const std::string& path, std::int64_t max_file_bytes)
    : bytes_(bytes_of(folder, path)),
      archive_(as_import_error([&] { return ZipArchive(bytes_, path); })),
      max_file_bytes_(max_file_bytes) {
  for (const auto& [name, member] : archive_.members()) {
    const std::string file = path_of(name);
    if (!file.empty() && !files_.emplace(file, &member).second)
      throw ImportError("bad_archive", path + ": two members have the path '" + file + "'");
  }
}

AssetFolder::Kind AssetArchive::kind_of(const std::string& path) const {
  if (files_.contains(path)) return Kind::kFile;
  const std::string prefix = path.empty() ? "" : path + "/";
  const auto below = files_.lower_bound(prefix);
  return below != files_.end() && below->first.starts_with(prefix) ? Kind::kOther : Kind::kNothing;
}

std::vector<std::string> AssetArchive::list(const std::string& path) const {
  const std::string prefix = path.empty() ? "" : path + "/";
  std::vector<std::string> names;
  for (auto file = files_.lower_bound(prefix);
       file != files_.end() && file->first.starts_with(prefix) && names.size() < kMaxNames; ++file) {
    const std::string below = file->first.substr(prefix.size());
    std::string name = below.substr(0, below.find('/'));
    if (names.empty() || names.back() != name) names.push_back(std::move(name));
  }
  return names;
}

std::optional<std::vector<std::byte>> AssetArchive::read(const std::string& path) const {
  const auto file = files_.find(path);
  if (file == files_.end()) return std::nullopt;
  const ZipMember& member = *file->second;
  if (member.size > static_cast<std::uint64_t>(max_file_bytes_))
    throw too_large(path, member.size, max_file_bytes_);
  std::vector<std::byte> buffer;
  const std::span<const std::byte> content = as_import_error([&] { return archive_.read(member, buffer); });
  if (content.data() != buffer.data()) buffer.assign(content.begin(), content.end());
  return buffer;
}

std::string AssetArchive::mesh() const {
  std::vector<std::string> meshes;
  for (const auto& [path, member] : files_)
    if (is_mesh(path)) meshes.push_back(path);
  if (meshes.empty()) throw ImportError("no_mesh_in_archive", "the archive holds no mesh");
  const auto first = std::ranges::min_element(meshes, {}, rank_of);
  std::string others;
  for (const std::string& path : meshes)
    if (path != *first && rank_of(path) == rank_of(*first)) others += ", '" + path + "'";
  if (!others.empty())
    throw ImportError("several_meshes", "the archive holds '" + *first + "'" + others + ": unpack it");
  return *first;
}

bool may_hold_mesh(const std::filesystem::path& archive) {
  try {
    const MappedFile file(archive);
    const ZipArchive zip(file.bytes(), archive.string());
    return std::ranges::any_of(zip.members() | std::views::keys,
                               [](const std::string& name) { return is_mesh(path_of(name)); });
  } catch (const std::runtime_error&) {
    return true;
  }
}

}  // namespace funcorr
