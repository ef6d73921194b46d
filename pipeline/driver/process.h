#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace funcorr {

// How a program ended.
struct ProgramEnd {
  int exit_status = 0;       // kNotBegun: the loader missed one of its libraries
  int signal = 0;            // that killed it; 0 for an ordinary exit
  bool interrupted = false;  // SIGINT, SIGTERM or SIGHUP arrived while it ran, and was passed on
};

// Blocks the signals that run_program waits for; call once, at the start of main.
void block_signals();

// A signal that arrived while no program ran.
bool interrupt_pending();

// Runs a program to its end, output and error shared with ours. It has a process group of its own, so that a
// signal reaches it exactly once, whether the terminal or a person sent it to us; it dies with us. Throws
// EnvironmentError where it cannot be started.
ProgramEnd run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments);

// The same, and returns what it printed to standard output.
enum class Errors { kShown, kDropped };
ProgramEnd run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                       std::string& output, Errors errors);

// The folder of this executable, where funcorr-<stage> stand too.
std::filesystem::path executable_folder();

}  // namespace funcorr
