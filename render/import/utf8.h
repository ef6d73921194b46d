#pragma once

#include <string>

namespace funcorr {

// Names in mesh files come in any encoding; JSON and SQLite want UTF-8. Bytes that are no UTF-8 become '?'.
std::string as_valid_utf8(const std::string& text);

}  // namespace funcorr
