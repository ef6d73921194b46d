#include "db/dataset/workspace.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace funcorr {

TEST_CASE("a part's name becomes one name of a file, whatever it holds") {
  const Workspace workspace{"/w"};
  CHECK(workspace.heat("abcd", "handle") == "/w/assets/ab/abcd/heat/handle.npy");
  CHECK(workspace.mask("abcd", "pan bottom", 7) == "/w/assets/ab/abcd/mask/pan bottom/0007.png");
  const std::vector<std::string> odd = {"a/b",     "..",   ".",       "",  "%2F", "a%2Fb",
                                        "griff ü", "a\nb", ".hidden", "A", "a.b"};
  std::vector<std::string> encoded;
  for (const std::string& name : odd) {
    encoded.push_back(encode_file_name(name));
    CHECK(encoded.back().find('/') == std::string::npos);
    CHECK(encoded.back()[0] != '.');
  }
  std::ranges::sort(encoded);
  CHECK(std::ranges::adjacent_find(encoded) == encoded.end());
  CHECK(encode_file_name("a/b") == "a%2Fb");
}

}  // namespace funcorr
