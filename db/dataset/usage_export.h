#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace funcorr {

// What a provider says it has billed: an export of its usage, or of its costs, as OpenAI's dashboard writes
// them (platform.openai.com, Usage, Export): a CSV file with a row for each day and model.
//   Usage: start_time, end_time (seconds since 1970) or start_time_iso, end_time_iso; model;
//          num_model_requests; and input_…, output_… with tokens, which are not looked at.
//   Costs: the same times; line_item ("gpt-4o-2024-08-06, input"); amount_value; amount_currency.
// project_id, user_id, api_key_id and their like are known and not looked at either.
struct UsageExport {
  struct Bill {
    std::int64_t requests = 0;
    double money = 0;
  };
  double begin = 0, end = 0;  // seconds since 1970: [begin, end) is told of
  bool counts_requests = false;
  bool tells_money = false;
  std::map<std::string, Bill> by_model;  // by the provider's own name; "" where none stands there

  // Of all names that are `model` or a dated version of it ("gpt-4o-2024-08-06").
  Bill of(std::string_view model) const;
};

// Throws UsageError naming the file and the columns that are not known, the ones that lack, or the line that
// cannot be read.
UsageExport parse_usage_export(std::string_view text, const std::string& name);

}  // namespace funcorr
