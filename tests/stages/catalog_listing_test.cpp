#include <zlib.h>

#include "db/format/hash.h"
#include "db/format/zip.h"
#include "stages/catalog/captions.h"
#include "stages/catalog/listing.h"
#include "stages/catalog/objaverse.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

const std::string kMug = "0123456789abcdef0123456789abcdef", kBow = "fedcba9876543210fedcba9876543210";

void write_gzip(const std::filesystem::path& file, const std::string& text) {
  const gzFile out = gzopen(file.c_str(), "wb");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
}

Tree tree_of(const std::filesystem::path& root) { return trees_of({root}, {}).front(); }

}  // namespace

TEST_CASE("an Objaverse mirror is catalogued with its LVIS categories, names and Cap3D captions",
          "[catalog]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "mirror/glbs/000-023");
  std::filesystem::create_directories(folder / "tables");
  folder.write("mirror/glbs/000-023/" + kMug + ".glb", "mug");
  folder.write("mirror/glbs/000-023/" + kBow + ".glb", "bow");
  write_gzip(folder / "tables/lvis-annotations.json.gz",
             R"x({"Coffee_mug": [")x" + kMug + R"x("], "bow_(weapon)": [")x" + kBow + R"x("]})x");
  write_gzip(
      folder / "tables/000-023.json.gz",
      "{\"" + kMug + R"(": {"uid": "x", "name": "My Mug", "description": "A mug\nof clay", "license": "by",
             "tags": [{"name": "cup"}, {"name": "clay"}]}})");
  folder.write("tables/object-paths.json", "{\"" + kMug + "\": \"glbs/000-023/" + kMug + ".glb\"}");
  folder.write("tables/Cap3D.csv", kMug + ",\"a brown mug, \"\"handmade\"\"\"\n" + kBow + ",a bow\n");

  Captions captions;
  for (const auto& table : caption_tables({folder / "tables"})) captions.read(table);
  const Listing listing =
      list_assets(tree_of(folder / "mirror"), {.category_pattern = ""}, captions, [] { return false; });
  REQUIRE(listing.assets.size() == 2);
  const FoundAsset &mug = listing.assets[0], &bow = listing.assets[1];
  CHECK(mug.asset.uid == kMug);
  CHECK(mug.asset.category == "coffee mug");
  CHECK(mug.asset.name == "My Mug");
  CHECK(bow.asset.category == "bow");
  REQUIRE(mug.captions.size() == 2);
  CHECK(mug.captions[0].text == "My Mug. A mug of clay. Tags: cup, clay");
  CHECK(mug.captions[0].source == "000-023.json.gz");
  CHECK(mug.captions[1].text == "a brown mug, \"handmade\"");
  REQUIRE(bow.captions.size() == 1);
  CHECK(bow.captions[0].text == "a bow");
}

TEST_CASE("a path's category is spelled as the taxonomy spells it", "[catalog]") {
  const TemporaryFolder folder;
  for (const std::string name : {"mug__red", "rolling-pin__wood", "water_bottle__blue", "unsorted"}) {
    std::filesystem::create_directories(folder / name);
    folder.write(name + "/model.glb", name);
  }
  const Listing listing = list_assets(tree_of(folder.path()), {}, Captions(), [] { return false; });
  std::map<std::string, std::string> category;  // by path
  for (const FoundAsset& found : listing.assets) category[found.asset.path] = found.asset.category;
  CHECK(category == std::map<std::string, std::string>{{"mug__red/model.glb", "mug"},
                                                       {"rolling-pin__wood/model.glb", "rolling pin"},
                                                       {"water_bottle__blue/model.glb", "water bottle"},
                                                       {"unsorted/model.glb", ""}});
}

TEST_CASE("an asset is another one when a texture beside its folder changes", "[catalog]") {
  const TemporaryFolder folder;
  folder.write("chair/models/model.obj", "mtllib model.mtl\n");
  folder.write("chair/images/wood.jpg", "oak");
  const auto hash = [&] {
    return list_assets(trees_of({folder.path()}, {}).at(0), {}, Captions(), [] { return false; })
        .assets.at(0)
        .asset.content_hash;
  };
  const std::string oak = hash();
  folder.write("other/images/wood.jpg", "beech");
  CHECK(hash() == oak);
  folder.write("chair/images/wood.jpg", "beech");
  CHECK(hash() != oak);
}

