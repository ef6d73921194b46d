// NumPy's files: an array alone, or an archive of them.
#include "db/format/npy.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {
namespace {

void check(const NpyArray& array) {
  promise(array.to_double().size() == array.size(), "an array has as many values as its shape says");
  const NpyArray again = decode_npy(encode_npy(array), "again");
  promise(again.dtype == array.dtype && again.shape == array.shape && again.bytes == array.bytes,
          "an array that is written is read again");
}

}  // namespace

void read_untrusted(std::string_view input) {
  if (input.starts_with("PK"))
    for (const auto& [name, array] : load_npz(as_file(input, "input.npz"))) check(array);
  else
    check(decode_npy(bytes_of(input), "input"));
}

}  // namespace funcorr::tests
