#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace funcorr {

// Debian 13's httplib compresses what is exactly "application/json", a second time where a habit has already.
inline constexpr const char* kJson = "application/json; charset=utf-8";

// What goes back over HTTP.
struct SimulatedReply {
  int status = 200;
  std::string body;
  std::string content_type = kJson;
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
};

// A way of real servers that the published API does not tell of. Each member is one step on a chat request's
// way, where it may be null.
struct Habit {
  std::string_view name;  // "sse": what --habit names
  std::string_view what;  // one line for people
  // Instead of an answer, which is then not billed: true where `reply` holds what the request is told.
  bool (*refuse)(const nlohmann::json& request, SimulatedReply& reply) = nullptr;
  // Changes a finished completion, billed as it was.
  void (*rewrite)(const nlohmann::json& request, nlohmann::json& completion) = nullptr;
  // Changes how it is sent.
  void (*send)(SimulatedReply& reply) = nullptr;
};

const std::vector<Habit>& habits();
// Throws std::invalid_argument naming the known ones.
const Habit& habit(std::string_view name);

}  // namespace funcorr
