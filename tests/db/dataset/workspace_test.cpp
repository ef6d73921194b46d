#include "db/dataset/workspace.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {

namespace fs = std::filesystem;

TEST_CASE("a workspace's folders and files have their places") {
  const Workspace w{"w"};
  const std::string uid = "abcdef";
  CHECK(w.manifest() == fs::path("w/manifest.sqlite"));
  CHECK(w.config() == fs::path("w/funcorr.toml"));
  CHECK(w.asset(uid) == fs::path("w/assets/ab/abcdef"));
  CHECK(w.shard(uid) == fs::path("w/train/shards/ab/abcdef.safetensors"));
  CHECK(w.features(uid) == fs::path("w/train/features/ab/abcdef.safetensors"));
  CHECK(w.run("full") == fs::path("w/train/runs/full"));
  CHECK(w.options("render") == fs::path("w/options/render.toml"));
}

TEST_CASE("shards of assets that are no longer wanted go, other files stay") {
  const tests::TemporaryFolder folder;
  const Workspace w{folder.path()};
  for (const char* name :
       {"train/shards/ab/abc.safetensors", "train/shards/cd/cde.safetensors", "train/shards/cd/notes.txt"})
    folder.write(name, "");
  remove_surplus_assets(w.shards(), [](const std::string& uid) { return uid == "abc"; });
  CHECK(fs::exists(w.shard("abc")));
  CHECK_FALSE(fs::exists(w.shard("cde")));
  CHECK(fs::exists(folder / "train/shards/cd/notes.txt"));
  remove_surplus_assets(w.features(), [](const std::string&) { return false; });  // there are none
}

TEST_CASE("a text becomes one name of a file, whatever it holds") {
  CHECK(encode_file_name("outer rim-2_a.b") == "outer rim-2_a.b");
  CHECK(encode_file_name("a/b") == "a%2Fb");
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
}

}  // namespace funcorr
