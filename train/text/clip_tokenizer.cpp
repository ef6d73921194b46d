#include "train/text/clip_tokenizer.h"

#include <algorithm>
#include <array>
#include <cwctype>
#include <limits>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include <locale.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "db/format/json.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kWordEnd = "</w>", kStart = "<|startoftext|>", kEnd = "<|endoftext|>";
constexpr std::size_t kMerges = 49152 - 256 - 2;  // of the official list, which goes on
constexpr std::size_t kLargestVocabulary = 64 << 20;

std::string utf8(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 0x3f))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 0x3f)), byte(0x80 | (c & 0x3f))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 0x3f)), byte(0x80 | (c >> 6 & 0x3f)),
          byte(0x80 | (c & 0x3f))};
}

std::u32string code_points(const std::string& text) {
  std::u32string result;
  const auto fail = [] { throw std::invalid_argument("the text is not UTF-8"); };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80         ? 1
                               : lead >> 5 == 0x6  ? 2
                               : lead >> 4 == 0xe  ? 3
                               : lead >> 3 == 0x1e ? 4
                                                   : 0;
    if (length == 0 || i + length > text.size()) fail();
    char32_t c = length == 1 ? lead : lead & (0x7fU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if (next >> 6 != 2) fail();
      c = c << 6 | (next & 0x3f);
    }
    result.push_back(c);
    i += length;
  }
  return result;
}

// Unicode's classes from the C library's UTF-8 locale, which every Debian has; the process's locale stays.
class Classes {
 public:
  Classes() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr), freelocale) {
    if (!locale_) throw std::runtime_error("the locale C.UTF-8 is missing; install libc-bin");
  }
  char32_t lower(char32_t c) const {
    return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), locale_.get()));
  }
  bool is_space(char32_t c) const {
    return iswspace_l(static_cast<wint_t>(c), locale_.get()) != 0 || c == 0xa0;
  }
  bool is_number(char32_t c) const {
    constexpr std::u32string_view kRaised = U"²³¹¼½¾";
    return (c >= '0' && c <= '9') || kRaised.find(c) != std::u32string_view::npos;
  }
  bool is_letter(char32_t c) const {
    return iswalpha_l(static_cast<wint_t>(c), locale_.get()) != 0 && !is_number(c);
  }

 private:
  std::unique_ptr<std::remove_pointer_t<locale_t>, void (*)(locale_t)> locale_;
};

