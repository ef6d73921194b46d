#pragma once

#include <any>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "pipeline/result.h"

// What stage process and workers say to each other: one line of JSON per message, on descriptors of their
// own.
//   stage → worker, descriptor 0:  the context, then one line per item {"key", "attempt", "job"}; its end
//   means: exit worker → stage, descriptor 3:  {"ready"} or {"fatal"}, then one answer per item, in order
namespace funcorr {

constexpr std::size_t kLongestLine = 64u << 20;  // bytes
constexpr int kAnswerDescriptor = 3;

// The first line: everything that is the same for all items.
struct WorkerContext {
  std::filesystem::path workspace;
  nlohmann::json options;
  std::uint64_t seed = 0;
  std::string options_fingerprint;
  std::vector<std::filesystem::path> readable;
  int threads = 1;
  std::int64_t memory_bytes = 0, file_bytes = 0;
  bool sandbox = true, verbose = false;
};
nlohmann::json to_json(const WorkerContext& context);
WorkerContext worker_context_from_json(const nlohmann::json& json);

struct Job {
  std::string key;
  int attempt = 1;
  nlohmann::json job;
};

// A worker's answer. Broken: work() threw; `result` holds the error.
struct WorkerAnswer {
  std::string key;
  Result<std::any> result = Ending{};  // its product: nlohmann::json
  bool broken = false;
  std::int64_t peak_memory_bytes = 0;
};
nlohmann::json to_json(const WorkerAnswer& answer);
WorkerAnswer answer_from_json(const nlohmann::json& json);  // throws nlohmann::json::exception

// One line, without its end. Bytes that are no UTF-8 become U+FFFD.
std::string to_line(const nlohmann::json& json);

// Cuts a stream of bytes into lines.
class LineReader {
 public:
  explicit LineReader(std::size_t longest = kLongestLine) : longest_(longest) {}
  void add(std::string_view bytes);
  std::optional<std::string> next();  // the next complete line, without its end
  std::string take_rest();            // what stands behind the last complete line
  bool too_long() const { return rest_.size() > longest_; }

 private:
  std::size_t longest_;
  std::deque<std::string> lines_;
  std::string rest_;
};

}  // namespace funcorr
