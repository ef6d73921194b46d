#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// How a provider takes its time over a batch: its requests are answered one after another, evenly over
// `seconds`; what is not answered when `window_seconds` are over expires.
struct BatchPace {
  double seconds = 0.5;
  double window_seconds = 86400;
};

// Files and batches of the simulated provider, in memory. A batch goes on whenever someone looks at it.
// Throws chat.h's RefusedRequest as the published API would refuse. Times: Unix seconds. Thread-safe.
class SimulatedBatches {
 public:
  // The chat completion for a request's body; what it throws becomes the line's error.
  using AnswerChat = std::function<nlohmann::json(const nlohmann::json& body)>;

  SimulatedBatches(BatchPace pace, AnswerChat answer) : pace_(pace), answer_(std::move(answer)) {}

  // The API's objects "file", "batch" and "list".
  nlohmann::json store_file(std::string content, const std::string& name, const std::string& purpose,
                            double now);
  std::string content(const std::string& file) const;
  nlohmann::json create(const nlohmann::json& request, double now);
  nlohmann::json find(const std::string& batch, double now);
  nlohmann::json cancel(const std::string& batch, double now);
  // The newest first, those that are older than `after` where that is given.
  nlohmann::json list(const std::string& after, std::size_t limit, double now);

 private:
  struct Batch {
    std::string id, status = "validating", input_file;
    nlohmann::json request, errors = nullptr;
    double created = 0, ended = 0;
    std::vector<std::string> lines;            // of the input file, those that are requests
    std::size_t total = 0;                     // of them, also when they are no longer kept
    std::size_t reached = 0;                   // lines that were answered or failed
    std::size_t completed = 0, failed = 0;     // of those
    std::vector<std::string> output, trouble;  // lines of the files to be
    std::string output_file, error_file;
  };

  std::string add_file(std::string content);
  Batch& batch_of(const std::string& id);
  void advance(Batch& batch, double now);
  void run_line(Batch& batch, const std::string& line);
  void end(Batch& batch, const std::string& status, double now);
  static nlohmann::json describe(const Batch& batch);

  BatchPace pace_;
  AnswerChat answer_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> files_;  // content by id
  std::vector<Batch> batches_;
};

}  // namespace funcorr
