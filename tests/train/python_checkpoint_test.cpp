// A checkpoint as Python reads it.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/temporary_folder.h"
#include "tests/train/small_run.h"

namespace funcorr {
namespace {

// Debian's own interpreter: another one on the path lacks Debian's PyTorch.
constexpr const char* kPython = "/usr/bin/python3";

std::string output_of(const std::string& command) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe)) output += buffer.data();
  REQUIRE(pclose(pipe) == 0);
  return output;
}

}  // namespace

TEST_CASE("checkpoints: PyTorch sees every tensor by its name, shape and values", "[train][checkpoint]") {
  if (std::system((std::string(kPython) + " -c 'import torch' 2>/dev/null").c_str()) != 0) {
    tests::skip(std::string("no PyTorch for ") + kPython + "; install python3-torch");
    return;
  }
  const tests::TemporaryFolder folder;
  tests::write_small_run(folder.path());
  std::istringstream lines(output_of(std::string(kPython) + " '" +
                                     (tests::source_dir() / "tools/example/load_checkpoint.py").string() +
                                     "' '" + (folder / "final.safetensors").string() + "'"));
  const StateDict tensors = load_state_dict(folder / "final.safetensors");
  std::string line;
  for (const auto& [name, tensor] : tensors) {
    REQUIRE(std::getline(lines, line));
    std::ostringstream expected;
    expected << name << " [";
    for (std::int64_t axis = 0; axis < tensor.dim(); ++axis)
      expected << (axis == 0 ? "" : ", ") << tensor.size(axis);
    expected << "] ";
    REQUIRE(line.starts_with(expected.str()));
    const double mean = std::stod(line.substr(expected.str().size()));
    CHECK_THAT(mean, Catch::WithinAbs(tensor.to(torch::kFloat64).mean().item<double>(), 1e-8));
  }
  CHECK_FALSE(std::getline(lines, line));
}

}  // namespace funcorr
