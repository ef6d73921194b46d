// CTest runs what it can name.
#include <regex>
#include <string>

#include "tests/catch.h"
#include "tests/structure/source_tree.h"

namespace funcorr::tests {

TEST_CASE("No test case has a semicolon in its name") {
  // CMake lists are parted by it: two names, of which Catch2 knows neither.
  static const std::regex begin(R"(\bTEST_CASE\(\s*("(?:[^"\\]|\\.)*"))");
  std::size_t cases = 0;
  for (const SourceFile& file : source_tree()) {
    if (!file.path.starts_with("tests/")) continue;
    std::string text;
    for (const std::string& line : file.lines) text += line + "\n";
    for (std::sregex_iterator match(text.begin(), text.end(), begin), end; match != end; ++match, ++cases) {
      INFO(file.path);
      const std::string name = (*match)[1];
      CAPTURE(name);
      CHECK(name.find(';') == std::string::npos);
    }
  }
  CHECK(cases > 500);
}

}  // namespace funcorr::tests
