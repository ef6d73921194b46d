#include "labeling/client/batch_queue.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "db/format/json.h"
#include "labeling/client/base_url.h"
#include "labeling/client/clock.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr int kLinesAtOnce = 256;  // of an answer file, before the ledger gets its turn

std::string custom_id(const Call& call) { return fmt::format("funcorr-{}", call.ids.front()); }

// What became of the calls that a batch's files tell nothing of.
HttpResult unanswered(const std::string& status) {
  const std::string how =
      fmt::format("the batch ended ({}) without an answer", status.empty() ? "unknown" : status);
  HttpResult result = not_run(how);
  if (status != "expired" && status != "cancelled")
    result.failure = HttpResult::Failure::kLost;  // who knows?
  return result;
}

constexpr std::string_view kFilePrefix = "funcorr-batch-";

// Files of processes that were killed: what was in them is in the ledger.
void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kFilePrefix)) continue;
    const auto process = static_cast<pid_t>(std::atol(name.c_str() + kFilePrefix.size()));
    if (process > 0 && kill(process, 0) != 0 && errno == ESRCH)
      std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

BatchQueue::BatchQueue(const Provider& provider, const HttpAccess& access, HttpSender& http,
                       GroupCommit& commits, const BackoffPolicy& backoff, std::filesystem::path folder,
                       std::int64_t max_bytes, Events events)
    : provider_(provider),
      wire_(wire_of(provider.wire_format)),
      access_(access),
      http_(http),
      commits_(commits),
      backoff_(backoff),
      folder_(std::move(folder)),
      max_bytes_(max_bytes),
      events_(std::move(events)) {
  remove_leftovers(folder_);
}

BatchQueue::~BatchQueue() {
  std::error_code ignored;
  std::filesystem::remove(gathering_.file, ignored);
  for (const Batch& batch : batches_) std::filesystem::remove(batch.file, ignored);
}

std::filesystem::path BatchQueue::new_file(const char* what) {
  return folder_ / fmt::format("{}{}-{}-{}.jsonl", kFilePrefix, getpid(), what, files_++);
}

// --- gathering ------------------------------------------------------------------------------------------

void BatchQueue::adopt() {
  adopted_ = false;
  adopted_batches_ = 0;
  batches_.clear();
  gathering_ = {};
  commits_.run_then([this](RequestLedger& ledger) {
    return [this, found = ledger.adopt_batches(provider_.name)] {
      for (const OpenBatch& open : found) adopt(open);
      adopted_ = true;
    };
  });
}

void BatchQueue::adopt(OpenBatch open) {
  Batch& batch = batches_.emplace_back();
  batch.id = open.id;
  batch.token = std::move(open.token);
  batch.remote_id = std::move(open.remote_id);
  batch.adopted = true;
  batch.step = batch.remote_id.empty() ? Step::kFind : Step::kPoll;
  batch.poll_pause = provider_.batch.first_poll_s;
  for (const OpenBatch::Call& each : open.calls) {
    Call call;
    call.ids = each.ids;
    call.model = each.model;
    call.reserved = each.reserved;
    batch.calls.emplace(custom_id(call), std::move(call));
  }
  ++adopted_batches_;
}

void BatchQueue::begin_file() {
  gathering_.file = new_file("requests");
  gathering_.stream = std::ofstream(gathering_.file, std::ios::binary);
  gathering_.bytes = 0;
}

void BatchQueue::add(Call call) {
  const std::string id = custom_id(call);
  const std::string line = wire_.batch_line(id, call.part.ask->body(call.part.slots, provider_));
  call.part.ask->forget_image();
  const auto bytes = static_cast<std::int64_t>(line.size());
  const bool full = gathering_.bytes + bytes > provider_.batch.bytes() ||
                    static_cast<int>(gathering_.calls.size()) >= provider_.batch.requests;
  if (full) send_gathered();
  if (gathering_.calls.empty()) begin_file();
  gathering_.stream << line;
  gathering_.bytes += bytes;
  gathering_.calls.emplace(id, std::move(call));
  last_added_ = now_s();
}

void BatchQueue::send_gathered() {
  if (gathering_.calls.empty()) return;
  gathering_.stream.close();
  if (!gathering_.stream) throw std::runtime_error("cannot write " + gathering_.file.string());
  Batch& batch = batches_.emplace_back();
  batch.file = std::exchange(gathering_.file, {});
  batch.calls = std::exchange(gathering_.calls, {});
  if (!wire_.uploads_requests()) batch.step = Step::kCreate;
  batch.poll_pause = provider_.batch.first_poll_s;
  batch.waiting = true;
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& [id, call] : batch.calls) rows.push_back(call.ids);
  commits_.run_then([this, &batch, rows](RequestLedger& ledger) {
    return [&batch, open = ledger.open_batch(provider_.name, rows)] {
      batch.id = open.id;
      batch.token = open.token;
      batch.waiting = false;
    };
  });
}

