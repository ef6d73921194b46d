// Every fact has one home: what would be a second definition of it, anywhere but in tests, is named.
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"
#include "tests/structure/source_tree.h"

namespace funcorr::tests {
namespace {

struct Fact {
  std::string what;
  std::string pattern;  // a line that defines it, comments left out
  std::string home;     // the file or folder where it stands
  std::size_t times = 1;
  std::vector<std::string> others = {};  // files and folders in which the pattern means something else
};

// What stands once. A fact that got a second home belongs here.
const std::vector<Fact>& facts() {
  static const std::vector<Fact> table = {
      {"the name of a view's files",
       R"(\{:04\}|%04d)",
       "db/dataset",
       1,
       {"tools/simulated_server/box_reply.cpp"}},
      {"the complaint about a missing array", "has no array", "db"},
      {"the crop's size in pixels",
       R"(\b224\b)",
       "db/dataset",
       1,
       {"tools/bench/visibility.cpp", "train/backbone/vision_transformer.h"}},
      {"the file of an asset's surface points", R"("points\.npz")", "db/dataset"},
      {"an array of an asset's surface points", R"("triangle")", "db/dataset"},
      {"the arrays of a view's visible points", R"("pixels_rowcol")", "db/dataset"},
      {"the file of an asset's geometry", R"("geometry\.json")", "db/dataset"},
      {"the file of a view set's cameras", R"("cameras\.json")", "db/dataset"},
      {"the folder of an asset's masks", R"("mask" */)", "db/dataset"},
      {"the files of an asset's heat", R"("heat" */)", "db/dataset"},
      {"what of a mask is inside",
       R"((>|<=|=) 127\b(?!\.))",
       "db/dataset/crop.h",
       1,
       {"pipeline/child_process.h"}},
      {"the formats of meshes", R"("\.glb", *"\.gltf")", "render/import/import.h"},
      {"the folders of textures", R"("textures", *"images")", "render/import/file_finder.h"},
      {"the first bytes of a PNG", R"(\\x89PNG)", "db/format/image_input.cpp", 1, {"tools/sample_objects"}},
      {"the folder of stored crops", R"("crop" */)", "db/dataset"},
      {"the folder of predictions", R"("predictions")", "db/dataset"},
      {"the prefix folders of assets", R"(substr\(0, 2\))", "db/dataset"},
      {"the manifest's file", R"("manifest\.sqlite")", "db/dataset"},
      {"the configuration's file", R"("funcorr\.toml")", "db/dataset"},
      {"the file of a run's final weights", R"("final\.safetensors")", "db/dataset"},
      {"the file of a run's curves", R"("curves\.csv")", "db/dataset"},
      {"the file of a run's config",
       R"("config\.json")",
       "db/dataset",
       1,
       {"train/weights/hugging_face_config.cpp"}},
      {"an exit status",
       R"(exit\(([0-3]|130)\)|\breturn ([23]|130);)",
       "pipeline/exit_status.h",
       0,
       {"render/import/ply/ply_file.cpp", "train/backbone/weight_free.h", "tools/example"}},
      {"the exit status of an interrupted program", R"(= 130\b)", "pipeline/exit_status.h"},
      {"SHA-256", R"(EVP_sha256|\bSHA256\()", "db/format"},
      {"base64's encoder", "EVP_EncodeBlock|ABCDEFGHIJKLMNOPQRSTUVWXYZabc", "db/format", 2},
      {"base64's decoder", "EVP_DecodeBlock", "db/format"},
      {"FNV-1a", "0x100000001b3|1099511628211", "db/format"},
      {"a memory map", R"(\bmmap\()", "db/format"},
      {"the owner of a CURL handle", "unique_ptr<CURL\\b", "labeling"},
      {"the type of a pixel", R"(struct Pixel \{)", "db/dataset/pixel.h", 1, {"render/film/film.h"}},
      {"the type of visible points", R"(struct VisiblePoints? \{)", "db/dataset/visible_points.h"},
      {"the types of a box",
       R"((struct|class) (\w*[a-z])?Box \{)",
       "db/dataset/record/box.h",
       2,
       {"eval/truth", "tools/simulated_server"}},
      {"a file descriptor's owner", R"(class \w*Descriptor \{)", "db/format/descriptor.h"},
      {"the delay of retries", R"(std::ldexp\([^)]*(delay|pause|hold))", "db/format/backoff.cpp"},
      {"the rule of what is up to date", R"(bool is_up_to_date\()", "pipeline"},
      {"where logs go", R"((stdout|stderr)_(color_)?sink_[ms]t|set_default_logger)", "pipeline/logging.cpp"},
      {"process spawning", R"(posix_spawn\(|\bexecv\w*\()", "pipeline"},
  };
  return table;
}

bool is_below(const std::string& path, const std::string& file_or_folder) {
  return path == file_or_folder || path.starts_with(file_or_folder + "/");
}

// Where the fact is defined though it is not at home there, or how often it stands at home, if that is wrong.
std::vector<std::string> faults_of(const Fact& fact, const std::vector<SourceFile>& files) {
  const std::regex pattern(fact.pattern);
  std::vector<std::string> faults, at_home;
  for (const SourceFile& file : files) {
    const auto holds_file = [&](const std::string& folder) { return is_below(file.path, folder); };
    if (holds_file("tests") || std::ranges::any_of(fact.others, holds_file)) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (!std::regex_search(file.lines[i], pattern)) continue;
      if (holds_file(fact.home)) {
        at_home.push_back(place(file, i));
      } else {
        faults.push_back(place(file, i) + ": " + fact.what + ", whose home is " + fact.home);
      }
    }
  }
  if (at_home.size() == fact.times) return faults;
  std::string places;
  for (const std::string& place : at_home) places += " " + place;
  faults.push_back(fact.home + ": " + fact.what + " must stand here " + std::to_string(fact.times) +
                   " time(s), not " + std::to_string(at_home.size()) + ":" + places);
  return faults;
}

// The stages, as the graph lists them.
std::vector<std::string> stage_names() {
  const std::string graph = read_text(source_dir() / "pipeline/graph.cpp");
  static const std::regex row("\\n\\s*\\{\"(\\w+)\", \\{");
  std::vector<std::string> names;
  for (std::sregex_iterator match(graph.begin(), graph.end(), row), end; match != end; ++match)
    names.push_back((*match)[1]);
  return names;
}

// How many stages the text names, in quotation marks or as words by themselves.
std::size_t stages_named(const std::string& text, bool in_quotes) {
  const std::vector<std::string> names = stage_names();
  return static_cast<std::size_t>(std::ranges::count_if(names, [&](const std::string& name) {
    return std::regex_search(text, std::regex(in_quotes ? "\"" + name + "\"" : "\\b" + name + "\\b"));
  }));
}

}  // namespace

