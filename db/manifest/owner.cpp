#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include <unistd.h>

#include "db/manifest/items.h"
#include "db/manifest/lease.h"

namespace funcorr {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

}  // namespace

// Field 22 of /proc/<pid>/stat, counted behind the command's closing parenthesis (proc(5)).
std::optional<std::int64_t> process_start_time(std::int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t command_end = text.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(command_end + 1));
  std::string state;
  fields >> state;
  if (state == "Z" || state == "X") return std::nullopt;  // dead, not yet waited for
  std::string skipped;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  std::int64_t start = 0;
  if (!(fields >> start)) return std::nullopt;
  return start;
}

Owner Owner::self() {
  Owner owner;
  owner.host = host_name();
  owner.pid = getpid();
  owner.process_start = process_start_time(owner.pid).value_or(0);
  return owner;
}

std::string owner_text(const Owner& owner) {
  return owner.host + "/" + std::to_string(owner.pid) + "/" + std::to_string(owner.process_start);
}

bool owner_is_dead(const std::string& text) {
  const std::size_t second = text.rfind('/');
  if (second == std::string::npos || second == 0) return true;
  const std::size_t first = text.rfind('/', second - 1);
  if (first == std::string::npos) return true;
  if (text.substr(0, first) != host_name()) return false;
  const std::int64_t pid = std::stoll(text.substr(first + 1, second - first - 1));
  const std::int64_t start = std::stoll(text.substr(second + 1));
  return process_start_time(pid) != start;
}

}  // namespace funcorr
