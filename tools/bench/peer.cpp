#include "tools/bench/peer.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace funcorr {

nlohmann::json run_peer_script(const std::string& python, const std::string& script,
                               const std::vector<std::string>& arguments, const std::string& package) {
  const std::filesystem::path file = std::filesystem::path(FUNCORR_BENCH_FOLDER) / script;
  std::string command = "'" + python + "' '" + file.string() + "'";
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  command += " 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::array<char, 4096> buffer{};
  while (pipe && std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()))
    output += buffer.data();
  nlohmann::json answer = nlohmann::json::parse(output, nullptr, false);
  if (answer.is_object()) return answer;
  return {{"skipped",
           script + " does not answer; install " + package + " or name another interpreter by \"python\""}};
}

}  // namespace funcorr
