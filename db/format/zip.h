#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace funcorr {

// ZIP archives as NumPy writes them (.npz): members stored or deflated, no encryption, no split archives,
// ZIP64 only in local headers. Every offset and size is checked against the file before it is used; a member
// that claims to inflate beyond deflate's highest ratio is refused before allocation; CRCs are checked.
// Throws std::runtime_error naming `name` (a file's path) and the member.
std::map<std::string, std::vector<std::byte>> read_zip(std::span<const std::byte> archive,
                                                       const std::string& name);

// Members in name order with a fixed date, so that equal content gives equal bytes. `compress`: zlib level 6.
std::vector<std::byte> write_zip(const std::map<std::string, std::vector<std::byte>>& members, bool compress);

}  // namespace funcorr