TEST_CASE("a zip of a mesh is an asset, unless it is unpacked beside itself", "[catalog]") {
  const TemporaryFolder folder;
  const auto zip_of = [](const std::string& member) {
    const std::vector<std::byte> zip = write_zip({{member, std::vector<std::byte>(9)}}, true);
    return std::string(reinterpret_cast<const char*>(zip.data()), zip.size());
  };
  for (const char* name : {"mug__a/m.zip", "mug__b/M.ZIP", "c.zip", "d.zip"})
    folder.write(name, zip_of("scene.gltf"));
  folder.write("mug__a/m.json", R"({"format": "funcorr-sidecar-1", "caption": "a mug"})");
  folder.write("c/scene.gltf", "{}");
  folder.write("d.obj", "");
  folder.write("textures.zip", zip_of("wood.png"));
  folder.write("damaged.zip", "no archive");
  const Listing listing = list_assets(tree_of(folder.path()), {}, Captions(), [] { return false; });
  std::map<std::string, std::string> formats;
  for (const FoundAsset& found : listing.assets) formats[found.asset.path] = found.asset.format;
  CHECK(formats == std::map<std::string, std::string>{{"mug__a/m.zip", "zip"},
                                                      {"mug__b/M.ZIP", "zip"},
                                                      {"c/scene.gltf", "gltf"},
                                                      {"d.obj", "obj"},
                                                      {"damaged.zip", "zip"}});  // import tells why
  CHECK(listing.skipped == std::map<std::string, std::int64_t>{{".zip", 3}});
  const auto mug =
      std::ranges::find(listing.assets, "mug__a/m.zip", [](const FoundAsset& f) { return f.asset.path; });
  REQUIRE(mug != listing.assets.end());
  CHECK(mug->asset.sidecar == "mug__a/m.json");
  CHECK(mug->asset.category == "mug");
}

TEST_CASE("a zip counts as unpacked by a mesh alone, and is never a part", "[catalog]") {
  const TemporaryFolder folder;
  const std::vector<std::byte> zip = write_zip({{"a.obj", std::vector<std::byte>(9)}}, true);
  const std::string content(reinterpret_cast<const char*>(zip.data()), zip.size());
  for (const char* name : {"a.zip", "b.zip", "cup_parts/0.zip"}) folder.write(name, content);
  folder.write("a/preview.png", "");
  folder.write("b/deep/model.glb", "");
  folder.write("cup_parts/1.obj", "");
  const Listing listing = list_assets(tree_of(folder.path()), {}, Captions(), [] { return false; });
  std::map<std::string, std::string> formats;
  for (const FoundAsset& found : listing.assets) formats[found.asset.path] = found.asset.format;
  CHECK(formats == std::map<std::string, std::string>{
                       {"a.zip", "zip"}, {"b/deep/model.glb", "glb"}, {"cup_parts", "obj"}});
}

TEST_CASE("the folders of textures one level up are hashed by name", "[catalog]") {
  const TemporaryFolder folder;
  folder.write("chair/models/model.obj", "o chair\n");
  for (const char* name : {"images", "maps", "textures"})
    folder.write("chair/" + std::string(name) + "/t.png", name);
  const auto line = [](const std::string& name, const std::string& content) {
    return name + '\n' + sha256_hex(content) + '\n';
  };
  const std::string siblings = line("t.png", "images") + line("t.png", "maps") + line("t.png", "textures");
  const Listing listing = list_assets(tree_of(folder.path()), {}, Captions(), [] { return false; });
  CHECK(listing.assets.at(0).asset.content_hash ==
        sha256_hex(line("model.obj", "o chair\n") + sha256_hex(siblings) + "\ny"));
}

