#include "tests/fuzz/fuzz.h"

#include <cstdint>
#include <stdexcept>

#include "tests/temporary_folder.h"

namespace funcorr::tests {

void promise(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("promised: " + what);
}

std::span<const std::byte> bytes_of(std::string_view input) {
  return {reinterpret_cast<const std::byte*>(input.data()), input.size()};
}

std::filesystem::path as_file(std::string_view input, const std::string& name) {
  static const TemporaryFolder folder;
  return folder.write(name, input);
}

}  // namespace funcorr::tests

// libFuzzer's entry, which replay.cpp calls likewise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    funcorr::tests::read_untrusted({reinterpret_cast<const char*>(data), size});
  } catch (const std::runtime_error&) {
  }
  return 0;
}
