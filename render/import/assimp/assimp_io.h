#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <assimp/IOStream.hpp>
#include <assimp/IOSystem.hpp>

#include "render/import/asset_folder.h"
#include "render/import/import.h"

namespace funcorr {

// Assimp's view of the disk: files beneath the asset's folder, whole in memory, read only. A name that leads
// elsewhere is kept as `escape` (Assimp swallows exceptions' types) and reads as missing.
class FolderIo : public Assimp::IOSystem {
 public:
  // `base`: the mesh file, beneath the folder; `content`: its bytes, served in place of the file's.
  FolderIo(const AssetFolder& folder, std::string base, std::vector<std::byte> content);

  bool Exists(const char* file) const override;
  char getOsSeparator() const override { return '/'; }
  Assimp::IOStream* Open(const char* file, const char* mode) override;
  void Close(Assimp::IOStream* stream) override;
  bool ComparePaths(const char* one, const char* two) const override { return std::string(one) == two; }

  // The first refusal, for the importer to throw after Assimp has returned.
  const std::optional<ImportError>& refusal() const { return refusal_; }
  // The name under which Assimp is to ask for the mesh.
  const std::string& mesh_name() const { return mesh_name_; }

 private:
  const std::vector<std::byte>* find(const std::string& file) const;

  const AssetFolder& folder_;
  std::string base_, mesh_name_;
  mutable std::map<std::string, std::optional<std::vector<std::byte>>> files_;
  mutable std::optional<ImportError> refusal_;
};

}  // namespace funcorr