// Length of one of the shortened verbs at the position, 0 where there is none.
std::size_t contraction(std::u32string_view text) {
  for (const std::u32string_view form : {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"})
    if (text.substr(0, form.size()) == form) return form.size();
  return 0;
}

// GPT-2's names of the 256 bytes as printable characters, in the vocabulary's order.
struct ByteNames {
  std::array<std::string, 256> of;
  std::vector<std::string> in_order;
  ByteNames() {
    const auto is_printable = [](unsigned b) {
      return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || (b >= 0xae && b <= 0xff);
    };
    for (unsigned b = 0; b < 256; ++b)
      if (is_printable(b)) in_order.push_back(of[b] = utf8(b));
    char32_t spare = 256;
    for (unsigned b = 0; b < 256; ++b)
      if (!is_printable(b)) in_order.push_back(of[b] = utf8(spare++));
  }
};

const ByteNames& byte_names() {
  static const ByteNames names;
  return names;
}

// A text file, gzipped or not.
std::vector<std::string> read_lines(const fs::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
  if (!stream) throw std::runtime_error(file.string() + ": cannot be opened");
  std::string text;
  std::array<char, 65536> buffer{};
  int count = 0;
  while ((count = gzread(stream.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kLargestVocabulary) throw std::runtime_error(file.string() + ": is larger than 64 MB");
  }
  if (count < 0) throw std::runtime_error(file.string() + ": is damaged");
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

fs::path vocabulary_file(const fs::path& given) {
  if (!fs::is_directory(given)) return given;
  for (const char* name : {"bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt", "vocab.json"})
    if (fs::exists(given / name)) return given / name;
  throw std::runtime_error(given.string() + ": neither bpe_simple_vocab_16e6.txt.gz nor vocab.json is there");
}

}  // namespace

std::vector<std::string> split_clip_words(const std::string& text) {
  const Classes classes;
  std::u32string lowered = code_points(text);
  for (char32_t& c : lowered) c = classes.lower(c);
  std::vector<std::string> words;
  const std::u32string_view all = lowered;
  for (std::size_t i = 0; i < all.size();) {
    if (classes.is_space(all[i])) {
      ++i;
      continue;
    }
    const auto run = [&](const auto& belongs) {
      std::size_t end = i;
      while (end < all.size() && belongs(all[end])) ++end;
      return end - i;
    };
    std::size_t length = contraction(all.substr(i));
    if (length == 0 && classes.is_number(all[i])) length = 1;
    if (length == 0) length = run([&](char32_t c) { return classes.is_letter(c); });
    if (length == 0)
      length = run(
          [&](char32_t c) { return !classes.is_space(c) && !classes.is_letter(c) && !classes.is_number(c); });
    std::string word;
    for (const char32_t c : all.substr(i, length)) word += utf8(c);
    words.push_back(word);
    i += length;
  }
  return words;
}

ClipTokenizer::ClipTokenizer(const fs::path& vocabulary) {
  fs::path file = vocabulary_file(vocabulary);
  if (file.filename() == "merges.txt") file.replace_filename("vocab.json");
  if (file.extension() == ".json")
    read_json(file, file.parent_path() / "merges.txt");
  else
    read_official(file);
  for (const std::string_view token : {kStart, kEnd})
    if (!ids_.contains(std::string(token)))
      throw std::runtime_error(file.string() + ": the token " + std::string(token) + " is missing");
}

void ClipTokenizer::add_merge(const std::string& line, const fs::path& file) {
  const auto space = line.find(' ');
  if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos)
    throw std::runtime_error(file.string() + ": \"" + line.substr(0, 40) + "\" is no pair of symbols");
  ranks_.emplace(line, static_cast<int>(ranks_.size()));
}

void ClipTokenizer::read_official(const fs::path& file) {
  const std::vector<std::string> lines = read_lines(file);
  if (lines.size() < 1 + kMerges)
    throw std::runtime_error(file.string() + ": has " + std::to_string(lines.size()) + " lines, " +
                             std::to_string(1 + kMerges) + " are expected");
  std::int64_t next = 0;
  for (const std::string& name : byte_names().in_order) ids_.emplace(name, next++);
  for (const std::string& name : byte_names().in_order) ids_.emplace(name + std::string(kWordEnd), next++);
  for (std::size_t i = 1; i <= kMerges; ++i) {
    add_merge(lines[i], file);
    std::string joined = lines[i];
    joined.erase(joined.find(' '), 1);
    ids_[joined] = next++;
  }
  for (const std::string_view token : {kStart, kEnd}) ids_.emplace(token, next++);
}

void ClipTokenizer::read_json(const fs::path& vocabulary, const fs::path& merges) {
  const nlohmann::json ids = funcorr::read_json(vocabulary);
  if (!ids.is_object()) throw std::runtime_error(vocabulary.string() + ": is no JSON object");
  for (const auto& [token, id] : ids.items()) {
    if (!id.is_number_integer())
      throw std::runtime_error(vocabulary.string() + ": the id of \"" + token + "\" is no integer");
    ids_.emplace(token, id.get<std::int64_t>());
  }
  for (const std::string& line : read_lines(merges))
    if (!line.empty() && !line.starts_with("#version")) add_merge(line, merges);
}

std::int64_t ClipTokenizer::id_of(const std::string& token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) throw std::invalid_argument("the vocabulary has no token \"" + token + "\"");
  return found->second;
}

std::vector<std::string> ClipTokenizer::merge(std::vector<std::string> symbols) const {
  while (symbols.size() > 1) {
    int best_rank = std::numeric_limits<int>::max();
    std::string best;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const std::string pair = symbols[i] + ' ' + symbols[i + 1];
      const auto rank = ranks_.find(pair);
      if (rank == ranks_.end() || rank->second >= best_rank) continue;
      best_rank = rank->second;
      best = pair;
    }
    if (best.empty()) break;
    std::vector<std::string> merged;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool joins = i + 1 < symbols.size() && symbols[i] + ' ' + symbols[i + 1] == best;
      merged.push_back(joins ? symbols[i] + symbols[i + 1] : symbols[i]);
      if (joins) ++i;
    }
    symbols = std::move(merged);
  }
  return symbols;
}

std::vector<std::int64_t> ClipTokenizer::encode(const std::string& text) const {
  std::vector<std::int64_t> tokens{id_of(std::string(kStart))};
  for (const std::string& word : split_clip_words(text)) {
    std::vector<std::string> symbols;
    for (const char c : word) symbols.push_back(byte_names().of[static_cast<unsigned char>(c)]);
    symbols.back() += kWordEnd;
    for (const std::string& symbol : merge(std::move(symbols))) tokens.push_back(id_of(symbol));
    if (tokens.size() >= kContext)
      throw std::invalid_argument("the text \"" + text.substr(0, 40) + "…\" has more than 75 tokens");
  }
  tokens.push_back(id_of(std::string(kEnd)));
  tokens.resize(kContext, 0);
  return tokens;
}

}  // namespace funcorr
