#include "stages/asking/estimate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace funcorr {
namespace {

double hours_for(double requests, double tokens, const Provider& provider, double seconds_per_request) {
  const double slots = provider.limits.concurrency * static_cast<double>(provider.servers.size());
  double minutes = requests * seconds_per_request / slots / 60;
  if (provider.limits.requests_per_minute > 0)
    minutes = std::max(minutes, requests / provider.limits.requests_per_minute);
  if (provider.limits.tokens_per_minute > 0)
    minutes = std::max(minutes, tokens / provider.limits.tokens_per_minute);
  return minutes / 60;
}

std::string line_for(const char* name, std::int64_t answers, const AskingEstimate& estimate,
                     const Provider& provider, const Price& price, double seconds_per_request) {
  const double requests = std::ceil(static_cast<double>(answers) / std::max(1, provider.max_n));
  const double in = requests * estimate.tokens_in, out = static_cast<double>(answers) * estimate.tokens_out;
  const double discount = provider.transport == Transport::kBatch ? 1 - provider.batch_discount : 1;
  const double money = discount * (in * price.in_per_million + out * price.out_per_million) * 1e-6;
  const double hours = hours_for(requests, in + out, provider, seconds_per_request);
  return fmt::format(
             "{}: {} answers by {:.0f} requests, about {:.2f} M tokens in and {:.2f} M out, {:.2f} money, ",
             name, answers, requests, in * 1e-6, out * 1e-6, money) +
         (provider.transport == Transport::kBatch ? "within a day\n" : fmt::format("{:.2f} hours\n", hours));
}

}  // namespace

void print_estimate(std::ostream& out, const AskingEstimate& estimate, const Provider& provider,
                    const std::string& model, double seconds_per_request) {
  const Price& price = provider.price_of(model);
  out << estimate.what << "\n"
      << line_for("at least", estimate.answers, estimate, provider, price, seconds_per_request)
      << line_for("at most", estimate.most_answers, estimate, provider, price, seconds_per_request)
      << fmt::format("prices: {} per million tokens in, {} out; answers in the ledger cost nothing again\n",
                     price.in_per_million, price.out_per_million);
}

}  // namespace funcorr
