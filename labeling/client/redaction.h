#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace funcorr {

// Takes secrets out of whatever came from a server before anyone logs, stores or shows it: servers echo API
// keys. Replaced by "[key]" is each secret as it is, escaped for JSON ("\/", "\u002f"), percent-encoded and
// in base64 (alone or behind other text); of one of 16 characters or more also what a server that masks it
// leaves of it: its first or its last 8 characters, or fewer around a mask ("sk-a****wxyz").
class Redaction {
 public:
  Redaction() = default;
  explicit Redaction(const std::vector<std::string>& secrets);

  std::string operator()(std::string text) const;

 private:
  struct Ends {
    std::string first, last;  // of a secret, 3 characters
  };
  std::vector<std::string> forms_;  // the longest first
  std::vector<Ends> ends_;
};

}  // namespace funcorr
