#include "tools/simulated_server/batches.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "db/format/json.h"
#include "tools/simulated_server/chat.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr const char* kEndpoint = "/v1/chat/completions";
constexpr std::size_t kMostLines = 50'000, kMostBytes = 200'000'000;

json error_entry(const char* code, const std::string& message, std::size_t line) {
  return {{"code", code}, {"message", message}, {"param", nullptr}, {"line", line}};
}

// What is wrong with a line of a batch's input; null: nothing.
json fault_of(const std::string& line, std::size_t number, std::set<std::string>& ids) {
  const json request = json::parse(line, nullptr, false);
  if (!request.is_object()) return error_entry("invalid_json_line", "the line is no JSON object", number);
  const std::string id = text_member(request, "custom_id");
  if (id.empty()) return error_entry("missing_required_parameter", "custom_id is missing", number);
  if (!ids.insert(id).second)
    return error_entry("duplicate_custom_id", "custom_id \"" + id + "\" was there before", number);
  if (text_member(request, "method") != "POST")
    return error_entry("invalid_method", "method is not POST", number);
  if (text_member(request, "url") != kEndpoint)
    return error_entry("invalid_url", "url is not the batch's endpoint", number);
  if (!request.contains("body") || !request["body"].is_object())
    return error_entry("missing_required_parameter", "body is missing", number);
  return nullptr;
}

json faults_of(const std::vector<std::string>& lines) {
  if (lines.empty())
    return {{"object", "list"}, {"data", {error_entry("empty_file", "the file has no requests", 1)}}};
  json data = json::array();
  std::set<std::string> ids;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (json fault = fault_of(lines[i], i + 1, ids); !fault.is_null()) data.push_back(std::move(fault));
  if (data.empty()) return nullptr;
  return {{"object", "list"}, {"data", std::move(data)}};
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(line).append("\n");
  return text;
}

json result_line(const std::string& custom_id, json response, json error) {
  return {{"id", "batch_req_" + custom_id},
          {"custom_id", custom_id},
          {"response", std::move(response)},
          {"error", std::move(error)}};
}

json id_or_null(const std::string& id) { return id.empty() ? json(nullptr) : json(id); }

std::int64_t whole(double seconds) { return static_cast<std::int64_t>(seconds); }

}  // namespace

std::string SimulatedBatches::add_file(std::string content) {
  std::string id = fmt::format("file-{}", files_.size() + 1);
  files_.emplace(id, std::move(content));
  return id;
}

json SimulatedBatches::store_file(std::string content, const std::string& name, const std::string& purpose,
                                  double now) {
  if (purpose != "batch")
    throw RefusedRequest(400, "invalid_request_error", "purpose must be \"batch\" on this server");
  if (content.size() > kMostBytes)
    throw RefusedRequest(413, "file_too_large", "a batch's file may have 200 MB");
  const std::size_t bytes = content.size();
  const std::lock_guard lock(mutex_);
  return {{"id", add_file(std::move(content))},
          {"object", "file"},
          {"bytes", bytes},
          {"created_at", whole(now)},
          {"filename", name},
          {"purpose", purpose},
          {"status", "processed"}};
}

std::string SimulatedBatches::content(const std::string& file) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(file);
  if (found == files_.end()) throw RefusedRequest(404, "file_not_found", "there is no file " + file);
  return found->second;
}

json SimulatedBatches::create(const json& request, double now) {
  if (text_member(request, "endpoint") != kEndpoint)
    throw RefusedRequest(400, "invalid_request_error",
                         "endpoint must be /v1/chat/completions on this server");
  if (text_member(request, "completion_window") != "24h")
    throw RefusedRequest(400, "invalid_request_error", "completion_window must be \"24h\"");
  const std::lock_guard lock(mutex_);
  Batch batch;
  batch.id = fmt::format("batch_{}", batches_.size() + 1);
  batch.input_file = text_member(request, "input_file_id");
  batch.request = request;
  batch.created = now;
  const auto file = files_.find(batch.input_file);
  if (file == files_.end())
    throw RefusedRequest(400, "invalid_request_error", "there is no file \"" + batch.input_file + "\"");
  std::istringstream input(file->second);
  for (std::string line; std::getline(input, line);)
    if (!line.empty()) batch.lines.push_back(std::move(line));
  batch.total = batch.lines.size();
  if (batch.total > kMostLines)
    batch.errors = {
        {"object", "list"},
        {"data", {error_entry("too_many_requests", "a batch may have 50,000 requests", kMostLines)}}};
  else
    batch.errors = faults_of(batch.lines);
  batches_.push_back(std::move(batch));
  return describe(batches_.back());
}

SimulatedBatches::Batch& SimulatedBatches::batch_of(const std::string& id) {
  const auto found = std::ranges::find(batches_, id, &Batch::id);
  if (found == batches_.end()) throw RefusedRequest(404, "batch_not_found", "there is no batch " + id);
  return *found;
}

