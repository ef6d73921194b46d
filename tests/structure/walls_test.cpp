// The compiler sees no header that the table of rooms does not allow: each room's real compile command, as
// compile_commands.json beside this program's folder holds it, on small sources made here.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/pipeline/program.h"
#include "tests/structure/rooms.h"
#include "tests/structure/source_tree.h"

namespace funcorr::tests {
namespace {

namespace fs = std::filesystem;

struct CompileCommand {
  std::string folder, source, words;
};

// That of the room's first source.
std::optional<CompileCommand> command_of(const std::string& room) {
  const fs::path build = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  static const nlohmann::json database = nlohmann::json::parse(read_text(build / "compile_commands.json"));
  for (const SourceFile& file : source_tree()) {
    const Room* of_file = room_of(file.path);
    if (!of_file || of_file->folder != room) continue;
    for (const nlohmann::json& entry : database)
      if (entry.at("file").get<std::string>().ends_with("/" + file.path))
        return CompileCommand{entry.at("directory"), entry.at("file"), entry.at("command")};
  }
  return std::nullopt;
}

// The room's command on the text alone, without object file and without the precompiled header, which adds
// nothing.
Ran compile(const std::string& room, const std::string& text) {
  const std::optional<CompileCommand> command = command_of(room);
  REQUIRE(command);
  const TemporaryFolder folder;
  const fs::path source = folder.write("made_up.cpp", text);
  static const std::regex precompiled(" -include \\S*cmake_pch\\.hxx");
  const std::string words =
      std::regex_replace(command->words.substr(0, command->words.rfind(" -o ")), precompiled, "");
  return run("/bin/sh", {"-c", "cd '" + command->folder + "' && CCACHE_DISABLE=1 " + words +
                                   " -fsyntax-only '" + source.string() + "'"});
}

// A header in the room's own folder.
std::string header_of(const std::string& room) {
  for (const SourceFile& file : source_tree()) {
    const Room* of_file = room_of(file.path);
    if (of_file && of_file->folder == room && file.path.ends_with(".h")) return file.path;
  }
  return "";
}

}  // namespace

TEST_CASE("A forbidden include does not compile, an allowed one does") {
  struct Row {
    std::string room, header;
    bool allowed;
  };
  for (const Row& row :
       {Row{"render", "db/manifest/manifest.h", false}, Row{"render", "db/dataset/workspace.h", true},
        Row{"labeling", "pipeline/stage.h", false}, Row{"labeling", "render/camera.h", true}}) {
    REQUIRE(fs::exists(source_dir() / row.header));
    const Ran ran = compile(row.room, "#include \"" + row.header + "\"\n");
    INFO("in " << row.room << ": " << ran.err);
    CHECK((ran.status == 0) == row.allowed);
    if (!row.allowed) CHECK(ran.err.find(row.header + ": No such file") != std::string::npos);
  }
}

TEST_CASE("Every room's compiler sees its own headers, and no room that it may not know") {
  for (const Room& room : rooms()) {
    if (room.folder == "tests" || !command_of(room.folder)) continue;
    std::string text;
    if (const std::string own = header_of(room.folder); !own.empty())
      text = "#if !__has_include(\"" + own + "\")\n#error " + room.folder + " does not see its own\n#endif\n";
    for (const Room& other : rooms()) {
      const std::string header = header_of(other.folder);
      if (&other == &room || header.empty() ||
          std::ranges::find(room.knows, other.folder) != room.knows.end())
        continue;
      text +=
          "#if __has_include(\"" + header + "\")\n#error " + room.folder + " sees " + header + "\n#endif\n";
    }
    const Ran ran = compile(room.folder, text);
    INFO(ran.err);
    CHECK(ran.status == 0);
  }
}

}  // namespace funcorr::tests
