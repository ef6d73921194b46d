#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "db/format/zip.h"
#include "render/import/asset_folder.h"

namespace funcorr {

// A ZIP archive as a folder: a mesh with its buffers, material libraries and textures, as model sites hand
// them out. Nothing is unpacked to the disk, and nothing outside the archive is read. Archives within are
// not opened.
class AssetArchive final : public AssetFolder {
 public:
  // The file `path` beneath `folder`. Throws ImportError "unreadable" where it is missing, "bad_archive"
  // where it is no whole archive or two of its members have one path.
  AssetArchive(const AssetFolder& folder, const std::string& path, std::int64_t max_file_bytes);

  Kind kind_of(const std::string& path) const override;
  std::vector<std::string> list(const std::string& path) const override;
  // Throws ImportError "bad_archive" of a member that is damaged, encrypted or packed in a way not known.
  std::optional<std::vector<std::byte>> read(const std::string& path) const override;

  // The path of the mesh that it is about: of all those of the least depth the only one of the first format
  // in kMeshExtensions. Throws ImportError "no_mesh_in_archive", "several_meshes".
  std::string mesh() const;

 private:
  std::vector<std::byte> bytes_;
  ZipArchive archive_;
  std::map<std::string, const ZipMember*> files_;  // by path, '/' between names
  std::int64_t max_file_bytes_;
};

// Whether a ZIP archive names a mesh; true also where it cannot be read, so that import says why.
bool may_hold_mesh(const std::filesystem::path& archive);

}  // namespace funcorr
