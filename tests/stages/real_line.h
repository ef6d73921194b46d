#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"
#include "tests/stages/running_server.h"
#include "tools/sample_objects/generate.h"

namespace funcorr::tests {

// The whole line in seconds.
inline constexpr const char* kTinySettings = R"([funcorr]
seed = 3
workers = 2
min_free_disk_mb = 1
max_attempts = 1000  # kills of workers are no fault of the item
retry_delay_s = 0.02
retry_delay_max_s = 0.1
[filter]
points = 6000
[render]
size = 64
samples = 2
max_bounces = 1
label_views = 4
train_views = 6
[pack]
test_share = 0.5
unseen_category_share = 0
[features]
store = true
[train]
runs = ["full"]
steps = 60
pairs = 2
spatial_pairs = 2
points = 16
token_dimension = 16
hidden_dimension = 32
embedding_dimension = 16
text_dimension = 8
validation_every = 20
validation_batches = 1
log_every = 5
checkpoint_every = 10
[pair]
from_frames = true
pairs_per_function = 2
trials = 1
most_points = 200
[locate]
by = ["part", "function"]
[evaluate]
rows = ["chance", "backbone", "vlm+backbone", "vlm-function+backbone", "fused+backbone", "full"]
)";

// Four mugs and four hammers.
inline void write_objects(const std::filesystem::path& folder) {
  for (const SampleFamily& family : sample_families())
    if (family.category == "mug" || family.category == "hammer")
      for (int variant = 0; variant < 4; ++variant)
        write_sample_object(generate_object(family, 1, variant), folder, variant);
}

inline std::string driver() { return (executable_file().parent_path() / "funcorr").string(); }

inline SimulatedServerOptions server_of(const std::filesystem::path& workspace) {
  SimulatedServerOptions options;
  options.workspace = workspace;
  options.threads = 32;
  return options;
}

// A workspace of the objects, and the server that answers its questions.
struct RealLine {
  explicit RealLine(const std::filesystem::path& objects) : server(server_of(workspace.path())) {
    workspace.write("funcorr.toml", std::string(kTinySettings) + "[catalog]\nroots = [\"" + objects.string() +
                                        "\"]\n[ground]\nmodel = \"simulated\"\nservers = [\"" + server.url() +
                                        "\"]\n");
  }
  std::vector<std::string> arguments(const std::string& range, bool force) const {
    std::vector<std::string> all = {"--workspace", workspace.path().string(), "run", range};
    if (force) all.push_back("--force");
    return all;
  }
  void run(const std::string& range) const {
    const auto ran = tests::run(driver(), arguments(range, false));
    INFO(range << ":\n" << ran.out << ran.err);
    REQUIRE(ran.status == 0);
  }
  TemporaryFolder workspace;
  RunningServer server;
};

}  // namespace funcorr::tests
