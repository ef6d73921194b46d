#include "pipeline/worker_protocol.h"

#include "db/format/json.h"

namespace funcorr {

using nlohmann::json;

json to_json(const WorkerContext& context) {
  json readable = json::array();
  for (const auto& path : context.readable) readable.push_back(path.string());
  return {{"workspace", context.workspace.string()},
          {"options", context.options},
          {"seed", context.seed},
          {"options_fingerprint", context.options_fingerprint},
          {"readable", std::move(readable)},
          {"threads", context.threads},
          {"memory_bytes", context.memory_bytes},
          {"file_bytes", context.file_bytes},
          {"sandbox", context.sandbox},
          {"verbose", context.verbose}};
}

WorkerContext worker_context_from_json(const json& message) {
  WorkerContext context;
  context.workspace = message.at("workspace").get<std::string>();
  context.options = message.at("options");
  context.seed = message.at("seed").get<std::uint64_t>();
  context.options_fingerprint = message.at("options_fingerprint").get<std::string>();
  for (const auto& path : message.at("readable")) context.readable.emplace_back(path.get<std::string>());
  context.threads = message.at("threads").get<int>();
  context.memory_bytes = message.at("memory_bytes").get<std::int64_t>();
  context.file_bytes = message.at("file_bytes").get<std::int64_t>();
  context.sandbox = message.at("sandbox").get<bool>();
  context.verbose = message.at("verbose").get<bool>();
  return context;
}

json to_json(const WorkerAnswer& answer) {
  const Ending& ending = answer.result.ending();
  const bool done = ending.outcome == Outcome::kDone;
  return {{"key", answer.key},
          {"outcome", static_cast<int>(ending.outcome)},
          {"error", ending.error},
          {"error_kind", ending.error_kind},
          {"product", done ? std::any_cast<const json&>(answer.result.product()) : json()},
          {"retry_after_seconds", ending.retry_after_seconds},
          {"broken", answer.broken},
          {"peak_memory_bytes", answer.peak_memory_bytes}};
}

WorkerAnswer answer_from_json(const json& message) {
  WorkerAnswer answer;
  answer.key = message.at("key").get<std::string>();
  Ending ending;
  ending.outcome = static_cast<Outcome>(message.at("outcome").get<int>());
  ending.error = message.at("error").get<std::string>();
  ending.error_kind = message.at("error_kind").get<std::string>();
  ending.retry_after_seconds = message.at("retry_after_seconds").get<double>();
  if (ending.outcome == Outcome::kDone)
    answer.result = std::any(message.at("product"));
  else
    answer.result = std::move(ending);
  answer.broken = message.at("broken").get<bool>();
  answer.peak_memory_bytes = message.at("peak_memory_bytes").get<std::int64_t>();
  return answer;
}

std::string to_line(const json& message) { return json_text(message); }

void LineReader::add(std::string_view bytes) {
  for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
    lines_.push_back(std::move(rest_) + std::string(bytes.substr(0, end)));
    rest_.clear();
  }
  rest_ += bytes;
}

std::optional<std::string> LineReader::next() {
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

std::string LineReader::take_rest() {
  std::string rest = std::move(rest_);
  rest_.clear();
  return rest;
}

}  // namespace funcorr
