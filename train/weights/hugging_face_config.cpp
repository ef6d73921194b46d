#include "train/weights/hugging_face_config.h"

#include <cmath>
#include <stdexcept>

#include "db/format/json.h"

namespace funcorr {

namespace fs = std::filesystem;

HuggingFaceConfig::HuggingFaceConfig(const fs::path& weights)
    : file_((fs::is_directory(weights) ? weights : weights.parent_path()) / "config.json") {
  if (!fs::exists(file_)) return;
  document_ = read_json(file_);
  if (!document_.is_object()) throw std::runtime_error(file_.string() + ": is no JSON object");
}

nlohmann::json HuggingFaceConfig::find(const std::string& name) const {
  if (!document_.is_object()) return {};
  for (const char* part : {"vision_config", "rope_parameters"}) {
    const auto found = document_.find(part);
    if (found != document_.end() && found->is_object() && found->contains(name)) return found->at(name);
  }
  return document_.value(name, nlohmann::json());
}

void HuggingFaceConfig::refuse(const std::string& name, const std::string& expected) const {
  throw std::runtime_error(file_.string() + ": \"" + name + "\" is " + json_text(find(name)) + "; " +
                           expected + " is expected");
}

double HuggingFaceConfig::number(const std::string& name, double otherwise) const {
  const nlohmann::json value = find(name);
  if (value.is_null()) return otherwise;
  if (!value.is_number()) refuse(name, "a number");
  return value.get<double>();
}

int HuggingFaceConfig::count(const std::string& name, int otherwise) const {
  const double value = number(name, otherwise);
  if (!(value >= 0 && value <= 10'000) || value != std::floor(value)) refuse(name, "an integer up to 10,000");
  return static_cast<int>(value);
}

void HuggingFaceConfig::expect(const std::string& name, const nlohmann::json& value) const {
  const nlohmann::json found = find(name);
  if (!found.is_null() && found != value) refuse(name, json_text(value));
}

}  // namespace funcorr
