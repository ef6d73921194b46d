#include "render/import/assimp/assimp_io.h"

#include <algorithm>
#include <cstring>
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

Assimp::IOStream* MemoryIo::Open(const char* file, const char* mode) {
  if (std::strpbrk(mode, "wa+") != nullptr || !Exists(file)) return nullptr;
  return std::make_unique<MemoryStream>(content_of(file)).release();
}

void MemoryIo::Close(Assimp::IOStream* stream) { std::unique_ptr<Assimp::IOStream>{stream}.reset(); }

}  // namespace funcorr
