// Tables of strangers: captions, annotations, a provider's export of its usage.
#include "db/format/csv.h"

#include <stdexcept>

#include "db/dataset/usage_export.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  try {
    parse_usage_export(input, "input");
  } catch (const std::runtime_error&) {
  }
  const CsvTable table = parse_csv(input, "input");
  std::string text = csv_line(table.header);
  for (const CsvTable::Row& row : table.rows) text += csv_line(row.fields);
  if (text.starts_with("\xef\xbb\xbf")) return;  // a second mark, which reading takes away too
  const CsvTable again = parse_csv(text, "again", ',');
  promise(again.header == table.header && again.rows.size() == table.rows.size(),
          "what is written is read again");
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    promise(again.rows[i].fields == table.rows[i].fields, "a row that is written is read again");
}

}  // namespace funcorr::tests
