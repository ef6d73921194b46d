#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "labeling/client/provider.h"

namespace funcorr {

// What a family of models costs and counts by list, at some date.
struct ListedModel {
  std::string models;              // a pattern with '*'
  std::string date;                // when it was written down: "2026-11-29"
  std::string source;              // where it is from, and where to check it
  Price price;                     // per million tokens
  int image_tokens = 0;            // the most that one image counts; 0: not told
  int image_tokens_low = 0;        // with detail "low"; 0: as any
  std::string image_rule;          // how an image is counted, in words
  std::int64_t answer_tokens = 0;  // the most that an answer may have; 0: not told
  std::string file;                // that the row stands in, without its folder
};

// List prices: labeling/client/prices.json, which comes with funcorr, and files of users before it.
class PriceTable {
 public:
  // Rows of the files in their order. Throws UsageError naming file and row for what is no such table, and
  // EnvironmentError for a file that cannot be read.
  static PriceTable read(const std::vector<std::filesystem::path>& files);
  // The first row that fits; null: none. A vendor before the name ("openai/gpt-5") does not count.
  const ListedModel* find(std::string_view model) const;

 private:
  std::vector<ListedModel> rows_;
};

}  // namespace funcorr