json SimulatedBatches::find(const std::string& batch, double now) {
  const std::lock_guard lock(mutex_);
  Batch& found = batch_of(batch);
  advance(found, now);
  return describe(found);
}

json SimulatedBatches::cancel(const std::string& batch, double now) {
  const std::lock_guard lock(mutex_);
  Batch& found = batch_of(batch);
  advance(found, now);
  if (found.ended == 0) end(found, "cancelled", now);
  return describe(found);
}

json SimulatedBatches::list(const std::string& after, std::size_t limit, double now) {
  const std::lock_guard lock(mutex_);
  auto batch = batches_.rbegin();
  if (!after.empty())
    batch = std::ranges::find(batches_.rbegin(), batches_.rend(), batch_of(after).id, &Batch::id) + 1;
  json data = json::array();
  for (; batch != batches_.rend() && data.size() < limit; ++batch) {
    advance(*batch, now);
    data.push_back(describe(*batch));
  }
  const json first = data.empty() ? json() : data.front()["id"],
             last = data.empty() ? json() : data.back()["id"];
  const bool more = batch != batches_.rend();
  return {{"object", "list"},
          {"data", std::move(data)},
          {"first_id", first},
          {"last_id", last},
          {"has_more", more}};
}

void SimulatedBatches::advance(Batch& batch, double now) {
  if (batch.ended != 0) return;
  if (!batch.errors.is_null()) return end(batch, "failed", now);
  batch.status = "in_progress";
  const double elapsed = std::min(now - batch.created, pace_.window_seconds);
  const double share = pace_.seconds > 0 ? std::min(elapsed / pace_.seconds, 1.0) : 1.0;
  const auto due = static_cast<std::size_t>(std::ceil(share * static_cast<double>(batch.lines.size())));
  for (; batch.reached < due; ++batch.reached) run_line(batch, batch.lines[batch.reached]);
  if (batch.reached == batch.lines.size())
    end(batch, "completed", now);
  else if (elapsed >= pace_.window_seconds)
    end(batch, "expired", now);
}

void SimulatedBatches::run_line(Batch& batch, const std::string& line) {
  const json request = json::parse(line);
  const std::string id = request["custom_id"];
  const auto answered = [&](int status, json body) {
    return json_text(result_line(
        id, {{"status_code", status}, {"request_id", "req_" + id}, {"body", std::move(body)}}, nullptr));
  };
  try {
    batch.output.push_back(answered(200, answer_(request["body"])));
    ++batch.completed;
  } catch (const RefusedRequest& refused) {
    batch.trouble.push_back(
        answered(refused.status, json::parse(error_body(refused.status, refused.code, refused.what()))));
    ++batch.failed;
  }
}

void SimulatedBatches::end(Batch& batch, const std::string& status, double now) {
  batch.status = status;
  batch.ended = now;
  const bool is_late = status == "expired";
  for (std::size_t i = batch.reached; status != "failed" && i < batch.lines.size(); ++i)
    batch.trouble.push_back(json_text(
        result_line(json::parse(batch.lines[i])["custom_id"], nullptr,
                    {{"code", is_late ? "batch_expired" : "batch_cancelled"},
                     {"message", is_late ? "the request could not be executed before the window was over"
                                         : "the batch was cancelled before the request was executed"}})));
  std::ranges::reverse(batch.output);  // answers come in any order
  if (!batch.output.empty()) batch.output_file = add_file(joined(batch.output));
  if (!batch.trouble.empty()) batch.error_file = add_file(joined(batch.trouble));
  batch.lines = batch.output = batch.trouble = {};
}

json SimulatedBatches::describe(const Batch& batch) {
  const auto ended_as = [&](const char* status) {
    return batch.status == status ? json(whole(batch.ended)) : json(nullptr);
  };
  json object = {
      {"id", batch.id},
      {"object", "batch"},
      {"endpoint", batch.request["endpoint"]},
      {"errors", batch.errors},
      {"input_file_id", batch.input_file},
      {"completion_window", batch.request["completion_window"]},
      {"status", batch.status},
      {"output_file_id", id_or_null(batch.output_file)},
      {"error_file_id", id_or_null(batch.error_file)},
      {"created_at", whole(batch.created)},
      {"completed_at", ended_as("completed")},
      {"failed_at", ended_as("failed")},
      {"expired_at", ended_as("expired")},
      {"cancelled_at", ended_as("cancelled")},
      {"request_counts", {{"total", batch.total}, {"completed", batch.completed}, {"failed", batch.failed}}},
      {"metadata", batch.request.value("metadata", json())}};
  // The published schema knows no null here.
  for (auto member = object.begin(); member != object.end();)
    member = member->is_null() ? object.erase(member) : std::next(member);
  return object;
}

}  // namespace funcorr
