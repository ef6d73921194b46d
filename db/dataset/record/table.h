#pragma once

#include <string>
#include <vector>

namespace funcorr {

// Rows under named columns, for people: what a view of the manifest answers.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // text as SQLite prints it; NULL is ""
  std::vector<bool> is_number;                 // by column, for JSON
};

}  // namespace funcorr
