#include "db/format/record_log.h"

#include <fstream>
#include <vector>

#include "db/format/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace funcorr {
namespace {

using tests::TemporaryFolder;

std::vector<std::string> records_in(const std::filesystem::path& file, std::int64_t& torn) {
  std::vector<std::string> records;
  torn = read_record_log(file, [&](const std::string& record) { records.push_back(record); });
  return records;
}

}  // namespace

TEST_CASE("A record log gives back its whole records, and says what is torn") {
  const TemporaryFolder folder;
  const std::vector<std::string> records{"one", "", std::string("t\0wo\xff", 5), std::string(100'000, 'x')};
  RecordLog log(folder / "log");
  CHECK(log.file() == folder / "log-0");
  for (const std::string& record : records) log.append(record);
  log.sync();
  std::int64_t torn = -1;
  CHECK(records_in(log.file(), torn) == records);
  CHECK(torn == 0);
  const auto size = std::filesystem::file_size(log.file());
  SECTION("the end is cut") {
    std::filesystem::resize_file(log.file(), size - 1);
    CHECK(records_in(log.file(), torn).size() == 3);
    CHECK(torn == 100'000 + 8 - 1);
  }
  SECTION("a byte is another") {
    std::fstream stream(log.file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(size) - 1);
    stream.put('y');
    stream.close();
    CHECK(records_in(log.file(), torn).size() == 3);
    CHECK(torn == 100'008);
  }
  SECTION("what follows is no record") {
    std::ofstream(log.file(), std::ios::app) << "\xff\xff\xff\xff and more";
    CHECK(records_in(log.file(), torn) == records);
    CHECK(torn == 13);
  }
}

TEST_CASE("A record log is another's only when its writer has let go of it") {
  const TemporaryFolder folder;
  std::filesystem::path file;
  {
    RecordLog log(folder / "log");
    file = log.file();
    CHECK_FALSE(LeftRecordLog(file).open());
    CHECK(RecordLog(folder / "log").file() == folder / "log-1");
  }
  const LeftRecordLog left(file);
  CHECK(left.open());
  CHECK_FALSE(LeftRecordLog(file).open());
  CHECK_FALSE(LeftRecordLog(folder / "none").open());
  CHECK_THROWS_AS(read_record_log(folder / "none", [](const std::string&) {}), EnvironmentError);
}

}  // namespace funcorr
