#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace funcorr {

// CLIP's byte-pair tokenizer (Radford et al. 2021). Text is lower-cased and split into words, single digits
// and runs of signs; repairs of broken encodings and HTML entities are left to the caller. Thread-safe once
// made. Free of LibTorch.
class ClipTokenizer {
 public:
  static constexpr int kContext = 77;

  // `vocabulary`: the official bpe_simple_vocab_16e6.txt(.gz), or Hugging Face's vocab.json with merges.txt
  // beside it, or a folder that holds one of these. Throws std::runtime_error that names the file and what is
  // wrong.
  explicit ClipTokenizer(const std::filesystem::path& vocabulary);

  // Start, tokens, end, then zeros: [77]. Throws std::invalid_argument for text of more than 75 tokens or
  // text that is not UTF-8.
  std::vector<std::int64_t> encode(const std::string& text) const;

 private:
  void read_official(const std::filesystem::path& file);
  void read_json(const std::filesystem::path& vocabulary, const std::filesystem::path& merges);
  void add_merge(const std::string& line, const std::filesystem::path& file);
  std::int64_t id_of(const std::string& token) const;
  std::vector<std::string> merge(std::vector<std::string> symbols) const;

  std::unordered_map<std::string, std::int64_t> ids_;
  std::unordered_map<std::string, int> ranks_;  // "left right" → order of merging
};

// Words as CLIP splits them, lower-cased: "don't 3D" → "don", "'t", "3", "d". Throws std::invalid_argument
// where the text is not UTF-8.
std::vector<std::string> split_clip_words(const std::string& text);

}  // namespace funcorr