TEST_CASE("links are followed into the allowed folders alone, and each file is listed once", "[catalog]") {
  namespace fs = std::filesystem;
  const TemporaryFolder folder;
  for (const char* path : {"root/bowl__b", "store/one", "store/two", "outside"})
    fs::create_directories(folder / path);
  folder.write("root/bowl__b/real.glb", "real");
  folder.write("store/one/model.glb", "one");
  folder.write("store/two/y.obj", "two");
  folder.write("store/two/y.json", R"({"format": "funcorr-sidecar-1", "caption": "why"})");
  folder.write("store/two/y.mtl", "two's");
  folder.write("store/unlinked.glb", "unlinked");
  folder.write("outside/secret.glb", "secret");
  const auto link = [&](const char* to, const char* from) { fs::create_symlink(folder / to, folder / from); };
  link("store/one", "root/mug__a");
  link("store/one", "root/mug__z");  // a second way
  link("store/two/y.obj", "root/bowl__b/linked.obj");
  link("root/bowl__b/real.glb", "root/plate__c.glb");  // in the root already
  link("root", "store/one/up");                        // cycles
  link("store/one", "store/one/itself");
  link("outside", "root/away");
  link("outside/secret.glb", "store/one/secret.glb");
  link("nowhere", "root/broken.glb");

  const std::vector<Tree> trees = trees_of({folder / "root"}, {folder / "store"});
  REQUIRE(trees.size() == 2);
  std::map<std::string, std::string> names;  // by root and path
  std::map<std::string, Asset> assets;       // by path
  for (const Tree& tree : trees)
    for (const FoundAsset& found : list_assets(tree, {}, Captions(), [] { return false; }).assets) {
      names[fs::path(found.asset.root).filename().string() + ":" + found.asset.path] = found.asset.name;
      assets[found.asset.path] = found.asset;
    }
  CHECK(names == std::map<std::string, std::string>{{"root:bowl__b/real.glb", "bowl__b/real.glb"},
                                                    {"store:one/model.glb", "mug__a/model.glb"},
                                                    {"store:two/y.obj", "bowl__b/linked.obj"}});
  CHECK(assets["one/model.glb"].category == "mug");
  CHECK(assets["two/y.obj"].category == "bowl");
  CHECK(assets["two/y.obj"].sidecar == "two/y.json");

  const std::string before = listing_hash(trees[1], {});
  folder.write("store/unlinked.glb", "and of no interest");
  CHECK(listing_hash(trees[1], {}) == before);
  folder.write("store/two/y.mtl", "changed");
  CHECK(listing_hash(trees[1], {}) != before);
  CHECK(list_assets(trees[1], {}, Captions(), [] { return false; }).assets[1].asset.content_hash !=
        assets["two/y.obj"].content_hash);
  CHECK(trees_of({folder / "root"}, {folder / "root"}).size() == 1);
  CHECK_THROWS_WITH(trees_of({folder / "root"}, {folder / "none"}),
                    Catch::Matchers::ContainsSubstring("follow_links"));
}

TEST_CASE("a uid belongs to the file that had it first", "[catalog]") {
  UidOwners owners;
  CHECK(owners.claim(kMug, "a/mug.glb") == std::nullopt);
  CHECK(owners.claim(kMug, "a/mug.glb") == std::nullopt);
  CHECK(owners.claim(kMug, "b/mug.glb") == "a/mug.glb");
  CHECK(owners.claim(kBow, "b/bow.glb") == std::nullopt);
}

TEST_CASE("a listing is told in one line", "[catalog]") {
  Listing listing;
  for (const char* format : {"obj", "glb", "glb"}) {
    listing.assets.emplace_back();
    listing.assets.back().asset.format = format;
  }
  CHECK(to_text("mugs", listing) == "mugs: 3 assets (2 glb, 1 obj); no mesh: none");
  listing.skipped[".txt"] = 4;
  CHECK(to_text("mugs", listing) == "mugs: 3 assets (2 glb, 1 obj); no mesh: 4 .txt");
}

TEST_CASE("files that are not Objaverse's are named with what is wrong", "[catalog]") {
  const TemporaryFolder folder;
  using Catch::Matchers::ContainsSubstring;
  folder.write("a.json", "[1, 2]");
  CHECK_THROWS_WITH(read_objaverse_json(folder / "a.json"), ContainsSubstring("a.json: no JSON object"));
  folder.write("b.json", R"({"mug": 3})");
  CHECK_THROWS_WITH(read_objaverse_json(folder / "b.json"), ContainsSubstring("'mug' is neither"));
  folder.write("c.json", R"({"mug": [3]})");
  CHECK_THROWS_WITH(read_objaverse_json(folder / "c.json"), ContainsSubstring("category 'mug'"));
  write_gzip(folder / "d.json.gz", R"({"mug": []})");
  std::filesystem::resize_file(folder / "d.json.gz", 15);
  CHECK_THROWS_AS(read_objaverse_json(folder / "d.json.gz"), std::runtime_error);
  CHECK_THROWS_WITH(read_objaverse_json(folder / "e.json"), ContainsSubstring("cannot read"));
  CHECK_THROWS_WITH(Captions().read(folder / "none.csv"), ContainsSubstring("cannot read"));
  std::filesystem::create_directories(folder / "empty");
  CHECK_THROWS_WITH(caption_tables({folder / "empty"}), ContainsSubstring("no tables"));
}

}  // namespace funcorr
