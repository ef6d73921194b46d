#include "labeling/taxonomy/duplicates.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <numeric>
#include <stdexcept>

namespace funcorr {
namespace {

// Letters and digits in lower case, without a plural's ending.
std::string stem(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) || letter >= 0x80) letters += static_cast<char>(std::tolower(letter));
  }
  if (letters.size() > 3 && letters.ends_with('s') && !letters.ends_with("ss")) letters.pop_back();
  return letters;
}

// One letter more, less or other.
bool differ_by_one(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const std::size_t same =
      static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
  return a.substr(std::min(a.size(), same + (a.size() == b.size() ? 1 : 0))) ==
         b.substr(std::min(b.size(), same + 1));
}

std::string cosine_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "cosine %.2f", value);
  return text;
}

}  // namespace

const OptionList<DuplicateOptions>& DuplicateOptions::options() {
  static const OptionList<DuplicateOptions> list{
      option("embeddings", &DuplicateOptions::embeddings)
          .help("look for duplicates by embedding too, not by spelling alone"),
      option("min_cosine", &DuplicateOptions::min_cosine)
          .range(-1, 1)
          .help("least cosine of the embeddings of two names that are taken for the same")};
  return list;
}

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return 0;
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0, std::plus<>(),
                            [](float x, float y) { return static_cast<double>(x) * static_cast<double>(y); });
}

bool is_same_spelling(std::string_view a, std::string_view b, const DuplicateOptions& options) {
  const std::string x = stem(a), y = stem(b);
  if (x == y) return true;
  const auto shorter = static_cast<int>(std::min(x.size(), y.size()));
  return shorter >= options.long_word && differ_by_one(x, y);
}

std::vector<Duplicate> find_duplicates(const std::vector<std::string>& names,
                                       const std::vector<std::vector<float>>& vectors,
                                       const DuplicateOptions& options) {
  if (!vectors.empty() && vectors.size() != names.size())
    throw std::invalid_argument("find_duplicates: names and vectors differ in number");
  std::vector<Duplicate> duplicates;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto twin = std::find_if(kept.begin(), kept.end(), [&](std::size_t k) {
      return is_same_spelling(names[k], names[i], options);
    });
    if (twin != kept.end()) {
      duplicates.push_back({names[i], names[*twin], "spelling"});
      continue;
    }
    double best = options.min_cosine;
    std::size_t nearest = names.size();
    for (const std::size_t k : kept) {
      const double similarity = vectors.empty() ? -1 : cosine(vectors[k], vectors[i]);
      if (similarity < best || (nearest < names.size() && similarity == best)) continue;
      best = similarity;
      nearest = k;
    }
    if (nearest < names.size())
      duplicates.push_back({names[i], names[nearest], cosine_text(best)});
    else
      kept.push_back(i);
  }
  return duplicates;
}

}  // namespace funcorr
