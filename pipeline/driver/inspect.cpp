#include "pipeline/driver/inspect.h"

#include <algorithm>
#include <iostream>
#include <vector>

#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/ledger.h"
#include "db/manifest/ledger_review.h"
#include "db/manifest/statistics.h"
#include "db/manifest/taxonomy.h"
#include "pipeline/graph.h"
#include "pipeline/options.h"
#include "pipeline/shell.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

constexpr int kMostAssets = 20;
constexpr int kMostRequests = 5;                // of an item, that ended badly
constexpr std::size_t kShownAnswerBytes = 500;  // of each

Manifest open_manifest(const std::filesystem::path& workspace) {
  Manifest::Options options;
  options.read_only = true;
  options.allow_network_filesystem = true;  // to look does no harm
  return Manifest(Workspace{workspace}.manifest(), options);
}

void print(const Table& table, Format format) {
  switch (format) {
    case Format::kText:
      std::cout << to_text(table);
      break;
    case Format::kJson:
      std::cout << to_json(table) << "\n";
      break;
    case Format::kCsv:
      std::cout << to_csv(table);
      break;
  }
}

std::string fixed(double value, int digits) {
  std::string text = std::to_string(value);
  return text.substr(0, text.find('.') + 1 + static_cast<std::size_t>(digits));
}

std::size_t graph_position(const std::string& stage) {
  const std::vector<StageNode>& graph = stage_graph();
  return static_cast<std::size_t>(
      std::find_if(graph.begin(), graph.end(), [&](const StageNode& node) { return node.name == stage; }) -
      graph.begin());
}

// A raw answer as one line, cut.
std::string excerpt(const std::string& answer) {
  std::string text = answer.substr(0, kShownAnswerBytes);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return answer.size() > kShownAnswerBytes ? text + "…" : text;
}

// By which the ledger groups an item's requests.
std::string category_of_item(Manifest& manifest, const ItemHistory& item) {
  if (item.stage == "taxonomy") return "";
  const std::optional<Asset> asset = find_asset(manifest, item.key.substr(0, item.key.find('/')));
  return asset ? asset->category : item.key;
}

void print_request(const RequestRecord& request) {
  std::cout << "\n"
            << request.tag.stage << " " << request.tag.item << ": request " << request.id << ", "
            << to_string(request.state) << ", "
            << (request.error_code.empty() ? "" : request.error_code + " ") << "(HTTP " << request.http_status
            << ", " << request.provider << " " << request.model << ", attempt " << request.attempt << ")\n  "
            << excerpt(request.answer) << "\n";
}

// What was answered to requests that failed, or that nothing is known of; and where an item failed though its
// requests did not, the answers that it could make nothing of.
void print_bad_requests(Manifest& manifest, const std::vector<ItemHistory>& history,
                        const std::vector<RequestTag>& items) {
  const Ledger ledger(manifest);
  for (const RequestTag& item : items)
    for (const RequestRecord& request : ledger.troubles(item.stage, item.item, kMostRequests))
      print_request(request);
  for (const ItemHistory& item : history) {
    if (item.error.empty()) continue;
    for (const RequestRecord& request :
         last_requests(manifest, {item.stage, item.key, category_of_item(manifest, item)}, kMostRequests))
      if (request.state == RequestState::kAnswered) print_request(request);
  }
}

Table history_table(const std::vector<ItemHistory>& history) {
  Table table;
  table.columns = {"stage",          "key",     "state", "attempts", "seconds",
                   "peak_memory_mb", "updated", "kind",  "error"};
  table.is_number = {false, false, false, true, true, true, false, false, false};
  for (const ItemHistory& item : history) {
    table.rows.push_back({item.stage, item.key, std::string(to_string(item.state)),
                          std::to_string(item.attempt), fixed(item.seconds, 2),
                          fixed(static_cast<double>(item.peak_memory_bytes) / 1048576.0, 1), item.updated,
                          item.error_kind, item.error});
  }
  return table;
}

bool is_category(Manifest& manifest, const std::string& name) {
  return !functions_of_category(manifest, name).empty() || !parts_of_category(manifest, name).empty() ||
         std::ranges::any_of(item_history(manifest, name),
                             [](const ItemHistory& item) { return item.stage == "parts"; });
}