TEST_CASE("Every fact of the table stands where it is at home, and nowhere else") {
  for (const Fact& fact : facts()) {
    const std::vector<std::string> faults = faults_of(fact, source_tree());
    for (const std::string& fault : faults) std::cerr << fault << "\n";  // Catch2 would break the lines
    INFO(fact.what);
    CHECK(faults.empty());
  }
}

TEST_CASE("Every program starts by run_main, which sends logs to standard error") {
  static const std::regex main_function(R"(\bint main\()"), start(R"(\brun_main\(|stage_main<)");
  std::size_t programs = 0;
  for (const SourceFile& file : source_tree()) {
    if (is_below(file.path, "tests") || is_below(file.path, "tools/example")) continue;  // they do not log
    const auto has = [&](const std::regex& pattern) {
      return std::ranges::any_of(file.lines,
                                 [&](const std::string& line) { return std::regex_search(line, pattern); });
    };
    if (!has(main_function)) continue;
    ++programs;
    INFO(file.path);
    CHECK(has(start));
  }
  CHECK(programs > stage_names().size());
}

TEST_CASE("A second definition is named with its line") {
  const Fact fact{"the crop's size", "\\b224\\b", "db/dataset", 1, {"tools/bench"}};
  std::vector<SourceFile> made_up = {{"db/dataset/crop.h", {"", "constexpr int kCropSize = 224;"}},
                                     {"eval/x.cpp", {"int side = 224;", "int other = 2240;"}},
                                     {"tests/x.cpp", {"int side = 224;"}},
                                     {"tools/bench/x.cpp", {"int side = 224;"}}};
  CHECK(faults_of(fact, made_up) ==
        std::vector<std::string>{"eval/x.cpp:1: the crop's size, whose home is db/dataset"});
  made_up.erase(made_up.begin() + 1);
  CHECK(faults_of(fact, made_up).empty());
  made_up.push_back({"db/dataset/y.h", {"int px = 224;"}});
  CHECK(faults_of(fact, made_up) ==
        std::vector<std::string>{"db/dataset: the crop's size must stand here 1 time(s), not 2: "
                                 "db/dataset/crop.h:2 db/dataset/y.h:1"});
}

TEST_CASE("The stages are listed by the graph alone") {
  constexpr std::size_t kFew = 6;  // more names than a stage needs of its neighbours are a list
  CHECK(stage_names().size() >= 16);
  for (const SourceFile& file : source_tree()) {
    if (is_below(file.path, "tests")) continue;
    INFO(file.path);
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    CHECK((stages_named(text, true) > kFew) == (file.path == "pipeline/graph.cpp"));
  }
  for (const char* file :
       {"CMakeLists.txt", "stages/CMakeLists.txt", "tools/CMakeLists.txt", "tests/stages/CMakeLists.txt",
        "tools/cmake/Targets.cmake", "tools/run-demo", "tools/run-tests"}) {
    INFO(file);
    CHECK(stages_named(read_text(source_dir() / file), false) <= kFew);
  }
}

TEST_CASE("Sources cite the paper or a page of this repository, no notes that readers do not have") {
  static const std::regex notes("(REFERENCE|DESIGN|LABELING|STYLE)\\.md|\\.\\./shared/[a-z-]+\\.(md|txt)");
  for (const SourceFile& file : source_tree()) {
    INFO(file.path);
    CHECK_FALSE(std::regex_search(read_text(source_dir() / file.path), notes));
  }
}

}  // namespace funcorr::tests
