#include "train/text/function_name.h"

#include <algorithm>
#include <sstream>

#include "db/dataset/function_phrase.h"
#include "db/format/text.h"

namespace funcorr {
namespace {

std::vector<std::string> words_of(const std::string& function) {
  std::istringstream text(lower_case(function_phrase(function)));
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

// "pouring", "scraping", "cutting" of "pour", "scrape", "cut".
bool is_gerund_of(const std::string& word, const std::string& verb) {
  if (verb.empty() || !word.ends_with("ing")) return false;
  const std::string stem = word.substr(0, word.size() - 3);
  return stem == verb || stem + "e" == verb || stem == verb + verb.back();
}

bool is_meant(const std::vector<std::string>& written, const std::vector<std::string>& known) {
  if (written.empty() || written.size() > known.size()) return false;
  return (written[0] == known[0] || is_gerund_of(written[0], known[0])) &&
         std::equal(written.begin() + 1, written.end(), known.begin() + 1);
}

}  // namespace

std::vector<std::string> functions_meant(const std::string& written, const std::vector<std::string>& known) {
  if (std::ranges::find(known, written) != known.end()) return {written};
  const std::vector<std::string> words = words_of(written);
  std::vector<std::string> meant;
  for (const std::string& function : known) {
    if (words_of(function) == words) return {function};
    if (is_meant(words, words_of(function))) meant.push_back(function);
  }
  return meant;
}

}  // namespace funcorr
