#include "db/labels.h"

#include "db/connection.h"
#include "db/lease.h"

namespace funcorr {
namespace {

const char* request_state_text(RequestState state) {
  switch (state) {
    case RequestState::kIntent:
      return "intent";
    case RequestState::kAnswered:
      return "answered";
    case RequestState::kFailed:
      return "failed";
    case RequestState::kInDoubt:
      return "in_doubt";
  }
  return "";
}

}  // namespace

void replace_views(Manifest& manifest, const std::string& uid, const std::vector<View>& views) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM view WHERE uid = ?", uid).run();
  for (const View& view : views) {
    Query(manifest,
          "INSERT INTO view (uid, view_set, view, hdri, hdri_rotation_deg, coverage, visible_points, flags) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          uid, view.set, view.index, view.hdri, view.hdri_rotation_deg, view.coverage, view.visible_points,
          view.flags)
        .run();
  }
  scope.commit();
}

std::vector<View> views_of(Manifest& manifest, const std::string& uid, const std::string& set) {
  std::vector<View> views;
  Query query(manifest,
              "SELECT view, hdri, hdri_rotation_deg, coverage, visible_points, flags FROM view "
              "WHERE uid = ? AND view_set = ? ORDER BY view",
              uid, set);
  while (query.step()) {
    views.push_back({uid, set, query.small_integer(0), query.text(1), query.real(2), query.real(3),
                     query.integer(4), query.text(5)});
  }
  return views;
}

Ledger::Ledger(Manifest& manifest) : manifest_(manifest) {}

std::vector<std::int64_t> Ledger::record_intents(const std::vector<RequestRecord>& requests) {
  const std::string owner = owner_text(Owner::self());
  const double now = unix_time();
  std::vector<std::int64_t> ids;
  WriteScope scope(manifest_);
  for (const RequestRecord& request : requests) {
    Query query(manifest_,
                "INSERT INTO request (key, stage, item, provider, model, state, attempt, owner, created) "
                "VALUES (?, ?, ?, ?, ?, 'intent', ?, ?, ?) RETURNING id",
                request.key, request.stage, request.item, request.provider, request.model, request.attempt,
                owner, now);
    query.step();
    ids.push_back(query.integer(0));
    query.run();
  }
  scope.commit();
  return ids;
}

void Ledger::record_answers(const std::vector<RequestRecord>& requests) {
  WriteScope scope(manifest_);
  for (const RequestRecord& request : requests) {
    Query(manifest_,
          "UPDATE request SET state = ?, http_status = ?, error_code = ?, answer = ?, tokens_in = ?, "
          "tokens_out = ?, "
          "cost = ?, seconds = ? WHERE id = ?",
          request_state_text(request.state), request.http_status, request.error_code, request.answer,
          request.tokens_in, request.tokens_out, request.cost, request.seconds, request.id)
        .run();
  }
  scope.commit();
}

std::optional<RequestRecord> Ledger::answered(const std::string& key) const {
  Query query(
      manifest_,
      "SELECT id, stage, item, provider, model, attempt, http_status, error_code, answer, tokens_in, "
      "tokens_out, cost, seconds FROM request WHERE key = ? AND state = 'answered' ORDER BY id LIMIT 1",
      key);
  if (!query.step()) return std::nullopt;
  RequestRecord record;
  record.id = query.integer(0);
  record.key = key;
  record.stage = query.text(1);
  record.item = query.text(2);
  record.provider = query.text(3);
  record.model = query.text(4);
  record.state = RequestState::kAnswered;
  record.attempt = query.small_integer(5);
  record.http_status = query.small_integer(6);
  record.error_code = query.text(7);
  record.answer = query.text(8);
  record.tokens_in = query.integer(9);
  record.tokens_out = query.integer(10);
  record.cost = query.real(11);
  record.seconds = query.real(12);
  return record;
}

