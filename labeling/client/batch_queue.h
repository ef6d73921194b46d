#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "labeling/client/backoff.h"
#include "labeling/client/call.h"
#include "labeling/client/group_commit.h"
#include "labeling/client/http_loop.h"
#include "labeling/client/verdict.h"
#include "labeling/client/wire.h"

namespace funcorr {

// The Batch API of one provider: calls gather in a file of requests, which is uploaded, made a batch, polled,
// and harvested by custom id in whatever order the answers stand. What an expired or cancelled batch did
// answer is kept; only the rest counts as not run. A batch lives in the ledger from before its creation on: a
// later process finds it by the API's id, or, where that was lost, by a token in its metadata.
class BatchQueue {
 public:
  struct Events {
    // A call has ended: with its answer, or not run.
    std::function<void(Call call, HttpResult result)> ended;
    // The provider refuses all that follows: no credit, wrong key.
    std::function<void(const Verdict& verdict)> stopped;
  };

  BatchQueue(const Provider& provider, const HttpAccess& access, HttpSender& http, GroupCommit& commits,
             const BackoffPolicy& backoff, std::filesystem::path folder, std::int64_t max_bytes,
             Events events);
  ~BatchQueue();
  BatchQueue(const BatchQueue&) = delete;
  BatchQueue& operator=(const BatchQueue&) = delete;

  // At the start of a run: takes over the batches that dead processes, or an earlier run, left open.
  void adopt();
  // False until those are harvested: what is in them is not to be asked for again.
  bool accepts() const { return adopted_ && adopted_batches_ == 0; }
  void add(Call call);
  void send_gathered();  // nothing more comes for now
  double last_added() const { return last_added_; }
  void tick(double now);
  double next_tick() const;
  int open_batches() const { return static_cast<int>(batches_.size()); }
  bool idle() const { return adopted_ && batches_.empty() && gathering_.calls.empty(); }

  // When the run ends early. What was not sent is given back; a batch that was created stays open.
  std::vector<Call> take_unsent();
  bool can_be_left() const;

 private:
  enum class Step { kUpload, kCreate, kFind, kPoll, kFetchOutput, kFetchErrors, kRead, kClose };
  struct Batch {
    std::int64_t id = 0;
    std::string token, remote_id;
    Step step = Step::kUpload;
    bool adopted = false, waiting = false;  // waiting: for an HTTP answer or the ledger
    std::map<std::string, Call> calls;      // by custom id; those that have not ended
    std::filesystem::path file;
    std::string input_file;               // the API's id
    std::string output_file, error_file;  // paths of what is to be fetched
    std::string status, page;
    HttpUpload upload;
    std::optional<HttpResult> refusal;  // why the whole batch was not run
    std::ifstream lines;
    double not_before = 0, poll_pause = 0;
    int failures = 0;
    bool lost = false;  // it was never created
    bool over = false;
  };
  struct Gathering {
    std::filesystem::path file;
    std::ofstream stream;
    std::int64_t bytes = 0;
    std::map<std::string, Call> calls;
  };

  void begin_file();
  void take(Batch& batch);
  void adopt(OpenBatch open);
  void request(Batch& batch, HttpRequest request, std::function<void(const nlohmann::json&)> then);
  HttpRequest get(const std::string& path) const;
  void upload(Batch& batch);
  void create(Batch& batch);
  void find(Batch& batch);
  void look_for(Batch& batch, const nlohmann::json& list);
  void poll(Batch& batch);
  void read_status(Batch& batch, const nlohmann::json& answer);
  void fetch(Batch& batch, const std::string& path, Step next);
  void read_some(Batch& batch);
  void read_line(Batch& batch, const std::string& line);
  void close(Batch& batch);
  void failed(Batch& batch, const HttpResult& result, const Verdict& verdict);
  void refuse_all(Batch& batch, const HttpResult& why);
  std::filesystem::path new_file(const char* what);

  const Provider& provider_;
  const Wire& wire_;
  const HttpAccess& access_;
  HttpSender& http_;
  GroupCommit& commits_;
  BackoffPolicy backoff_;
  std::filesystem::path folder_;
  std::int64_t max_bytes_;
  Events events_;
  Gathering gathering_;
  std::list<Batch> batches_;
  bool adopted_ = false;
  int adopted_batches_ = 0, files_ = 0;
  double last_added_ = 0;
};

}  // namespace funcorr
