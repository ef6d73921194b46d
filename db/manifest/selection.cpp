#include "db/manifest/selection.h"

#include <nlohmann/json.hpp>

#include "db/format/json.h"
#include "db/manifest/connection.h"

namespace funcorr {
namespace {

using nlohmann::json;

std::string to_text(const std::vector<Selection::Candidate>& candidates) { return json_text(candidates); }

const std::string kColumns = "uid, caption, name, candidates, category, dropped, reason";

Selection read(const Query& row) {
  Selection selection;
  selection.uid = row.text(0);
  selection.caption = row.text(1);
  selection.name = row.text(2);
  json::parse(row.text(3)).get_to(selection.candidates);
  selection.category = row.text(4);
  selection.dropped = row.named<Dropped>(5);
  selection.reason = row.text(6);
  return selection;
}

}  // namespace

void upsert_selection(Manifest& manifest, const Selection& selection) {
  Query(manifest, "INSERT OR REPLACE INTO selection (" + kColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?)",
        selection.uid, selection.caption, selection.name, to_text(selection.candidates), selection.category,
        selection.dropped, selection.reason)
      .run();
}

std::optional<Selection> find_selection(Manifest& manifest, const std::string& uid) {
  Query query(manifest, "SELECT " + kColumns + " FROM selection WHERE uid = ?", uid);
  if (!query.step()) return std::nullopt;
  return read(query);
}

void for_each_selection(Manifest& manifest, const std::function<void(const Selection&)>& visit) {
  Query query(manifest, "SELECT " + kColumns + " FROM selection ORDER BY uid");
  while (query.step()) visit(read(query));
}

std::string caption_of(Manifest& manifest, const std::string& uid) {
  Query query(manifest, "SELECT text FROM caption WHERE uid = ? ORDER BY source LIMIT 1", uid);
  return query.step() ? query.text(0) : std::string();
}

void for_each_selectable_asset(Manifest& manifest, const std::function<void(const CaptionedAsset&)>& visit) {
  Query query(
      manifest,
      "SELECT uid, (SELECT text FROM caption WHERE caption.uid = asset.uid ORDER BY source LIMIT 1) AS text "
      "FROM asset WHERE text IS NOT NULL AND "
      "(category IS NULL OR EXISTS (SELECT 1 FROM selection WHERE selection.uid = asset.uid)) ORDER BY uid");
  while (query.step()) visit({query.text(0), query.text(1)});
}

}  // namespace funcorr
