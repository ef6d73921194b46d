// Tables by migrations, views by views.sql: manifests of older versions and of other programs of ours.
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/items.h"
#include "db/manifest/labels.h"
#include "db/manifest/ledger.h"
#include "db/manifest/migration.h"
#include "db/manifest/selection.h"
#include "db/manifest/statistics.h"
#include "db/manifest/taxonomy.h"
#include "tests/catch.h"
#include "tests/db/manifest/workspace.h"
#include "tests/golden.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

const int kWritable = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;

std::string source_text(const std::string& path) {
  std::ifstream stream(tests::source_dir() / path);
  REQUIRE(stream.good());
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Without comments and blanks that mean nothing.
std::string normalized(std::string sql) {
  sql = std::regex_replace(sql, std::regex("--[^\n]*"), "");
  sql = std::regex_replace(sql, std::regex("\\s+"), " ");
  return std::regex_replace(sql, std::regex(" ?([(),]) ?"), "$1");
}

// What a database consists of, by kind and name.
std::map<std::string, std::string> parts_of(SQLite::Database& database, const std::string& kinds) {
  std::map<std::string, std::string> parts;
  SQLite::Statement query(database,
                          "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL "
                          "AND type IN (" +
                              kinds + ")");
  while (query.executeStep())
    parts[query.getColumn(0).getString()] = normalized(query.getColumn(1).getString());
  return parts;
}

std::map<std::string, std::string> parts_of(const std::filesystem::path& file, const std::string& kinds) {
  SQLite::Database database(file.string(), SQLite::OPEN_READONLY);
  return parts_of(database, kinds);
}

void check_that_all_views_answer(Manifest& manifest) {
  CHECK(statistics_views().size() >= 8);
  for (const std::string& view : statistics_views()) {
    INFO(view);
    CHECK_FALSE(statistics(manifest, view).columns.empty());
  }
}

// A manifest of this version whose views another program of ours made.
void give_other_views(const std::filesystem::path& file) {
  SQLite::Database(file.string(), kWritable)
      .exec(
          "DROP VIEW stats_stage; CREATE VIEW stats_stage AS SELECT 'old' AS old; DROP VIEW stats_quality;"
          "CREATE VIEW stats_gone AS SELECT gone FROM a_table_that_is_gone;"
          "CREATE VIEW mine AS SELECT stage FROM stats_stage");
}

}  // namespace

TEST_CASE("schema.sql shows the tables and indexes that the migrations make") {
  const TemporaryFolder folder;
  { Manifest manifest(folder / "manifest.sqlite"); }
  SQLite::Database shown(":memory:", kWritable);
  shown.exec(source_text("db/manifest/schema.sql"));
  const auto made = parts_of(folder / "manifest.sqlite", "'table', 'index'");
  CHECK(made.size() > 40);
  CHECK(parts_of(shown, "'table', 'index'") == made);
}

TEST_CASE("A manifest of version 8 opens with its rows, and all views answer from them") {
  const TemporaryFolder folder;
  SQLite::Database((folder / "manifest.sqlite").string(), kWritable)
      .exec(source_text("tests/db/manifest/manifest_version_8.sql"));
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(manifest.schema_version() == Manifest::newest_schema_version());
  CHECK(find_asset(manifest, "aa")->content_hash == "h1");
  CHECK(asset_geometry(manifest, "aa")->flags == AssetFlags{AssetFlag::kOpen, AssetFlag::kTextureMissing});
  CHECK(asset_split(manifest, "aa") == Split::kUnseen);
  CHECK(caption_of(manifest, "aa") == "a red mug");
  CHECK(find_selection(manifest, "aa")->dropped == Dropped::kOverCap);
  CHECK(find_selection(manifest, "aa")->candidates.at(0).cosine == 0.875);
  CHECK(parts_of_category(manifest, "mug").at(0).is_small);
  CHECK(views_of(manifest, "aa", ViewSet::kLabel).at(0).flags ==
        ViewFlags{ViewFlag::kNearlyBlank, ViewFlag::kOutOfFrame});
  CHECK(boxes_of(manifest, "aa", "handle").at(0).pixels == PixelBox{10, 20, 30, 40});
  CHECK(boxes_of(manifest, "aa", "handle").at(1).flag == BoxFlag::kInverted);
  CHECK(masks_of(manifest, "aa").at(0).branch == MaskBranch::kOtsuFallback);
  CHECK(Ledger(manifest).answered("k")->answer == "[[1,2,3,4]]");
  CHECK(Ledger(manifest).account("openai").reserved == 0.25);
  CHECK(find_pair(manifest, "hold/aa|||bb|||handle/trial_0")->points == 12);
  CHECK(all_runs(manifest).at(0).state == RunState::kDone);
  std::vector<Metric> metrics;
  for_each_metric(manifest, [&](const MetricWithPair& one) { metrics.push_back(one.metric); });
  REQUIRE(metrics.size() == 1);
  CHECK((metrics[0].row == "full" && metrics[0].run.empty() && metrics[0].value == 12.5));
  CHECK(done_fingerprint(manifest, "filter", "aa") == "o:h1");
  check_that_all_views_answer(manifest);
  CHECK(to_csv(statistics(manifest, "labels")) ==
        "category,part,assets,not_found,boxes,flagged_boxes,views_with_boxes,positive_share,doubt,masks,"
        "empty_masks,mask_pixels\r\nmug,handle,1,0,2,1,1.0,0.25,,1,0,30.0\r\n");
  CHECK(to_csv(statistics(manifest, "spend")) ==
        "stage,category,provider,model,samples,answered,failed,in_doubt,calls,billed_calls,tokens_in,tokens_"
        "out,"
        "cost,at_most,seconds_per_call,estimated_answers,estimated_cost\r\n"
        "ground,mug,openai,cogvlm,2,1,0,1,2,1,90,11,0.5,0.25,3.0,4,2.0\r\n");
  CHECK(to_csv(statistics(manifest, "quality")) ==
        "subject,flag,flagged,assets,example\r\nasset,open,1,1,aa\r\nasset,texture_missing,1,1,aa\r\n"
        "label view,nearly_blank,1,1,aa\r\nlabel view,out_of_frame,1,1,aa\r\n");
}