std::vector<Call> BatchQueue::take_unsent() {
  std::vector<Call> unsent;
  for (auto& [id, call] : gathering_.calls) unsent.push_back(std::move(call));
  gathering_.calls.clear();
  return unsent;
}

// --- steps ----------------------------------------------------------------------------------------------

bool BatchQueue::can_be_left() const {
  return std::ranges::none_of(batches_, [](const Batch& batch) {
    return batch.waiting && !batch.over &&
           (batch.step == Step::kCreate || batch.step == Step::kClose || batch.id == 0);
  });
}

double BatchQueue::next_tick() const {
  double next = 1e300;
  for (const Batch& batch : batches_)
    if (!batch.waiting) next = std::min(next, batch.not_before);
  return next;
}

void BatchQueue::tick(double now) {
  for (Batch& batch : batches_)
    if (!batch.waiting && now >= batch.not_before) take(batch);
  batches_.remove_if([this](const Batch& batch) {
    if (batch.over && batch.adopted) --adopted_batches_;
    return batch.over;
  });
}

void BatchQueue::take(Batch& batch) {
  switch (batch.step) {
    case Step::kUpload:
      return upload(batch);
    case Step::kCreate:
      return create(batch);
    case Step::kFind:
      return find(batch);
    case Step::kPoll:
      return poll(batch);
    case Step::kFetchOutput:
      return fetch(batch, batch.output_file, Step::kFetchErrors);
    case Step::kFetchErrors:
      return fetch(batch, batch.error_file, Step::kClose);
    case Step::kRead:
      return read_some(batch);
    case Step::kClose:
      return close(batch);
  }
}

HttpRequest BatchQueue::get(const std::string& path) const {
  HttpRequest request;
  request.method = "GET";
  request.url = request_url(provider_, provider_.servers.front(), path);
  request.timeouts = provider_.timeouts;
  request.max_bytes = max_bytes_;
  return request;
}

// `then` gets the answer, a JSON object, or null where the body went to a file.
void BatchQueue::request(Batch& batch, HttpRequest request, std::function<void(const json&)> then) {
  batch.waiting = true;
  const bool to_file = !request.save_to.empty();
  http_.start(
      access_, std::move(request), [this, &batch, to_file, then = std::move(then)](const HttpResult& result) {
        batch.waiting = false;
        const bool fine =
            result.failure == HttpResult::Failure::kNone && result.status >= 200 && result.status < 300;
        const json answer = fine && !to_file ? parse_reply_json(result.body) : json();
        if (fine && (to_file || answer.is_object())) {
          batch.failures = 0;
          then(answer);
        } else {
          failed(batch, result, judge(result, "data"));
        }
      });
}

void BatchQueue::failed(Batch& batch, const HttpResult& result, const Verdict& verdict) {
  if (result.failure == HttpResult::Failure::kAborted) return;
  if (verdict.action == Verdict::Action::kStop) return events_.stopped(verdict);
  batch.not_before = now_s() + backoff_delay(backoff_.pause, ++batch.failures, verdict.retry_after_s,
                                             static_cast<std::uint64_t>(batch.id));
  const bool before_creation = batch.step == Step::kUpload || batch.step == Step::kCreate;
  const bool given_up = verdict.action == Verdict::Action::kFail || batch.failures >= backoff_.max_attempts;
  if (batch.step == Step::kCreate && (verdict.in_doubt || verdict.billed)) {
    batch.step = Step::kFind;  // it may have been created
    batch.page.clear();
  } else if (before_creation && given_up) {
    batch.lost = true;
    refuse_all(batch, verdict.action == Verdict::Action::kFail ? result : not_run(verdict.message));
    batch.step = Step::kClose;
  } else if (!before_creation && verdict.action == Verdict::Action::kFail) {
    batch.step = Step::kClose;  // the provider knows it no more: what is open in it is in doubt
  }
}

void BatchQueue::upload(Batch& batch) {
  HttpRequest request = get("/files");
  request.method = "POST";
  batch.upload = {batch.file.string(), "batch"};
  request.upload = &batch.upload;
  request.timeouts.deadline = std::max(request.timeouts.deadline, 3600.0);
  this->request(batch, std::move(request), [&batch](const json& answer) {
    batch.input_file = text_member(answer, "id");
    batch.step = Step::kCreate;
  });
}

