// The ledger's batches of the Batch API.
#include <map>
#include <utility>

#include "db/manifest/connection.h"
#include "db/manifest/lease.h"
#include "db/manifest/ledger.h"

namespace funcorr {

OpenBatch Ledger::open_batch(const std::string& provider,
                             const std::vector<std::vector<std::int64_t>>& calls) {
  WriteScope scope(manifest_);
  std::int64_t batch = 0;
  {
    Query query(manifest_,
                "INSERT INTO batch (provider, state, owner, created) VALUES (?, 'open', ?, ?) RETURNING id",
                provider, owner_, unix_time());
    query.step();
    batch = query.integer(0);
    query.run();
  }
  std::int64_t first_row = 0;
  for (const std::vector<std::int64_t>& ids : calls) {
    if (first_row == 0 || ids.front() < first_row) first_row = ids.front();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      Query(manifest_, "UPDATE request SET batch = ?, call = nullif(?, id), choice = ? WHERE id = ?", batch,
            ids.front(), static_cast<std::int64_t>(i), ids[i])
          .run();
    }
  }
  scope.commit();
  return {batch, batch_token(batch, first_row), {}, {}};
}

void Ledger::set_remote_batch(std::int64_t batch, const std::string& remote_id) {
  Query(manifest_, "UPDATE batch SET remote_id = ? WHERE id = ?", remote_id, batch).run();
}

void Ledger::close_batch(std::int64_t batch, bool lost) {
  WriteScope scope(manifest_);
  if (lost) {
    for (const OpenBatch::Call& call : open_calls(batch))
      for (const std::int64_t id : call.ids) withdraw(id);
  } else {
    Query(manifest_, "UPDATE request SET state = 'in_doubt' WHERE batch = ? AND state = 'intent'", batch)
        .run();
  }
  Query(manifest_, "UPDATE batch SET state = ? WHERE id = ?", lost ? "lost" : "harvested", batch).run();
  scope.commit();
}

std::vector<OpenBatch> Ledger::adopt_batches(const std::string& provider) {
  WriteScope scope(manifest_);
  std::vector<OpenBatch> batches;
  {
    Query query(manifest_,
                "SELECT id, remote_id, owner FROM batch WHERE provider = ? AND state = 'open' ORDER BY id",
                provider);
    while (query.step()) {
      if (query.text(2) == owner_ || owner_is_dead(query.text(2)))
        batches.push_back({query.integer(0), {}, query.text(1), {}});
    }
  }
  for (OpenBatch& batch : batches) {
    Query(manifest_, "UPDATE batch SET owner = ? WHERE id = ?", owner_, batch.id).run();
    batch.calls = open_calls(batch.id);
    batch.token = batch_token(batch.id, batch.calls.empty() ? 0 : batch.calls.front().ids.front());
  }
  scope.commit();
  return batches;
}

// By their first rows, in that order.
std::vector<OpenBatch::Call> Ledger::open_calls(std::int64_t batch) const {
  std::map<std::int64_t, OpenBatch::Call> calls;  // first rows, which have no call, come first
  Query query(manifest_,
              "SELECT coalesce(call, id), id, model, reserved FROM request WHERE batch = ? AND state = "
              "'intent' ORDER BY call, choice",
              batch);
  while (query.step()) {
    OpenBatch::Call& call = calls[query.integer(0)];
    call.ids.push_back(query.integer(1));
    call.model = query.text(2);
    call.reserved += query.real(3);
  }
  std::vector<OpenBatch::Call> in_order;
  for (auto& [first, call] : calls) in_order.push_back(std::move(call));
  return in_order;
}

// A batch's number is another's too, in another workspace; a request's key is not.
std::string Ledger::batch_token(std::int64_t batch, std::int64_t first_row) const {
  Query query(manifest_, "SELECT key FROM request WHERE id = ?", first_row);
  return (query.step() ? query.text(0) : std::string()) + "-" + std::to_string(batch);
}

}  // namespace funcorr
