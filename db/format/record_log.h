#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "db/format/descriptor.h"

namespace funcorr {

// Records of any bytes, one after the other in a file that only grows, each with its length and a checksum: a
// writer that dies in the middle of one loses that one alone. The writer holds a lock on the file for as long
// as it lives, so that others know whose log is left behind.
class RecordLog {
 public:
  // Makes `stem`-N with the first N that is free. Throws EnvironmentError naming the file and the reason.
  explicit RecordLog(const std::filesystem::path& stem);
  const std::filesystem::path& file() const { return file_; }
  void append(std::string_view record);  // to be durable, sync()
  void sync();

 private:
  std::filesystem::path file_;
  Descriptor descriptor_;
};

// Every whole record of a log, in order; returns how many bytes behind them are none. Throws EnvironmentError
// when the file cannot be read.
std::int64_t read_record_log(const std::filesystem::path& file,
                             const std::function<void(const std::string& record)>& visit);

// A log whose writer is dead, or has let go of it: ours alone until this ends.
class LeftRecordLog {
 public:
  // Not open() when the writer lives, another holds it just now, or it is gone.
  explicit LeftRecordLog(std::filesystem::path file);
  bool open() const { return descriptor_.open(); }
  const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  Descriptor descriptor_;
};

}  // namespace funcorr