template <typename Value>
void append(std::vector<Value>& all, const std::vector<Value>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::vector<Asset> assets_named(Manifest& manifest, const std::string& uid_or_name) {
  if (const std::optional<Asset> asset = find_asset(manifest, uid_or_name)) return {*asset};
  return find_assets_like(manifest, uid_or_name, kMostAssets);
}

}  // namespace

void print_status(const std::filesystem::path& workspace, Format format) {
  Manifest manifest = open_manifest(workspace);
  Table table = statistics(manifest, "stage");
  std::vector<std::vector<std::string>> recorded = std::move(table.rows);
  table.rows.clear();
  for (const StageNode& stage : stage_graph()) {
    const auto found =
        std::find_if(recorded.begin(), recorded.end(), [&](const auto& row) { return row[0] == stage.name; });
    if (found != recorded.end()) {
      table.rows.push_back(*found);
    } else if (!stage.optional) {
      table.rows.push_back({stage.name, "0", "0", "0", "0", "0", "0", "0", "", "", ""});
    }
  }
  print(table, format);
}

void print_statistics(const std::filesystem::path& workspace, const std::string& view, Format format) {
  Manifest manifest = open_manifest(workspace);
  print(statistics(manifest, view), format);
}

void print_errors(const std::filesystem::path& workspace, const std::string& stage, int limit,
                  Format format) {
  if (!stage.empty() && !is_stage(stage)) stage_range(stage);  // throws with the names there are
  Manifest manifest = open_manifest(workspace);
  const std::vector<ItemHistory> failed = failed_items(manifest, stage, limit);
  if (failed.empty() && format == Format::kText) {
    std::cout << "no failed or rejected items\n";
    return;
  }
  print(history_table(failed), format);
  if (format != Format::kText) return;
  const ItemHistory& first = failed.front();
  std::cout << "\nto see one at work: "
            << shell_command(
                   {"funcorr-" + first.stage, "--workspace", workspace.string(), "--item", first.key})
            << "\n";
}

void print_why(const std::filesystem::path& workspace, const std::string& uid_or_name, Format format) {
  Manifest manifest = open_manifest(workspace);
  const std::vector<Asset> assets = assets_named(manifest, uid_or_name);
  std::vector<std::string> keys = {uid_or_name};  // of items that are no asset's
  for (const Asset& asset : assets)
    if (asset.uid != uid_or_name) keys.push_back(asset.uid);
  if (is_category(manifest, uid_or_name)) keys.insert(keys.end(), {"taxonomy", "embeddings"});
  std::vector<ItemHistory> history;
  std::vector<RequestTag> asked;
  for (const std::string& key : keys) {
    append(history, item_history(manifest, key));
    append(asked, items_with_trouble(manifest, key));
  }
  if (assets.empty() && history.empty() && asked.empty()) {
    throw UsageError("'" + uid_or_name +
                     "': no asset has this uid or name, no category this name, and no item this key");
  }
  std::stable_sort(history.begin(), history.end(), [](const ItemHistory& a, const ItemHistory& b) {
    return graph_position(a.stage) < graph_position(b.stage);
  });
  if (format == Format::kText) {
    for (const Asset& asset : assets) {
      std::cout << asset.uid << "  " << asset.name << "  "
                << (asset.category.empty() ? "category not known" : asset.category) << "  "
                << (std::filesystem::path(asset.root) / asset.path).string() << "\n";
    }
    if (assets.size() == kMostAssets) std::cout << "(the first " << kMostAssets << " that match)\n";
    std::cout << "\n";
  }
  print(history_table(history), format);
  if (format == Format::kText) print_bad_requests(manifest, history, asked);
}

void retry_stage(const std::filesystem::path& workspace, const std::string& stage, const std::string& kind) {
  if (!is_stage(stage)) stage_range(stage);  // throws with the names there are
  const std::filesystem::path file = Workspace{workspace}.manifest();
  if (!std::filesystem::exists(file)) open_manifest(workspace);  // throws with the remedy
  Manifest manifest(file);
  const std::int64_t count = Items(manifest, stage).retry(kind);
  std::cout << count << (count == 1 ? " item" : " items") << " of " << stage << " will be tried again\n";
}

}  // namespace funcorr
