#include "pipeline/driver/ledger.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iostream>
#include <set>
#include <tuple>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "db/dataset/completion.h"
#include "db/dataset/reply.h"
#include "db/dataset/usage_export.h"
#include "db/dataset/workspace.h"
#include "db/format/error.h"
#include "db/format/file.h"
#include "db/format/json.h"
#include "db/manifest/ledger.h"
#include "db/manifest/statistics.h"

namespace funcorr {
namespace {

using nlohmann::json;

// What processes that are dead left open is looked at first.
Manifest open_settled(const std::filesystem::path& workspace) {
  const std::filesystem::path file = Workspace{workspace}.manifest();
  Manifest::Options options;
  options.read_only = !std::filesystem::exists(file);  // throws with the remedy
  Manifest manifest(file, options);
  Ledger ledger(manifest);
  ledger.mark_in_doubt();
  if (ledger.torn_bytes() > 0) std::cerr << torn_answers_text(ledger.torn_bytes()) << "\n";
  return manifest;
}

std::string time_text(double time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time)));
}

std::string money_text(double money) { return fmt::format("{:.6g}", money); }

json json_of(const CallInDoubt& call) {
  return {{"call", call.id},
          {"requests", call.rows},
          {"stage", call.tag.stage},
          {"item", call.tag.item},
          {"category", call.tag.category},
          {"provider", call.provider},
          {"model", call.model},
          {"error", call.error_code},
          {"created", time_text(call.created)},
          {"money_at_most", call.reserved}};
}

struct Sum {
  std::int64_t calls = 0, samples = 0;
  double money = 0, oldest = 0, newest = 0;
};

Table table_of(const std::vector<CallInDoubt>& calls) {
  std::map<std::tuple<std::string, std::string, std::string>, Sum> sums;
  for (const CallInDoubt& call : calls) {
    Sum& sum = sums[{call.tag.stage, call.provider, call.model}];
    sum.oldest = sum.calls == 0 ? call.created : std::min(sum.oldest, call.created);
    sum.newest = std::max(sum.newest, call.created);
    ++sum.calls;
    sum.samples += std::ssize(call.rows);
    sum.money += call.reserved;
  }
  Table table;
  table.columns = {"stage", "provider", "model", "calls", "samples", "money_at_most", "oldest", "newest"};
  table.is_number = {false, false, false, true, true, true, false, false};
  for (const auto& [key, sum] : sums) {
    const auto& [stage, provider, model] = key;
    table.rows.push_back({stage, provider, model, std::to_string(sum.calls), std::to_string(sum.samples),
                          money_text(sum.money), time_text(sum.oldest), time_text(sum.newest)});
  }
  return table;
}

void tell(const std::vector<Settlement>& settlements, std::size_t left) {
  std::int64_t paid = 0;
  double money = 0;
  for (const Settlement& settlement : settlements) {
    paid += settlement.paid ? 1 : 0;
    money += settlement.money;
  }
  std::cout << fmt::format("{} calls were in doubt: {} paid for, with {} money, {} not paid for\n",
                           settlements.size(), paid, money_text(money), std::ssize(settlements) - paid);
  if (left > 0) std::cout << fmt::format("{} calls outside of the usage's time stay in doubt\n", left);
}

// The oldest as paid, as long as the export has something beyond the ledger's own count.
void settle_model(const std::vector<const CallInDoubt*>& calls, const UsageExport& usage,
                  const UsageExport::Bill& bill, const Billed& own, std::vector<Settlement>& settlements) {
  std::int64_t requests = std::max<std::int64_t>(bill.requests - own.calls, 0);
  double money = std::max(bill.money - own.money, 0.0);
  for (const CallInDoubt* call : calls) {
    Settlement& settlement = settlements.emplace_back(Settlement{call, false, 0});
    if (usage.counts_requests) {
      settlement.paid = requests > 0;
      settlement.money = settlement.paid ? call->reserved : 0;
      --requests;
    } else {
      settlement.money = std::min(call->reserved, money);
      settlement.paid = settlement.money > 1e-9;
      money -= settlement.money;
    }
  }
}

// What stages read of the answer.
std::string text_of(const RequestRecord& request) {
  return read_reply(choice_of(read_completion(request.answer), "choices", request.choice)).text;
}

