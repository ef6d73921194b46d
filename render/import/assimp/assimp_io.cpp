#include "render/import/assimp/assimp_io.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

namespace funcorr {
namespace {

class MemoryStream : public Assimp::IOStream {
 public:
  explicit MemoryStream(const std::vector<std::byte>& bytes) : bytes_(bytes) {}

  std::size_t Read(void* buffer, std::size_t size, std::size_t count) override {
    if (size == 0) return 0;
    const std::size_t whole = std::min(count, (bytes_.size() - at_) / size);
    if (whole > 0) std::memcpy(buffer, bytes_.data() + at_, whole * size);
    at_ += whole * size;
    return whole;
  }
  std::size_t Write(const void*, std::size_t, std::size_t) override { return 0; }
  aiReturn Seek(std::size_t offset, aiOrigin origin) override {
    const std::size_t from = origin == aiOrigin_SET ? 0 : origin == aiOrigin_CUR ? at_ : bytes_.size();
    const std::size_t target = from + offset;  // wraps for a negative offset, as Assimp passes it
    if (target > bytes_.size()) return aiReturn_FAILURE;
    at_ = target;
    return aiReturn_SUCCESS;
  }
  std::size_t Tell() const override { return at_; }
  std::size_t FileSize() const override { return bytes_.size(); }
  void Flush() override {}

 private:
  const std::vector<std::byte>& bytes_;
  std::size_t at_ = 0;
};

}  // namespace

FolderIo::FolderIo(const AssetFolder& folder, std::string base, std::vector<std::byte> content)
    : folder_(folder), base_(std::move(base)), mesh_name_(std::filesystem::path(base_).filename().string()) {
  files_[mesh_name_] = std::move(content);
}

const std::vector<std::byte>* FolderIo::find(const std::string& file) const {
  try {
    const auto known = files_.find(file);
    auto& content = known != files_.end() ? known->second : files_[file];
    if (known == files_.end()) content = folder_.read(folder_.resolve(base_, file));
    return content ? &*content : nullptr;
  } catch (const ImportError& error) {
    if (!refusal_) refusal_ = error;
    return nullptr;
  }
}

bool FolderIo::Exists(const char* file) const { return find(file) != nullptr; }

Assimp::IOStream* FolderIo::Open(const char* file, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr) return nullptr;
  const std::vector<std::byte>* content = find(file);
  return content == nullptr ? nullptr : std::make_unique<MemoryStream>(*content).release();
}

void FolderIo::Close(Assimp::IOStream* stream) { std::unique_ptr<Assimp::IOStream>{stream}.reset(); }

}  // namespace funcorr
