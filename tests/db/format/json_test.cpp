#include "db/format/json.h"

#include <string>

#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using tests::TemporaryFolder;

TEST_CASE("a JSON file is read as it was written") {
  const TemporaryFolder folder;
  const json value{{"b", {1, 2.5, nullptr}}, {"a", "ü\n"}, {"c", json::object()}};
  save_json(folder / "one", value);
  CHECK(tests::read_text(folder / "one") ==
        "{\n \"a\": \"ü\\n\",\n \"b\": [\n  1,\n  2.5,\n  null\n ],\n \"c\": {}\n}\n");
  write_json_artifact(folder / "new folder/two", value, -1);
  CHECK(tests::read_text(folder / "new folder/two") == R"({"a":"ü\n","b":[1,2.5,null],"c":{}})"
                                                       "\n");
  CHECK(read_json(folder / "one") == value);
  CHECK(read_json(folder / "new folder/two") == value);
  CHECK(json_text("no \xff UTF-8") == "\"no \xef\xbf\xbd UTF-8\"");
}

TEST_CASE("a file that is no JSON is named, with what is wrong") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(read_json(folder / "none"), ContainsSubstring("/none: No such file"));
  CHECK_THROWS_WITH(read_json(folder.path()), ContainsSubstring(folder.path().string() + ": Is a directory"));
  CHECK_THROWS_WITH(read_json(folder.write("empty", "")), ContainsSubstring("/empty is not JSON"));
  CHECK_THROWS_WITH(read_json(folder.write("cut", "{\"a\": [1,\n2")),
                    ContainsSubstring("/cut is not JSON") && ContainsSubstring("line 2"));
  CHECK_THROWS_WITH(read_json(folder.write("more", "{} {}")), ContainsSubstring("/more is not JSON"));
  CHECK_THROWS_WITH(read_json(folder.write("bytes", "\"\xff\"")), ContainsSubstring("/bytes is not JSON"));
  CHECK_THROWS_WITH(read_json(folder.write("long", "[1,2,3]"), 6),
                    ContainsSubstring("/long: more than 6 bytes"));
  CHECK(read_json(folder / "long", 7).size() == 3);
  CHECK_THROWS_WITH(save_json(folder / "no/such", 1), ContainsSubstring("no/such"));
  CHECK_THROWS_AS(write_json_artifact("/proc/nowhere/x", 1), EnvironmentError);
}

TEST_CASE("deep nesting is no danger") {
  const TemporaryFolder folder;
  const std::string open(1'000'000, '['), close(1'000'000, ']');
  CHECK_THROWS_WITH(read_json(folder.write("open", open)), ContainsSubstring("/open is not JSON"));
  CHECK(read_json(folder.write("deep", open + close)).is_array());
}

}  // namespace
}  // namespace funcorr
