#include "db/format/record_log.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "db/format/error.h"
#include "db/format/file.h"
#include "db/format/hash.h"

namespace funcorr {
namespace {

constexpr int kMostLogs = 10'000;  // beside each other
constexpr std::uint32_t kLongestRecord = 1U << 30;

// What stands before each record.
struct Head {
  std::uint32_t length = 0;
  std::uint32_t check = 0;
};

std::uint32_t check_of(std::string_view record) {
  const std::uint64_t hash = fnv1a(record);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

[[noreturn]] void refuse(const char* doing, const std::filesystem::path& file) {
  throw EnvironmentError(std::string("cannot ") + doing + " " + file.string() + ": " + std::strerror(errno));
}

// Locked by us, and there is a file under its name.
bool take(const Descriptor& descriptor) {
  struct stat status {};
  return descriptor.open() && ::flock(descriptor.get(), LOCK_EX | LOCK_NB) == 0 &&
         ::fstat(descriptor.get(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace

RecordLog::RecordLog(const std::filesystem::path& stem) {
  for (int number = 0; number < kMostLogs; ++number) {
    file_ = stem.string() + "-" + std::to_string(number);
    descriptor_ = Descriptor(::open(file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
    if (!descriptor_.open() && errno != EEXIST) refuse("make", file_);
    if (take(descriptor_)) return;
  }
  throw EnvironmentError("there are too many files like " + file_.string() + "; remove what is old");
}

void RecordLog::append(std::string_view record) {
  const Head head{static_cast<std::uint32_t>(record.size()), check_of(record)};
  std::string bytes(sizeof head + record.size(), '\0');
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, record.data(), record.size());
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = ::write(descriptor_.get(), bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) refuse("write", file_);
    written += static_cast<std::size_t>(count);
  }
}

void RecordLog::sync() {
  if (::fsync(descriptor_.get()) != 0) refuse("write", file_);
  // Its name too must survive.
  const Descriptor folder(::open(file_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.open() || ::fsync(folder.get()) != 0) refuse("write", file_.parent_path());
}

LeftRecordLog::LeftRecordLog(std::filesystem::path file) : file_(std::move(file)) {
  Descriptor descriptor(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  if (take(descriptor)) descriptor_ = std::move(descriptor);
}

std::int64_t read_record_log(const std::filesystem::path& file,
                             const std::function<void(const std::string& record)>& visit) {
  const OwnedFile stream(std::fopen(file.c_str(), "rbe"));
  struct stat status {};
  if (!stream || ::fstat(::fileno(stream.get()), &status) != 0) refuse("read", file);
  std::int64_t left = status.st_size;
  std::string record;
  Head head;
  while (left > 0) {
    if (std::fread(&head, sizeof head, 1, stream.get()) != 1 || head.length > kLongestRecord) return left;
    if (left < static_cast<std::int64_t>(sizeof head + head.length)) return left;
    record.resize(head.length);
    if (std::fread(record.data(), 1, record.size(), stream.get()) != record.size()) return left;
    if (check_of(record) != head.check) return left;
    visit(record);
    left -= static_cast<std::int64_t>(sizeof head + head.length);
  }
  return 0;
}

}  // namespace funcorr
