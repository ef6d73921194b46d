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
#include "tests/stages/real_line.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using tests::manifest_rows;
using tests::Program;
using tests::RealLine;
using tests::TemporaryFolder;
using tests::write_objects;

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
std::map<std::string, std::string> files_of(const RealLine& line) {
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
void run_and_kill(const RealLine& line, const std::string& range, int kills, std::mt19937& random) {
  bool force = false;
  for (int killed = 0, runs = 0; killed < kills && runs < 20 * kills; ++runs) {
    Program program(tests::driver(), line.arguments(range, force));
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 1200));
    while (kill_one(program, random)) {
      ++killed;
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    }
    force = program.wait() == 0;
  }
}

void check_same_end(const RealLine& expected_line, const RealLine& found_line) {
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
  const RealLine undisturbed(objects.path()), disturbed(objects.path());
  undisturbed.run("catalog..render");
  CHECK(files_of(undisturbed).size() > 8 * (4 + 6) * 3);  // every view of every object: PNG, EXR and points

  std::mt19937 random(5);
  run_and_kill(disturbed, "catalog..render", 30, random);
  disturbed.run("catalog..render");
  check_same_end(undisturbed, disturbed);
}

TEST_CASE("kill -9 anywhere from ground to train, then again: the same bytes and rows, the same head") {
  const TemporaryFolder objects;
  write_objects(objects.path());
  const RealLine undisturbed(objects.path()), disturbed(objects.path());
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
