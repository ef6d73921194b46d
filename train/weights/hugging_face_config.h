#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace funcorr {

// What Hugging Face's config.json beside weights tells of a vision model and its tensors do not.
class HuggingFaceConfig {
 public:
  // `weights`: the file or folder that load_state_dict takes. Throws std::runtime_error that names a
  // config.json which is no JSON object.
  explicit HuggingFaceConfig(const std::filesystem::path& weights);

  // Whether there is one.
  explicit operator bool() const { return document_.is_object(); }
  const std::filesystem::path& file() const { return file_; }

  // A member of the model's, of its "vision_config" where there is one, or of its "rope_parameters";
  // `otherwise` where none of them tells. Throws std::runtime_error that names a member which is no number.
  double number(const std::string& name, double otherwise) const;
  // The same of one that counts: 0 … 10,000.
  int count(const std::string& name, int otherwise) const;
  // Throws std::runtime_error where such a member tells of something else.
  void expect(const std::string& name, const nlohmann::json& value) const;

 private:
  nlohmann::json find(const std::string& name) const;
  [[noreturn]] void refuse(const std::string& name, const std::string& expected) const;

  std::filesystem::path file_;
  nlohmann::json document_;
};

}  // namespace funcorr
