#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "db/manifest/items.h"

// Inside of db/manifest only: who holds a lease, and whether it lives.
namespace funcorr {

// In clock ticks since boot; nothing for a process that is not there or is a zombie.
std::optional<std::int64_t> process_start_time(std::int64_t pid);

std::string owner_text(const Owner& owner);  // "host/pid/process start"

// Known dead: its process on this host is gone or another one. Owners on other hosts count as alive.
bool owner_is_dead(const std::string& text);

}  // namespace funcorr
