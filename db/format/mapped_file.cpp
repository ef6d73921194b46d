#include "db/format/mapped_file.h"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "db/format/descriptor.h"

namespace funcorr {

MappedFile::MappedFile(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) { throw std::runtime_error(file.string() + ": " + what); };
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.open()) fail(std::system_category().message(errno));
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) fail("is not a regular file");
  size_ = static_cast<std::size_t>(status.st_size);
  if (size_ == 0) return;  // nothing to map
  void* address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) fail("cannot be mapped: " + std::system_category().message(errno));
  data_ = std::shared_ptr<const std::byte>(static_cast<const std::byte*>(address),
                                           [address, size = size_](const void*) { ::munmap(address, size); });
}

}  // namespace funcorr