std::int64_t Ledger::mark_in_doubt(const std::string& stage) {
  WriteScope scope(manifest_);
  std::vector<std::string> dead;
  {
    Query owners(manifest_, "SELECT DISTINCT owner FROM request WHERE stage = ? AND state = 'intent'", stage);
    while (owners.step()) {
      if (owner_is_dead(owners.text(0))) dead.push_back(owners.text(0));
    }
  }
  std::int64_t marked = 0;
  for (const std::string& owner : dead) {
    marked +=
        Query(manifest_,
              "UPDATE request SET state = 'in_doubt' WHERE stage = ? AND state = 'intent' AND owner = ?",
              stage, owner)
            .run();
  }
  scope.commit();
  return marked;
}

Ledger::Spend Ledger::spend(const std::string& stage) const {
  const std::string sums =
      "SELECT count(*), total(state = 'answered'), total(state = 'failed'), total(state = 'in_doubt'), "
      "total(tokens_in), total(tokens_out), total(cost) FROM request";
  const auto read = [](Query& query) {
    query.step();
    return Spend{query.integer(0), query.integer(1), query.integer(2), query.integer(3),
                 query.integer(4), query.integer(5), query.real(6)};
  };
  if (stage.empty()) {
    Query query(manifest_, sums);
    return read(query);
  }
  Query query(manifest_, sums + " WHERE stage = ?", stage);
  return read(query);
}

void replace_boxes(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<Box>& boxes) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM box WHERE uid = ? AND part = ?", uid, part).run();
  for (const Box& box : boxes) {
    Query(manifest,
          "INSERT INTO box (uid, part, view, pass, sample, box_index, request_id, x1, y1, x2, y2, flag) "
          "VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?)",
          uid, part, box.view, box.pass, box.sample, box.index, box.request_id, box.xyxy[0], box.xyxy[1],
          box.xyxy[2], box.xyxy[3], box.flag)
        .run();
  }
  scope.commit();
}

std::vector<Box> boxes_of(Manifest& manifest, const std::string& uid, const std::string& part) {
  std::vector<Box> boxes;
  Query query(manifest,
              "SELECT view, sample, box_index, pass, coalesce(request_id, 0), x1, y1, x2, y2, flag FROM box "
              "WHERE uid = ? AND part = ? ORDER BY view, pass, sample, box_index",
              uid, part);
  while (query.step()) {
    Box box;
    box.uid = uid;
    box.part = part;
    box.view = query.small_integer(0);
    box.sample = query.small_integer(1);
    box.index = query.small_integer(2);
    box.pass = query.small_integer(3);
    box.request_id = query.integer(4);
    for (int i = 0; i < 4; ++i) box.xyxy[static_cast<std::size_t>(i)] = query.small_integer(5 + i);
    box.flag = query.text(9);
    boxes.push_back(std::move(box));
  }
  return boxes;
}

void upsert_part_support(Manifest& manifest, const PartSupport& support) {
  Query(
      manifest,
      "INSERT OR REPLACE INTO part_support (uid, part, views_with_boxes, views_used, boxes, visible_points, "
      "positive_points, heat_max) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      support.uid, support.part, support.views_with_boxes, support.views_used, support.boxes,
      support.visible_points, support.positive_points, support.heat_max)
      .run();
}

void replace_masks(Manifest& manifest, const std::string& uid, const std::string& part,
                   const std::vector<MaskRecord>& masks) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM mask WHERE uid = ? AND part = ?", uid, part).run();
  for (const MaskRecord& mask : masks) {
    Query(manifest, "INSERT INTO mask (uid, part, view, pixels, branch) VALUES (?, ?, ?, ?, ?)", uid, part,
          mask.view, mask.pixels, mask.branch)
        .run();
  }
  scope.commit();
}

std::vector<MaskRecord> masks_of(Manifest& manifest, const std::string& uid) {
  std::vector<MaskRecord> masks;
  Query query(manifest, "SELECT part, view, pixels, branch FROM mask WHERE uid = ? ORDER BY part, view", uid);
  while (query.step())
    masks.push_back({uid, query.text(0), query.small_integer(1), query.integer(2), query.text(3)});
  return masks;
}

}  // namespace funcorr
