#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "db/format/options.h"

namespace funcorr {

// One table per stage drives command line, funcorr.toml, --help and --print-config.
class OptionTable {
 public:
  OptionTable() = default;
  explicit OptionTable(std::vector<Option> options) : options_(std::move(options)) {}
  void add(Option option) { options_.push_back(std::move(option)); }
  const std::vector<Option>& options() const { return options_; }
  const Option* find(const std::string& name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<Option> options_;
};

// Of an option's value: no text, or an empty list.
bool says_nothing(const nlohmann::json& value);

// Resolved values: default < preset < funcorr.toml < command line.
class Options {
 public:
  enum class Source { kDefault, kPreset, kFile, kCommandLine };
  struct Value {
    nlohmann::json value;
    Source source = Source::kDefault;
    std::string where; /* "funcorr.toml:12" */
  };

  Options() = default;
  explicit Options(const OptionTable& table);  // defaults
  // What relative paths are resolved against. (Those of the command line arrive absolute: there, a relative
  // path means the current folder.)
  void set_workspace(const std::filesystem::path& workspace) { workspace_ = workspace; }
  // Checks type, range and choices; throws UsageError naming key, value, allowed range and `where`.
  void set(const std::string& name, const nlohmann::json& value, Source source, const std::string& where);
  // Where nobody set it: another value for its default, as a preset's. Says whether it has become so.
  bool set_default(const std::string& name, const nlohmann::json& value, const std::string& where);

  // The members of `target` become what was resolved; every option of its list is in the table.
  template <typename Struct>
  void assign_to(Struct& target) const {
    for (const BoundOption<Struct>& option : Struct::options().options())
      option.write(target, resolved_value(option.described().name));
  }
  nlohmann::json resolved_value(const std::string& name) const;  // relative paths: to the workspace

  nlohmann::json to_json() const;  // every value; for workers and for reports
  static Options from_json(const OptionTable& table, const nlohmann::json& values);
  // Hash of the values whose effect is kResult: the first half of a fingerprint (12 hex digits).
  std::string fingerprint() const;
  std::string print_config() const;    // every value and where it came from
  nlohmann::json config_json() const;  // the same for programs: [{name, value, source, unit, help}]
  const OptionTable& table() const { return table_; }
  const Value& at(const std::string& name) const;

 private:
  std::string resolved(const std::string& path) const;
  std::string fingerprint_text(const Option& option) const;

  OptionTable table_;
  std::filesystem::path workspace_;
  std::map<std::string, Value> values_;
};

}  // namespace funcorr
