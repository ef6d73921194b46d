#include "db/format/csv.h"

#include <string>
#include <vector>

#include "db/format/random.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;
using Fields = std::vector<std::string>;

std::vector<Fields> rows_of(const CsvTable& table) {
  std::vector<Fields> rows;
  for (const CsvTable::Row& row : table.rows) rows.push_back(row.fields);
  return rows;
}

TEST_CASE("fields are quoted where they must be, and nowhere else") {
  CHECK(csv_line({"a", "", "b c", "ü"}) == "a,,b c,ü\n");
  CHECK(csv_line({"a,b", "say \"so\"", "two\nlines", "two\rlines"}) ==
        "\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\"two\rlines\"\n");
  CHECK(csv_line({"a;b", "c"}) == "a;b,c\n");
  CHECK(csv_line({"a;b", "c"}, {.line_end = "\r\n", .also_quoted = ";"}) == "\"a;b\",c\r\n");
  CHECK(csv_line({""}) == "\"\"\n");
  CHECK(csv_line({}) == "\n");
}

TEST_CASE("any fields come back from their lines") {
  const std::string letters = "ab,;\"\t\r\n \xc3\xbc\x01";
  Random random(11);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t columns = 1 + random.below(4);
    const CsvStyle style{random.below(2) == 0 ? "\n" : "\r\n", random.below(2) == 0 ? "" : ";\t"};
    Fields header;
    for (std::size_t i = 0; i < columns; ++i) header.push_back("column \"" + std::to_string(i) + "\"");
    std::string text = csv_line(header, style);
    std::vector<Fields> rows;
    for (std::uint64_t row = random.below(4); row > 0; --row) {
      Fields fields(columns);
      for (std::string& field : fields)
        for (std::uint64_t length = random.below(5); length > 0; --length)
          field += letters[random.below(letters.size())];
      rows.push_back(fields);
      text += csv_line(fields, style);
    }
    CAPTURE(text);
    const CsvTable table = parse_csv(text, "t.csv");
    REQUIRE(table.header == header);
    REQUIRE(rows_of(table) == rows);
  }
}

TEST_CASE("tables of others: tabs, semicolons, a UTF-8 mark, blank lines, no last line's end") {
  CHECK(rows_of(parse_csv("a\tb\n1,5\t2\n", "t")) == std::vector<Fields>{{"1,5", "2"}});
  CHECK(rows_of(parse_csv("a;b\n1;2", "t")) == std::vector<Fields>{{"1", "2"}});
  CHECK(rows_of(parse_csv("a;b,c\n1;2,3\n", "t")) == std::vector<Fields>{{"1;2", "3"}});
  CHECK(rows_of(parse_csv("a;b,c\n1;2,3\n", "t", ';')) == std::vector<Fields>{{"1", "2,3"}});
  const CsvTable table = parse_csv("\xef\xbb\xbf\r\nName,b\r\n\r\n1,\"2\n\"\r\n\r\n3,4\r\n", "t");
  CHECK(table.header == Fields{"Name", "b"});
  CHECK(rows_of(table) == std::vector<Fields>{{"1", "2\n"}, {"3", "4"}});
  CHECK(table.rows.at(0).line == 4);
  CHECK(table.rows.at(1).line == 7);
  CHECK(table.column("nAME") == 0U);
  CHECK(table.column("c") == std::nullopt);
  CHECK(rows_of(parse_csv("a\n\"\"\n\n", "t")) == std::vector<Fields>{{""}});
}

TEST_CASE("what is no table is told with its line") {
  const auto told = [](const char* text, const char* what) {
    CHECK_THROWS_WITH(parse_csv(text, "t.csv"), ContainsSubstring(what));
  };
  told("", "t.csv:1: no header line");
  told("\n\n", "t.csv:1: no header line");
  told("a,b\n1,2\n3\n", "t.csv:3: 1 fields, the header has 2");
  told("a,b\n1,2,3\n", "t.csv:2: 3 fields");
  told("a,b\n1,\"2\n\n", "t.csv:2: a quote is opened here");
  told("a,b\n1,\"2\" \n", "t.csv:2: text after a closing quote");
  told("a,,b\n", "t.csv:1: a column without a name");
  told("a,b,A\n", "t.csv:1: column 'A' occurs twice");
}

}  // namespace
}  // namespace funcorr
