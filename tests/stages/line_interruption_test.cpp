// kill -9 of the driver, of a stage or of a worker while the real line runs, at random moments: the same
// command again ends with the files and rows of an undisturbed run; but for the ledger's, which tell of
// calls.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "pipeline/data_file.h"
#include "tests/catch.h"
#include "tests/pipeline/manifest_dump.h"
#include "tests/pipeline/program.h"
#include "tests/stages/running_server.h"
#include "tools/sample_objects/generate.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::manifest_rows;
using tests::Program;
using tests::TemporaryFolder;

constexpr const char* kTinySettings = R"([funcorr]
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
test_share = 0.34
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
)";

void write_objects(const fs::path& folder) {
  for (const SampleFamily& family : sample_families())
    if (family.category == "mug" || family.category == "hammer")
      for (int variant = 0; variant < 3; ++variant)
        write_sample_object(generate_object(family, 1, variant), folder, variant);
}

std::string driver() { return (executable_file().parent_path() / "funcorr").string(); }

SimulatedServerOptions server_of(const fs::path& workspace) {
  SimulatedServerOptions options;
  options.workspace = workspace;
  options.threads = 32;
  return options;
}

// A workspace of the objects, and the server that answers its questions.
struct Line {
  explicit Line(const fs::path& objects) : server(server_of(workspace.path())) {
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
  tests::RunningServer server;
};

// The program and all processes below it, the program first.
std::vector<pid_t> family_of(pid_t program) {
  std::vector<pid_t> all = {program};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string pid = std::to_string(all[i]);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    all.insert(all.end(), std::istream_iterator<pid_t>(children), {});
  }
  return all;
}

std::string without(std::string text, const std::string& word) {
  for (std::size_t at; (at = text.find(word)) != std::string::npos;) text.erase(at, word.size());
  return text;
}

// Relative name → content of every file but the manifest's own and TensorBoard's, which holds times; the
// workspace's own name and its server's address are no content.
std::map<std::string, std::string> files_of(const Line& line) {
  const fs::path& workspace = line.workspace.path();
  std::map<std::string, std::string> contents;
  for (const auto& entry : fs::recursive_directory_iterator(workspace)) {
    const std::string name = entry.path().lexically_relative(workspace).string();
    if (entry.is_regular_file() && !name.starts_with("manifest.sqlite") &&
        name.find("/tensorboard/") == std::string::npos)
      contents[name] =
          without(without(tests::read_text(entry.path()), workspace.string()), line.server.url());
  }
  return contents;
}

// Kills one process of the line, whichever the draw gives. Returns whether there was one.
bool kill_one(const Program& program, std::mt19937& random) {
  if (!program.running()) return false;
  const std::vector<pid_t> family = family_of(program.pid());
  return ::kill(family[random() % family.size()], SIGKILL) == 0;
}

// Runs the range until `kills` processes of it were killed. A run that came to its end starts anew with
// --force, so that there is always something to kill.
void run_and_kill(const Line& line, const std::string& range, int kills, std::mt19937& random) {
  bool force = false;
  for (int killed = 0, runs = 0; killed < kills && runs < 20 * kills; ++runs) {
    Program program(driver(), line.arguments(range, force));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1200));
    while (kill_one(program, random)) {
      ++killed;
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    }
    force = program.wait() == 0;
  }
}

void check_same_end(const Line& expected_line, const Line& found_line) {
  const auto expected = files_of(expected_line), found = files_of(found_line);
  for (const auto& [name, content] : expected) {
    INFO(name);
    REQUIRE(found.contains(name));
    CHECK((found.at(name) == content));  // without the bytes in the message
  }
  for (const auto& [name, content] : found) {
    INFO(name);
    CHECK(expected.contains(name));
  }
  CHECK(manifest_rows(found_line.workspace.path()) == manifest_rows(expected_line.workspace.path()));
}

TEST_CASE("kill -9 anywhere in the real line from catalog to render, then again: the same bytes and rows") {
  const TemporaryFolder objects;
  write_objects(objects.path());
  const Line undisturbed(objects.path()), disturbed(objects.path());
  undisturbed.run("catalog..render");
  CHECK(files_of(undisturbed).size() > 6 * (4 + 6) * 3);  // every view of every object: PNG, EXR and points

  std::mt19937 random(5);
  run_and_kill(disturbed, "catalog..render", 30, random);
  disturbed.run("catalog..render");
  check_same_end(undisturbed, disturbed);
}

TEST_CASE("kill -9 anywhere from ground to train, then again: the same bytes and rows, the same head") {
  const TemporaryFolder objects;
  write_objects(objects.path());
  const Line undisturbed(objects.path()), disturbed(objects.path());
  undisturbed.run("catalog..train");
  CHECK(fs::exists(undisturbed.workspace / "train/runs/full/final.safetensors"));

  disturbed.run("catalog..parts");
  std::mt19937 random(6);
  run_and_kill(disturbed, "ground..train", 30, random);
  disturbed.run("ground..train");
  check_same_end(undisturbed, disturbed);
}

}  // namespace
}  // namespace funcorr
