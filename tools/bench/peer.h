#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// Runs a Python script of this folder and returns the JSON object that it prints; where it does not answer,
// {"skipped": "<package> …"}. `python`: the interpreter.
nlohmann::json run_peer_script(const std::string& python, const std::string& script,
                               const std::vector<std::string>& arguments, const std::string& package);

}  // namespace funcorr
