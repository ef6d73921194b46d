#include "db/manifest/ledger_files.h"

#include <cstring>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "db/format/error.h"
#include "db/format/members.h"
#include "db/manifest/lease.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kAnswers = "-answers-";
constexpr const char* kSent = "-sent-";

fs::path stem_of(const fs::path& manifest, const char* kind) {
  return manifest.string() + kind + std::to_string(getpid());
}

std::vector<fs::path> files_of(const fs::path& manifest, const char* kind) {
  std::vector<fs::path> files;
  const std::string start = manifest.filename().string() + kind;
  for (const auto& entry : fs::directory_iterator(fs::absolute(manifest).parent_path()))
    if (entry.path().filename().string().starts_with(start)) files.push_back(entry.path());
  return files;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  file >> id;
  return id;
}

// The first record of every file.
std::string head_of(const std::string& owner) {
  return json{{"owner", owner}, {"boot", boot_id()}}.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Bytes as they came: an answer need not be UTF-8.
std::string packed(const CallRecord& record) {
  const std::vector<std::uint8_t> bytes = json::to_cbor(json(record));
  return {bytes.begin(), bytes.end()};
}

// One file's, without its rows where they are not wanted.
struct Marks {
  std::string owner, boot;
  std::vector<std::vector<std::int64_t>> calls;
};

Marks read_marks(const fs::path& file, bool with_calls) {
  Marks marks;
  bool is_head = true;
  const auto take = [&](const std::string& record) {
    if (std::exchange(is_head, false)) {
      const json head = json::parse(record, nullptr, false);
      if (!head.is_object()) return;
      marks.owner = head.value("owner", "");
      marks.boot = head.value("boot", "");
    } else if (with_calls) {
      std::vector<std::int64_t>& rows = marks.calls.emplace_back(record.size() / sizeof(std::int64_t));
      std::memcpy(rows.data(), record.data(), rows.size() * sizeof(std::int64_t));
    }
  };
  try {
    read_record_log(file, take);
  } catch (const EnvironmentError&) {
    return {};  // its process has just ended
  }
  return marks;
}

}  // namespace

AnswerSpill::AnswerSpill(fs::path manifest, std::string owner)
    : manifest_(std::move(manifest)), owner_(std::move(owner)) {}

void AnswerSpill::add(const std::vector<CallRecord>& records) {
  if (records.empty()) return;
  if (!log_) {
    log_.emplace(stem_of(manifest_, kAnswers));
    log_->append(head_of(owner_));
  }
  for (const CallRecord& record : records) log_->append(packed(record));
  log_->sync();
}

void AnswerSpill::clear() {
  if (!log_) return;
  std::error_code ignored;  // what stays is recognised as stored
  fs::remove(log_->file(), ignored);
  log_.reset();
}

std::vector<LeftAnswers> left_answers(const fs::path& manifest) {
  std::vector<LeftAnswers> all;
  for (const fs::path& file : files_of(manifest, kAnswers)) {
    LeftAnswers left{LeftRecordLog(file), {}, {}, 0};
    if (!left.log.open()) continue;
    bool is_head = true;
    left.torn_bytes = read_record_log(file, [&](const std::string& record) {
      if (std::exchange(is_head, false))
        left.owner = json::parse(record).at("owner").get<std::string>();
      else
        left.records.push_back(json::from_cbor(record).get<CallRecord>());
    });
    all.push_back(std::move(left));
  }
  return all;
}

SentMarks::SentMarks(const fs::path& manifest, const std::string& owner) : log_(stem_of(manifest, kSent)) {
  log_.append(head_of(owner));
}

void SentMarks::add(const std::vector<std::int64_t>& rows) {
  std::string bytes(rows.size() * sizeof(std::int64_t), '\0');
  std::memcpy(bytes.data(), rows.data(), bytes.size());
  log_.append(bytes);
}

LeftMarks left_marks(const fs::path& manifest, const std::string& owner) {
  LeftMarks left;
  bool all_of_this_boot = true;
  for (const fs::path& file : files_of(manifest, kSent)) {
    Marks marks = read_marks(file, true);
    if (marks.owner != owner) continue;
    left.files.push_back(file);
    all_of_this_boot = all_of_this_boot && marks.boot == boot_id();
    left.calls.insert(left.calls.end(), std::make_move_iterator(marks.calls.begin()),
                      std::make_move_iterator(marks.calls.end()));
  }
  left.believed = !left.files.empty() && all_of_this_boot;
  return left;
}

std::vector<fs::path> marks_of_the_dead(const fs::path& manifest) {
  std::vector<fs::path> files;
  for (const fs::path& file : files_of(manifest, kSent)) {
    const std::string owner = read_marks(file, false).owner;
    if (!owner.empty() && owner_is_dead(owner)) files.push_back(file);
  }
  return files;
}

}  // namespace funcorr
