#include "labeling/client/provider.h"

#include <stdexcept>

#include <fmt/format.h>

namespace funcorr {
namespace {

void require(bool holds, const Provider& provider, const std::string& what) {
  if (!holds) throw std::invalid_argument(fmt::format("provider {}: {}", provider.name, what));
}

void check_server(const Provider& provider, const Server& server) {
  const std::string& url = server.base_url;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  const std::size_t host = url.find("://") + 3;
  const std::string authority = http ? url.substr(host, url.find('/', host) - host) : "";
  // Before the URL is shown: it may hold a password.
  require(authority.find('@') == std::string::npos, provider,
          "a server's URL must not hold a user or password; name a key_variable");
  require(http && !authority.empty(), provider,
          fmt::format("\"{}\" is no server; wanted is a URL such as http://localhost:8000/v1", url));
  require(server.weight > 0 && server.weight <= 1e6, provider,
          fmt::format("weight of {} is {}; allowed is more than 0, at most 1e6", url, server.weight));
}

}  // namespace

const Price& Provider::price_of(const std::string& model) const {
  static const Price kFree;
  auto found = prices.find(model);
  if (found == prices.end()) found = prices.find("*");
  return found == prices.end() ? kFree : found->second;
}

void Provider::check() const {
  require(!name.empty(), *this, "it has no name");
  require(!servers.empty(), *this, "it has no server");
  for (const Server& server : servers) check_server(*this, server);
  require(limits.requests_per_minute >= 0 && limits.tokens_per_minute >= 0, *this, "a limit is below 0");
  require(limits.concurrency >= 1 && limits.concurrency <= 65536, *this,
          fmt::format("concurrency is {}; allowed is 1 … 65536", limits.concurrency));
  require(max_n >= 1 && max_n <= 128, *this, fmt::format("max_n is {}; allowed is 1 … 128", max_n));
  require(max_inputs >= 1 && max_inputs <= 2048, *this,
          fmt::format("max_inputs is {}; allowed is 1 … 2048", max_inputs));
  for (const double seconds : {timeouts.connect, timeouts.first_byte, timeouts.stall, timeouts.deadline})
    require(seconds > 0 && seconds <= 86400, *this,
            fmt::format("a timeout is {} s; allowed is more than 0, at most 86400 s", seconds));
  for (const auto& [model, price] : prices)
    require(price.in_per_million >= 0 && price.out_per_million >= 0, *this,
            fmt::format("the price of {} is below 0", model));
  require(budget >= 0, *this, "the budget is below 0");
  require(batch_discount >= 0 && batch_discount <= 1, *this, "batch_discount must be 0 … 1");
  require(batch.requests >= 1, *this, "a batch must hold at least one request");
  require(batch.bytes >= 1, *this, "a batch's file must hold at least one byte");
  require(batch.first_poll_s > 0 && batch.poll_s > 0, *this,
          "pauses between looks at a batch must be above 0 s");
  require(image_tokens >= 0, *this, "image_tokens is below 0");
}

}  // namespace funcorr