TEST_CASE("Results of the row that was told fused masks get that row's name") {
  const TemporaryFolder folder;
  SQLite::Database old((folder / "manifest.sqlite").string(), kWritable);
  old.exec(source_text("tests/db/manifest/manifest_version_8.sql"));
  old.exec(
      "INSERT INTO metric SELECT 'vlm+backbone', pair, direction, name, 0.5 FROM metric;"
      "INSERT INTO item (stage, key, state, fingerprint, reason, updated)"
      " SELECT 'evaluate', 'vlm+backbone@' || pair, 'done', 'f', '', 0 FROM metric WHERE row = 'full'");
  Manifest manifest(folder / "manifest.sqlite");
  std::map<std::string, double> values;
  for_each_metric(manifest, [&](const MetricWithPair& one) { values[one.metric.row] = one.metric.value; });
  CHECK(values == std::map<std::string, double>{{"full", 12.5}, {"fused+backbone", 0.5}});
  CHECK(done_fingerprint(manifest, "evaluate", "fused+backbone@hold/aa|||bb|||handle/trial_0") == "f");
}

TEST_CASE(
    "Imported pairs so far count as the set of rendered objects, boxes as those of the run without a name") {
  const TemporaryFolder folder;
  {
    SQLite::Database old((folder / "manifest.sqlite").string(), kWritable);
    for (int step = 0; step < 13; ++step)
      old.exec(embedded_migrations().at(static_cast<std::size_t>(step)).sql);
    old.exec(
        "PRAGMA user_version = 13;"
        "INSERT INTO asset (uid, name, root, path, format, content_hash) VALUES"
        " ('aa', 'a', '/', 'a', 'glb', 'h'), ('cc', 'c', '/', 'c', 'crops', 'h');"
        "INSERT INTO pair SELECT 'hold/' || uid, 'hold', uid, uid, 'mug', 'mug', 'x', 0, 0, 0, 1, 0, 'p'"
        " FROM asset;"
        "INSERT INTO pair_box (uid, subject, name, view, sample, box_index, x1, y1, x2, y2)"
        " VALUES ('aa', 'part', 'rim', 3, 0, 0, 1, 2, 30, 40)");
  }
  Manifest manifest(folder / "manifest.sqlite");
  CHECK(find_pair(manifest, "hold/aa")->set == PairSet::kOwn);
  CHECK(find_pair(manifest, "hold/cc")->set == PairSet::kSynthetic);
  const std::vector<Box> boxes = pair_boxes_of(manifest, {"aa", BoxSubject::kPart, "rim"});
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].pixels == PixelBox{1, 2, 30, 40});
}

TEST_CASE("Every older version is upgraded, whatever views it had") {
  const TemporaryFolder folder;
  { Manifest manifest(folder / "new.sqlite"); }
  const auto newest = parts_of(folder / "new.sqlite", "'table', 'index', 'view'");
  for (int version = 1; version <= Manifest::newest_schema_version(); ++version) {
    INFO("version " << version);
    const auto file = folder / (std::to_string(version) + ".sqlite");
    {
      SQLite::Database database(file.string(), kWritable);
      for (int step = 0; step < version; ++step)
        database.exec(embedded_migrations().at(static_cast<std::size_t>(step)).sql);
      database.exec("PRAGMA user_version = " + std::to_string(version));
      database.exec("CREATE VIEW stats_spend AS SELECT owner FROM request INDEXED BY request_intent");
    }
    {
      Manifest manifest(file);
      CHECK(manifest.schema_version() == Manifest::newest_schema_version());
      check_that_all_views_answer(manifest);
    }
    CHECK(parts_of(file, "'table', 'index', 'view'") == newest);
  }
}

TEST_CASE("Views of another program of ours are replaced, a person's own are left") {
  const TemporaryFolder folder;
  const auto file = folder / "manifest.sqlite";
  { Manifest manifest(file); }
  const auto todays = parts_of(file, "'view'");
  give_other_views(file);
  {
    Manifest manifest(file);
    check_that_all_views_answer(manifest);
    CHECK(manifest.connection().execAndGet("SELECT count(*) FROM mine").getInt() == 0);
  }
  auto replaced = parts_of(file, "'view'");
  CHECK(replaced.erase("view mine") == 1);
  CHECK(replaced == todays);
}

TEST_CASE("A reader sees today's views and writes nothing") {
  const TemporaryFolder folder;
  const auto file = folder / "manifest.sqlite";
  { Manifest manifest(file); }
  give_other_views(file);
  const auto before = parts_of(file, "'view'");
  {
    Manifest reader(file, {.read_only = true});
    check_that_all_views_answer(reader);
    CHECK(statistics(reader, "stage").columns.at(0) == "stage");
  }
  CHECK(parts_of(file, "'view'") == before);
}

TEST_CASE("Opening a manifest that is up to date leaves its schema alone") {
  const TemporaryFolder folder;
  const auto changes = [&] {
    return Manifest(folder / "manifest.sqlite").connection().execAndGet("PRAGMA schema_version").getInt();
  };
  const int first = changes();
  CHECK(changes() == first);
}

}  // namespace funcorr
