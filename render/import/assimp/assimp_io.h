#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <assimp/IOStream.hpp>
#include <assimp/IOSystem.hpp>

namespace funcorr {

// Assimp's view of the disk: a mesh and, under whatever other name it asks for, its material library (of an
// OBJ; other formats have theirs within). Read only.
class MemoryIo : public Assimp::IOSystem {
 public:
  MemoryIo(std::string mesh_name, std::vector<std::byte> mesh, std::vector<std::byte> library)
      : mesh_name_(std::move(mesh_name)), mesh_(std::move(mesh)), library_(std::move(library)) {}

  bool Exists(const char* file) const override { return !content_of(file).empty(); }
  char getOsSeparator() const override { return '/'; }
  Assimp::IOStream* Open(const char* file, const char* mode) override;
  void Close(Assimp::IOStream* stream) override;
  bool ComparePaths(const char* one, const char* two) const override { return std::string(one) == two; }

  // The name under which Assimp is to ask for the mesh.
  const std::string& mesh_name() const { return mesh_name_; }

 private:
  const std::vector<std::byte>& content_of(const std::string& file) const {
    return file == mesh_name_ ? mesh_ : library_;
  }

  std::string mesh_name_;
  std::vector<std::byte> mesh_, library_;
};

}  // namespace funcorr
