#include "db/format/named_enum.h"

namespace funcorr {

void refuse_name(std::string_view name, const std::vector<std::string>& known) {
  std::string text = "\"";
  text.append(name).append("\" is none of ");
  for (const std::string& one : known) text.append(&one == known.data() ? "" : ", ").append(one);
  throw std::invalid_argument(text);
}

}  // namespace funcorr
