// An include only goes down: every #include "…" of the tree against the table of rooms.
#include <algorithm>
#include <cstddef>
#include <iostream>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/structure/rooms.h"
#include "tests/structure/source_tree.h"

namespace funcorr::tests {
namespace {

std::optional<std::string> included_by(const std::string& line) {
  static const std::regex include("\\s*#\\s*include\\s+\"([^\"]+)\".*");
  std::smatch match;
  if (line.find('#') == std::string::npos || !std::regex_match(line, match, include)) return std::nullopt;
  return match[1].str();
}

// What is wrong with a room's source that includes the header; empty: nothing.
std::string objection(const Room& room, const std::string& header) {
  const Room* other = room_of(header);
  if (!other) return "which stands in no room; name it from the root of the tree";
  const bool may_know = other == &room || std::ranges::find(room.knows, other->folder) != room.knows.end();
  return may_know ? "" : room.folder + " may not know " + other->folder;
}

// "render/x.cpp:12 includes pipeline/y.h: render may not know pipeline", for each such include.
std::vector<std::string> arrows_up(const std::vector<SourceFile>& files) {
  std::vector<std::string> arrows;
  for (const SourceFile& file : files) {
    const Room* room = room_of(file.path);
    for (std::size_t i = 0; room && i < file.lines.size(); ++i) {
      const std::optional<std::string> header = included_by(file.lines[i]);
      const std::string why = header ? objection(*room, *header) : "";
      if (!why.empty()) arrows.push_back(place(file, i) + " includes " + *header + ": " + why);
    }
  }
  return arrows;
}

// A folder of someone else's headers, and who may include them.
struct Outside {
  std::string headers;  // regular expression of what stands in <…>
  std::vector<std::string> folders;
};

// LibTorch costs 20 s a file, SQL has one home; doctor asks every library for its version, benches measure
// them.
const std::vector<Outside>& outside_headers() {
  static const std::vector<Outside> table = {
      {"torch/.*|ATen/.*|c10/.*",
       {"train/", "eval/", "stages/", "tests/", "tools/bench/", "pipeline/driver/doctor/"}},
      {"SQLiteCpp/.*|sqlite3.h", {"db/manifest/", "tests/", "tools/bench/", "pipeline/driver/doctor/"}},
  };
  return table;
}

}  // namespace

TEST_CASE("Every source stands in a room") {
  for (const SourceFile& file : source_tree()) {
    INFO(file.path);
    CHECK(room_of(file.path) != nullptr);
  }
  CHECK(source_tree().size() > 500);
}

TEST_CASE("Includes go down only") {
  const std::vector<std::string> arrows = arrows_up(source_tree());
  for (const std::string& arrow : arrows) std::cerr << arrow << "\n";  // Catch2 would break the lines
  CHECK(arrows.empty());
}

TEST_CASE("An include that goes up is named with its line and its rooms") {
  const std::vector<SourceFile> made_up = {
      {"render/x.cpp",
       {"#include \"render/x.h\"", "#include <vector>", "#include \"pipeline/y.h\"",
        "#include \"db/format/file.h\""}},
      {"db/dataset/z.h", {"#include \"db/manifest/items.h\"", "#include \"z.h\""}}};
  CHECK(arrows_up(made_up) ==
        std::vector<std::string>{
            "render/x.cpp:3 includes pipeline/y.h: render may not know pipeline",
            "db/dataset/z.h:1 includes db/manifest/items.h: db/dataset may not know db/manifest",
            "db/dataset/z.h:2 includes z.h: which stands in no room; name it from the root of the "
            "tree"});
}

TEST_CASE("The table of rooms goes down only") {
  for (std::size_t i = 0; i < rooms().size(); ++i) {
    for (const std::string& known : rooms()[i].knows) {
      INFO(rooms()[i].folder << " knows " << known);
      CHECK(std::any_of(rooms().begin(), rooms().begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const Room& below) { return below.folder == known; }));
    }
  }
}

TEST_CASE("LibTorch's and SQLite's headers are included only where they belong") {
  for (const Outside& outside : outside_headers()) {
    const std::regex include("#\\s*include\\s+<(" + outside.headers + ")>.*");
    for (const SourceFile& file : source_tree()) {
      const bool may = std::ranges::any_of(
          outside.folders, [&](const std::string& folder) { return file.path.starts_with(folder); });
      for (std::size_t i = 0; !may && i < file.lines.size(); ++i) {
        if (!file.lines[i].starts_with('#')) continue;
        INFO(place(file, i) << ": " << file.lines[i]);
        CHECK_FALSE(std::regex_match(file.lines[i], include));
      }
    }
  }
}

TEST_CASE("Comments are left out of what is searched, literals are not") {
  CHECK(lines_without_comments("a // b\n\"http://c\" /* d\n e */ f '\"' // \"\n1'000 // g") ==
        std::vector<std::string>{"a ", "\"http://c\" ", " f '\"' ", "1'000 "});
  CHECK(lines_without_comments("R\"(// \" )\" // a") == std::vector<std::string>{"R\"(// \" )\" "});
  CHECK(lines_without_comments("\"\\\"// a\" // b") == std::vector<std::string>{"\"\\\"// a\" "});
}

}  // namespace funcorr::tests