void BatchQueue::create(Batch& batch) {
  HttpRequest request = get(wire_.batches_path());
  request.method = "POST";
  request.body = wire_.batch_creation(batch.file, batch.input_file, batch.token);
  request.timeouts.deadline = std::max(request.timeouts.deadline, 3600.0);
  this->request(batch, std::move(request), [this, &batch](const json& answer) {
    batch.remote_id = text_member(answer, "id");
    batch.step = Step::kPoll;
    batch.not_before = now_s() + batch.poll_pause;
    std::error_code ignored;
    std::filesystem::remove(batch.file, ignored);
    commits_.run([id = batch.id, remote = batch.remote_id](RequestLedger& ledger) {
      ledger.set_remote_batch(id, remote);
    });
  });
}

// Looks through the provider's batches for one with our token.
void BatchQueue::find(Batch& batch) {
  if (!wire_.keeps_token()) {  // nobody can tell whether it was created: what is in it is in doubt
    batch.step = Step::kClose;
    return;
  }
  request(batch,
          get(std::string(wire_.batches_path()) + "?limit=100" +
              (batch.page.empty() ? "" : "&after=" + batch.page)),
          [this, &batch](const json& list) { look_for(batch, list); });
}

void BatchQueue::look_for(Batch& batch, const json& list) {
  const json data = list.value("data", json::array());
  for (const json& each : data) {
    if (!each.is_object() || text_member(each.value("metadata", json()), "funcorr") != batch.token) continue;
    batch.remote_id = text_member(each, "id");
    batch.step = Step::kPoll;
    commits_.run([id = batch.id, remote = batch.remote_id](RequestLedger& ledger) {
      ledger.set_remote_batch(id, remote);
    });
    return;
  }
  if (list.value("has_more", json(false)) == true && !data.empty() &&
      text_member(data.back(), "id") != batch.page) {
    batch.page = text_member(data.back(), "id");
    return;
  }
  if (batch.adopted) {
    batch.lost = true;
    batch.step = Step::kClose;
  } else {
    batch.step = Step::kCreate;
  }
}

void BatchQueue::poll(Batch& batch) {
  request(batch, get(std::string(wire_.batches_path()) + "/" + batch.remote_id),
          [this, &batch](const json& answer) { read_status(batch, answer); });
}

void BatchQueue::read_status(Batch& batch, const json& answer) {
  BatchStatus status = wire_.batch_status(answer);
  batch.status = status.name;
  if (!status.is_over) {
    batch.not_before = now_s() + batch.poll_pause;
    batch.poll_pause = std::min(2 * batch.poll_pause, provider_.batch.poll_s);
    return;
  }
  batch.output_file = std::move(status.answers);
  batch.error_file = std::move(status.errors);
  batch.refusal = std::move(status.refusal);
  batch.step = Step::kFetchOutput;
}

void BatchQueue::fetch(Batch& batch, const std::string& path, Step next) {
  if (path.empty()) {
    batch.step = next;
    return;
  }
  HttpRequest request = get(path);
  batch.file = new_file("answers");
  request.save_to = batch.file.string();
  request.max_bytes = std::int64_t{16} << 30;
  request.timeouts.deadline = std::max(request.timeouts.deadline, 3600.0);
  this->request(batch, std::move(request), [&batch](const json&) {
    batch.lines = std::ifstream(batch.file, std::ios::binary);
    batch.step = Step::kRead;
  });
}

void BatchQueue::read_some(Batch& batch) {
  std::string line;
  for (int i = 0; i < kLinesAtOnce; ++i) {
    if (!std::getline(batch.lines, line)) {
      batch.lines.close();
      std::error_code ignored;
      std::filesystem::remove(batch.file, ignored);
      // After the answers, the errors; after those, the end.
      batch.step = std::exchange(batch.output_file, {}).empty() ? Step::kClose : Step::kFetchErrors;
      return;
    }
    read_line(batch, access_.without_secrets()(std::move(line)));
  }
  batch.waiting = true;  // until the ledger has stored these
  commits_.run_then([&batch](RequestLedger&) { return [&batch] { batch.waiting = false; }; });
}

// A line that is none, or of a call that is not open, is passed over.
void BatchQueue::read_line(Batch& batch, const std::string& line) {
  BatchAnswer answer = wire_.batch_answer(parse_reply_json(line));
  const auto found = batch.calls.find(answer.custom_id);
  if (found == batch.calls.end()) return;
  Call call = std::move(found->second);
  batch.calls.erase(found);
  events_.ended(std::move(call), std::move(answer.result));
}

void BatchQueue::refuse_all(Batch& batch, const HttpResult& why) {
  for (auto& [id, call] : std::exchange(batch.calls, {})) events_.ended(std::move(call), why);
}

void BatchQueue::close(Batch& batch) {
  if (!batch.lost) refuse_all(batch, batch.refusal ? *batch.refusal : unanswered(batch.status));
  batch.waiting = true;
  commits_.run_then([&batch](RequestLedger& ledger) {
    ledger.close_batch(batch.id, batch.lost);
    return [&batch] { batch.over = true; };
  });
}

}  // namespace funcorr
