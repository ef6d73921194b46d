#include "db/manifest/ledger_review.h"

#include "db/manifest/request_row.h"

namespace funcorr {
namespace {

// Bound by the same five values wherever it stands.
const std::string kMeant =
    "(?1 = '' OR request.stage = ?1) AND (?2 = '' OR request.provider = ?2) AND (?3 = '' OR request.model = "
    "?3) AND request.created >= ?4 AND (?5 = 0 OR request.created < ?5)";

}  // namespace

std::vector<CallInDoubt> calls_in_doubt(Manifest& manifest, const LedgerFilter& filter) {
  std::vector<CallInDoubt> calls;
  Query query(manifest,
              "SELECT coalesce(call, id), id, stage, item, category, provider, model, error_code, created, "
              "reserved FROM request WHERE state = 'in_doubt' AND " +
                  kMeant + " ORDER BY coalesce(call, id), choice",
              filter.stage, filter.provider, filter.model, filter.after, filter.before);
  while (query.step()) {
    if (calls.empty() || calls.back().id != query.integer(0)) {
      CallInDoubt& call = calls.emplace_back();
      call.id = query.integer(0);
      call.tag = {query.text(2), query.text(3), query.text(4)};
      call.provider = query.text(5);
      call.model = query.text(6);
      call.error_code = query.text(7);
      call.created = query.real(8);
    }
    calls.back().rows.push_back(query.integer(1));
    calls.back().reserved += query.real(9);
  }
  return calls;
}

void settle(Manifest& manifest, const std::vector<Settlement>& settlements) {
  WriteScope scope(manifest);
  for (const Settlement& settlement : settlements) {
    const CallInDoubt& call = *settlement.call;
    for (const std::int64_t id : call.rows)
      Query(manifest,
            "UPDATE request SET state = 'failed', error_code = ?, billed = ?, reserved = 0 WHERE id = ? AND "
            "state = 'in_doubt'",
            settlement.paid ? "settled_paid" : "settled_unpaid", settlement.paid, id)
          .run();
    Query(manifest, "UPDATE request SET cost = cost + ? WHERE id = ?", settlement.money, call.id).run();
    book(manifest, call.provider, settlement.money, -call.reserved);
  }
  scope.commit();
}

std::map<std::string, Billed> billed_calls(Manifest& manifest, const LedgerFilter& filter) {
  std::map<std::string, Billed> billed;
  Query query(manifest,
              "SELECT model, count(*), total(cost) FROM request WHERE call IS NULL AND billed AND " + kMeant +
                  " GROUP BY model",
              filter.stage, filter.provider, filter.model, filter.after, filter.before);
  while (query.step()) billed[query.text(0)] = {query.integer(1), query.real(2)};
  return billed;
}

std::int64_t open_requests(Manifest& manifest, const std::string& provider) {
  Query query(manifest, "SELECT count(*) FROM request WHERE state = 'intent' AND provider = ?", provider);
  query.step();
  return query.integer(0);
}

void for_each_answer(Manifest& manifest, const LedgerFilter& filter,
                     const std::function<void(const AnsweredSample&)>& visit) {
  Query query(manifest,
              kSelectRequest + "WHERE request.state = 'answered' AND " + kMeant + " ORDER BY request.id",
              filter.stage, filter.provider, filter.model, filter.after, filter.before);
  while (query.step()) visit({read_request(query), query.integer(19), query.real(20)});
}

std::vector<RequestTag> items_with_trouble(Manifest& manifest, const std::string& key) {
  std::vector<RequestTag> items;
  const std::string select =
      "SELECT DISTINCT item, stage FROM request WHERE state IN ('failed', 'in_doubt') AND ";
  Query own(manifest, select + "item = ? ORDER BY item, stage", key);
  while (own.step()) items.push_back({own.text(1), own.text(0), ""});
  Query parts(manifest, select + "item > ? AND item < ? ORDER BY item, stage", key + "/", key + "0");
  while (parts.step()) items.push_back({parts.text(1), parts.text(0), ""});
  return items;
}

// By the index on stage and category, for which there is one.
std::vector<RequestRecord> last_requests(Manifest& manifest, const RequestTag& tag, int most) {
  std::vector<RequestRecord> records;
  Query query(
      manifest,
      kSelectRequest +
          "WHERE request.stage = ? AND request.category = ? AND request.item = ? AND request.state <> "
          "'intent' ORDER BY request.id DESC LIMIT ?",
      tag.stage, tag.category, tag.item, most);
  while (query.step()) records.push_back(read_request(query));
  return records;
}

}  // namespace funcorr