json json_of(const AnsweredSample& sample) {
  const RequestRecord& request = sample.request;
  return {{"request", request.id},
          {"call", sample.call},
          {"choice", request.choice},
          {"stage", request.tag.stage},
          {"item", request.tag.item},
          {"category", request.tag.category},
          {"provider", request.provider},
          {"model", request.model},
          {"created", time_text(sample.created)},
          {"seconds", request.seconds},
          {"tokens_in", request.tokens_in},
          {"tokens_out", request.tokens_out},
          {"cost", request.cost},
          {"text", text_of(request)},
          {"body", request.answer}};
}

}  // namespace

void print_in_doubt(const std::filesystem::path& workspace, const LedgerFilter& filter, bool rows) {
  Manifest manifest = open_settled(workspace);
  const std::vector<CallInDoubt> calls = calls_in_doubt(manifest, filter);
  if (rows) {
    json list = json::array();
    for (const CallInDoubt& call : calls) list.push_back(json_of(call));
    std::cout << json_text(list, 1) << "\n";
  } else if (calls.empty()) {
    std::cout << "nothing is in doubt\n";
  } else {
    std::cout << to_text(table_of(calls))
              << "\nThese may have been paid for, and their answers were lost. Settle them with --settle "
                 "paid|unpaid or --usage FILE.csv\n";
  }
}

void settle_in_doubt(const std::filesystem::path& workspace, const LedgerFilter& filter,
                     const std::string& as) {
  if (as != "paid" && as != "unpaid") throw UsageError("--settle " + as + ": it is either paid or unpaid");
  Manifest manifest = open_settled(workspace);
  const std::vector<CallInDoubt> calls = calls_in_doubt(manifest, filter);
  std::vector<Settlement> settlements;
  for (const CallInDoubt& call : calls)
    settlements.push_back({&call, as == "paid", as == "paid" ? call.reserved : 0});
  settle(manifest, settlements);
  tell(settlements, 0);
}

void settle_by_usage(const std::filesystem::path& workspace, LedgerFilter filter,
                     const std::filesystem::path& usage_file) {
  const UsageExport usage = parse_usage_export(read_text_file(usage_file), usage_file.string());
  Manifest manifest = open_settled(workspace);
  const std::vector<CallInDoubt> calls = calls_in_doubt(manifest, filter);
  std::map<std::string, std::vector<const CallInDoubt*>> by_model;
  std::set<std::string> providers;
  std::size_t left = 0;
  for (const CallInDoubt& call : calls) {
    providers.insert(call.provider);
    if (call.created >= usage.begin && call.created < usage.end)
      by_model[call.model].push_back(&call);
    else
      ++left;
  }
  if (providers.size() > 1)
    throw UsageError("requests to several providers are in doubt (" +
                     fmt::format("{}", fmt::join(providers, ", ")) +
                     "): name the one whose usage this is with --provider");
  if (!providers.empty()) filter.provider = *providers.begin();
  if (const std::int64_t open = open_requests(manifest, filter.provider); !providers.empty() && open > 0)
    throw UsageError(
        fmt::format("{} requests to provider {} wait for their answers just now: settle when the "
                    "run has ended",
                    open, filter.provider));
  std::vector<Settlement> settlements;
  const auto own =
      billed_calls(manifest, {.provider = filter.provider, .after = usage.begin, .before = usage.end});
  for (const auto& [model, in_doubt] : by_model) {
    const auto found = own.find(model);
    settle_model(in_doubt, usage, usage.of(model), found == own.end() ? Billed{} : found->second,
                 settlements);
  }
  settle(manifest, settlements);
  tell(settlements, left);
}

void export_answers(const std::filesystem::path& workspace, const LedgerFilter& filter,
                    const std::string& file) {
  Manifest::Options options;
  options.read_only = true;
  options.allow_network_filesystem = true;
  Manifest manifest(Workspace{workspace}.manifest(), options);
  std::ofstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::ostream& out = file == "-" ? std::cout : opened;
  for_each_answer(manifest, filter,
                  [&](const AnsweredSample& sample) { out << json_text(json_of(sample)) << "\n"; });
  out.flush();
  if (!out) throw EnvironmentError("cannot write " + file);
}

double time_of(const std::string& text) {
  std::tm time{};
  const char* end = strptime(text.c_str(), "%Y-%m-%d", &time);
  if (end != nullptr && *end == 'T') end = strptime(end, "T%H:%M", &time);
  if (end == nullptr || *end != '\0')
    throw UsageError("\"" + text + "\" is no time: write 2026-11-29 or 2026-11-29T20:15 (UTC)");
  return static_cast<double>(timegm(&time));
}

}  // namespace funcorr
