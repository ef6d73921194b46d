#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace funcorr {

// What an image counts at one provider, in tokens: guessed until the first answer tells. Kept from run to run
// by model and detail; what is learned is the most that was seen.
class ImageTokens {
 public:
  // `learned`: to_json() of an earlier run.
  ImageTokens(std::int64_t guess, std::string detail, const nlohmann::json& learned);
  bool is_known(const std::string& model) const { return learned_.contains(name(model)); }
  std::int64_t of(const std::string& model) const;
  // An answer to a request with an image: its tokens in, −1 where it does not tell, and the text's share.
  void learn(const std::string& model, std::int64_t tokens_in, std::int64_t of_text);
  nlohmann::json to_json() const { return learned_; }

 private:
  std::string name(const std::string& model) const { return detail_.empty() ? model : model + " " + detail_; }

  std::int64_t guess_;
  std::string detail_;
  std::map<std::string, std::int64_t> learned_;
};

}  // namespace funcorr
