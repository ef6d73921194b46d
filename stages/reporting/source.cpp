#include "stages/reporting/source.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "db/format/artifact.h"
#include "db/manifest/items.h"
#include "db/manifest/statistics.h"

namespace funcorr {

std::vector<Asset> pick_assets(Manifest& manifest, const std::string& stage, std::size_t count) {
  std::map<std::string, std::vector<Asset>> by_category;
  std::string last;
  for_each_done_item(manifest, stage, [&](const DoneItem& item) {
    const std::string uid = item.key.substr(0, item.key.find('/'));
    if (uid == last) return;
    last = uid;
    const auto asset = find_asset(manifest, uid);
    if (!asset) return;
    std::vector<Asset>& chosen = by_category[asset->category];
    if (chosen.size() < count) chosen.push_back(*asset);
  });
  std::vector<Asset> picked;
  for (std::size_t round = 0; picked.size() < count; ++round) {
    const std::size_t before = picked.size();
    for (const auto& [category, assets] : by_category)
      if (round < assets.size() && picked.size() < count) picked.push_back(assets[round]);
    if (picked.size() == before) break;
  }
  std::stable_sort(picked.begin(), picked.end(),
                   [](const Asset& a, const Asset& b) { return a.category < b.category; });
  return picked;
}

std::string statistics_html(Manifest& manifest, const std::string& view, std::size_t open_rows,
                            const std::vector<std::string>& without_columns) {
  Table table = statistics(manifest, view);
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    if (std::find(without_columns.begin(), without_columns.end(), table.columns[c]) == without_columns.end())
      continue;
    const auto at = static_cast<std::ptrdiff_t>(c);
    table.columns.erase(table.columns.begin() + at);
    table.is_number.erase(table.is_number.begin() + at);
    for (std::vector<std::string>& row : table.rows) row.erase(row.begin() + at);
  }
  for (std::string& column : table.columns) std::replace(column.begin(), column.end(), '_', ' ');
  const std::string html = plain_table_html(table.columns, table.rows, table.is_number);
  return table.rows.size() <= open_rows ? html
                                        : details_html(fmt::format("{} rows", table.rows.size()), html);
}

}  // namespace funcorr
