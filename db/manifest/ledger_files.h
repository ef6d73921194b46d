#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "db/dataset/record/ledger.h"
#include "db/format/record_log.h"

// Inside of db/manifest, and for who binds the ledger: what a process keeps in files of its own beside the
// manifest, because it can be written when the manifest cannot, or much more often.
namespace funcorr {

// Answers that came while another program held the manifest's write lock: manifest.sqlite-answers-PID-N.
class AnswerSpill {
 public:
  AnswerSpill(std::filesystem::path manifest, std::string owner);
  // They survive the process, and a power cut, when it returns.
  void add(const std::vector<CallRecord>& records);
  void clear();  // all of them are in the manifest
  bool empty() const { return !log_; }
  std::filesystem::path file() const { return log_ ? log_->file() : std::filesystem::path(); }

 private:
  std::filesystem::path manifest_;
  std::string owner_;
  std::optional<RecordLog> log_;
};

// One that a dead process, or an engine that was stopped, left behind.
struct LeftAnswers {
  LeftRecordLog log;                // ours alone as long as it lives
  std::string owner;                // of the rows
  std::vector<CallRecord> records;  // as many as are whole
  std::int64_t torn_bytes = 0;      // behind them
};
std::vector<LeftAnswers> left_answers(const std::filesystem::path& manifest);

// Which rows went to a socket: manifest.sqlite-sent-PID-N, a few bytes a row, written before the request's
// first byte is sent. What the kernel has taken survives the process that wrote it, however it ends, so that
// no fsync is needed: after a power cut (another boot id) nothing of it is believed. Of a dead process's
// intents, those that are not in it were never sent.
class SentMarks {
 public:
  SentMarks(const std::filesystem::path& manifest, const std::string& owner);
  void add(const std::vector<std::int64_t>& rows);  // of one call
  const std::filesystem::path& file() const { return log_.file(); }

 private:
  RecordLog log_;
};

// Those of a process that is dead.
struct LeftMarks {
  std::vector<std::filesystem::path> files;
  bool believed = false;                         // there are some, all of them of this boot
  std::vector<std::vector<std::int64_t>> calls;  // that went to a socket
};
LeftMarks left_marks(const std::filesystem::path& manifest, const std::string& owner);
std::vector<std::filesystem::path> marks_of_the_dead(const std::filesystem::path& manifest);

}  // namespace funcorr
