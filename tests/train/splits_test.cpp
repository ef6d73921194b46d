#include "train/data/splits.h"

#include <fstream>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

std::vector<SplitCandidate> candidates(int categories, int assets) {
  std::vector<SplitCandidate> all;
  for (int c = 0; c < categories; ++c)
    for (int a = 0; a < assets; ++a)
      all.push_back({fmt::format("c{}a{}", c, a), fmt::format("category {}", c)});
  return all;
}

int count(const std::map<std::string, Split>& splits, Split wanted) {
  int found = 0;
  for (const auto& [uid, split] : splits) found += split == wanted;
  return found;
}

}  // namespace

TEST_CASE("splits: shares are met per category, and unseen categories are held out whole") {
  SplitOptions options;
  const auto all = candidates(20, 10);
  const auto splits = assign_splits(all, options, 4);
  REQUIRE(splits.size() == 200);
  // 0.1375 · 20 = 2.75 → 3 categories; 0.206 · 10 → 2 assets of each of the other 17.
  CHECK(count(splits, Split::kUnseen) == 30);
  CHECK(count(splits, Split::kTest) == 34);
  CHECK(count(splits, Split::kTrain) == 136);
  std::map<std::string, std::set<bool>> unseen_of_category;
  for (const SplitCandidate& asset : all)
    unseen_of_category[asset.category].insert(splits.at(asset.uid) == Split::kUnseen);
  for (const auto& [category, kinds] : unseen_of_category) CHECK(kinds.size() == 1);

  CHECK((assign_splits({all.rbegin(), all.rend()}, options, 4) == splits));  // order does not matter
  CHECK_FALSE((assign_splits(all, options, 5) == splits));
}

TEST_CASE("splits: a new asset moves at most one other, of its own category") {
  SplitOptions options;
  options.unseen_categories = {"category 0"};
  auto all = candidates(4, 12);
  const auto before = assign_splits(all, options, 4);
  for (int extra = 0; extra < 10; ++extra) {
    auto more = all;
    more.push_back({fmt::format("new{}", extra), "category 2"});
    const auto after = assign_splits(more, options, 4);
    int moved = 0;
    for (const SplitCandidate& asset : all)
      if (after.at(asset.uid) != before.at(asset.uid)) {
        ++moved;
        CHECK(asset.category == "category 2");
      }
    CHECK(moved <= 1);
  }
}

TEST_CASE("splits: named categories are held out, unknown ones refused") {
  SplitOptions options;
  options.unseen_categories = {"category 1"};
  options.test_share = 0;
  const auto splits = assign_splits(candidates(3, 2), options, 4);
  CHECK(splits.at("c1a0") == Split::kUnseen);
  CHECK(count(splits, Split::kTrain) == 4);
  options.unseen_categories = {"teapot"};
  CHECK_THROWS_WITH(assign_splits(candidates(3, 2), options, 4),
                    Catch::Matchers::ContainsSubstring("teapot"));
}

TEST_CASE("splits: the release's lists are read, and what contradicts itself is refused") {
  const tests::TemporaryFolder folder;
  CHECK_THROWS_WITH(read_split_lists(folder.path()), Catch::Matchers::ContainsSubstring("none of"));
  folder.write("train_split.json", R"(["aa---mug.glb", "bb"])");
  folder.write("unseen_test_split.json", R"(["cc---letter opener.glb"])");
  const auto splits = read_split_lists(folder.path());
  CHECK((splits ==
         std::map<std::string, Split>{{"aa", Split::kTrain}, {"bb", Split::kTrain}, {"cc", Split::kUnseen}}));
  folder.write("test_split.json", R"(["aa---mug.glb"])");
  CHECK_THROWS_WITH(read_split_lists(folder.path()), Catch::Matchers::ContainsSubstring("twice"));
  folder.write("test_split.json", "[7]");
  CHECK_THROWS_WITH(read_split_lists(folder.path()), Catch::Matchers::ContainsSubstring("test_split.json"));
  folder.write("test_split.json", "{");
  CHECK_THROWS_WITH(read_split_lists(folder.path()), Catch::Matchers::ContainsSubstring("not JSON"));
}

TEST_CASE("splits: of lists, the candidates' entries alone, and what cannot be split is a matter of usage") {
  const tests::TemporaryFolder folder;
  folder.write("train_split.json", R"(["c0a0", "elsewhere"])");
  SplitOptions options;
  options.lists = folder.path();
  CHECK(
      (split_assets(candidates(2, 1), options, 4) == std::map<std::string, Split>{{"c0a0", Split::kTrain}}));
  options.lists /= "absent";
  CHECK_THROWS_AS(split_assets(candidates(2, 1), options, 4), UsageError);
  options.lists.clear();
  CHECK((split_assets(candidates(3, 4), options, 4) == assign_splits(candidates(3, 4), options, 4)));
  options.unseen_categories = {"teapot"};
  CHECK_THROWS_AS(split_assets(candidates(3, 4), options, 4), UsageError);
  options = {};
  options.test_share = 1.5;
  CHECK_THROWS_WITH(split_assets(candidates(3, 4), options, 4),
                    Catch::Matchers::ContainsSubstring("test_share = 1.5"));
}

}  // namespace funcorr
