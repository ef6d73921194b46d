#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

namespace funcorr {

// The stored members of a ZIP archive as PyTorch writes it (ZIP64 where it is large), as spans of the archive
// itself: nothing is copied. Compressed members, which TorchScript archives keep their code in, are left out.
// Every offset and size is checked against the archive. Throws std::runtime_error "<name>: …", also for two
// members of one name.
std::map<std::string, std::span<const std::byte>> list_stored_members(std::span<const std::byte> archive,
                                                                      const std::string& name);

}  // namespace funcorr
