#include "stages/fetch/downloader.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "db/format/artifact.h"
#include "db/format/error.h"
#include "db/format/file.h"
#include "db/format/hash.h"
#include "db/format/text.h"
#include "labeling/client/curl_handle.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

std::int64_t max_bytes(const DownloadOptions& options) { return options.max_file_mb << 20; }

DownloadOutcome arrived(std::int64_t bytes) { return {DownloadOutcome::End::kArrived, bytes, {}, {}, 0}; }

DownloadOutcome refused(std::string kind, std::string why) {
  return {DownloadOutcome::End::kRefused, 0, std::move(kind), std::move(why), 0};
}

DownloadOutcome failed(std::string kind, std::string why, double retry_after_s = 0) {
  return {DownloadOutcome::End::kFailed, 0, std::move(kind), std::move(why), retry_after_s};
}

[[noreturn]] void disk_failure(const fs::path& file) {
  throw EnvironmentError("cannot write " + file.string() + ": " + std::strerror(errno));
}

std::string read_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::int64_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

// One answer of the server, written to the .part file as it comes.
class Transfer {
 public:
  Transfer(const Download& what, const fs::path& target, const DownloadOptions& options,
           const std::function<bool()>& stop)
      : what_(what),
        part_(target.string() + ".part"),
        tag_(target.string() + ".part.etag"),
        options_(options),
        stop_(stop) {}

  // Status 200 or 206: the .part file is complete as far as the server goes.
  CURLcode run() {
    const std::string known_tag = read_line(tag_);
    resume_from_ = known_tag.empty() ? 0 : size_of(part_);
    const CurlEasy curl(curl_easy_init());
    CurlList headers;
    if (resume_from_ > 0) {
      append(headers, ("If-Range: " + known_tag).c_str());
      curl_easy_setopt(curl.get(), CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(resume_from_));
      curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    }
    set_options(curl.get());
    const CURLcode code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_off_t wait = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RETRY_AFTER, &wait);
    retry_after_s = static_cast<double>(wait);
    if (out_ != nullptr && (std::fflush(out_.get()) != 0 || fsync(fileno(out_.get())) != 0))
      disk_failure(part_);
    if (write_failed_) disk_failure(part_);
    out_.reset();
    return code;
  }

  const fs::path& part() const { return part_; }
  const fs::path& tag() const { return tag_; }
  bool too_large() const { return too_large_; }
  const char* message() const { return message_; }

  long status = 0;
  double retry_after_s = 0;

 private:
  void set_options(CURL* curl) {
    const auto milliseconds = [](double seconds) { return static_cast<long>(1000 * seconds); };
    curl_easy_setopt(curl, CURLOPT_URL, what_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "funcorr");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout_s));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, std::max(1L, static_cast<long>(options_.stall_timeout_s)));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message_);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Transfer::on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
    curl_ = curl;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    std::string line(data, size * count);
    auto& transfer = *static_cast<Transfer*>(self);
    if (line.starts_with("HTTP/")) transfer.answered_tag_.clear();
    if (lower_case(line.substr(0, 5)) == "etag:") {
      const std::size_t begin = line.find_first_not_of(" \t", 5), end = line.find_last_not_of(" \t\r\n");
      if (begin != std::string::npos && end >= begin)
        transfer.answered_tag_ = line.substr(begin, end - begin + 1);
    }
    return size * count;
  }

  static std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* self) {
    return static_cast<Transfer*>(self)->write(data, size * count) ? size * count : 0;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Transfer*>(self)->stop_() ? 1 : 0;
  }

  bool write(const char* data, std::size_t size) {
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206) return true;  // an error's page: not kept
    if (out_ == nullptr && !open()) return false;
    written_ += static_cast<std::int64_t>(size);
    too_large_ = written_ > max_bytes(options_);
    if (too_large_) return false;
    write_failed_ = std::fwrite(data, 1, size, out_.get()) != size;
    return !write_failed_;
  }

  // 206 continues the .part file, 200 begins it again; weak tags do not vouch for bytes.
  bool open() {
    const bool continues = status == 206 && resume_from_ > 0;
    out_.reset(std::fopen(part_.c_str(), continues ? "ab" : "wb"));
    written_ = continues ? resume_from_ : 0;
    write_failed_ = out_ == nullptr;
    if (answered_tag_.starts_with("W/")) answered_tag_.clear();
    std::ofstream(tag_) << answered_tag_ << '\n';
    return out_ != nullptr;
  }

  const Download& what_;
  fs::path part_, tag_;
  const DownloadOptions& options_;
  const std::function<bool()>& stop_;
  CURL* curl_ = nullptr;
  OwnedFile out_;
  std::string answered_tag_;
  std::int64_t resume_from_ = 0, written_ = 0;
  bool too_large_ = false, write_failed_ = false;
  char message_[CURL_ERROR_SIZE] = "";
};

// What is wrong with the bytes; empty when nothing is.
std::string damage_of(const Download& what, const fs::path& file) {
  const std::int64_t size = size_of(file);
  if (what.bytes >= 0 && size != what.bytes)
    return fmt::format("{} bytes arrived, the list says {}", size, what.bytes);
  if (!what.sha256.empty() && sha256_file(file) != what.sha256) return "its SHA-256 is not the list's";
  if (fs::path(what.path).extension() != ".glb") return "";
  char head[12] = "";
  std::ifstream(file, std::ios::binary).read(head, sizeof head);
  std::uint32_t length = 0;
  std::memcpy(&length, head + 8, 4);
  if (std::memcmp(head, "glTF", 4) == 0 && static_cast<std::int64_t>(length) > size)
    return fmt::format("{} bytes arrived, the GLB says {}", size, length);
  return "";
}

DownloadOutcome failed_status(const Transfer& transfer) {
  const std::string kind = "http_" + std::to_string(transfer.status),
                    text = fmt::format("the server answers {}", transfer.status);
  const bool may_pass = transfer.status >= 500 || transfer.status == 429 || transfer.status == 408;
  return may_pass ? failed(kind, text, transfer.retry_after_s) : refused(kind, text);
}

void discard(const Transfer& transfer) {
  std::error_code ignored;
  fs::remove(transfer.part(), ignored);
  fs::remove(transfer.tag(), ignored);
}

}  // namespace

const OptionList<DownloadOptions>& DownloadOptions::options() {
  using D = DownloadOptions;
  static const OptionList<D> list{
      option("max_file_mb", &D::max_file_mb)
          .range(1, 65536)
          .unit("MB")
          .help("largest file; a larger one is rejected"),
      option("connections", &D::connections).range(1, 64).help("downloads at once").leaves_results(),
      option("connect_timeout_s", &D::connect_timeout_s)
          .range(0.1, 600)
          .unit("s")
          .help("time within which a server must be reached")
          .leaves_results(),
      option("stall_timeout_s", &D::stall_timeout_s)
          .range(1, 3600)
          .unit("s")
          .help("time without a byte after which a download has failed (and is tried again)")
          .leaves_results(),
  };
  return list;
}

DownloadOutcome download(const Download& what, const fs::path& folder, const DownloadOptions& options,
                         const std::function<bool()>& stop) {
  initialize_curl();
  DownloadOptions::options().check(options);
  const fs::path target = folder / what.path;
  if (!what.sha256.empty() && fs::is_regular_file(target) && sha256_file(target) == what.sha256)
    return arrived(size_of(target));
  if (what.bytes > max_bytes(options))
    return refused("too_large",
                   fmt::format("{} bytes, at most {} are allowed", what.bytes, max_bytes(options)));
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) throw EnvironmentError("cannot make " + target.parent_path().string() + ": " + error.message());
  Transfer transfer(what, target, options, stop);
  const CURLcode code = transfer.run();
  if (transfer.too_large()) {
    discard(transfer);
    return refused("too_large", fmt::format("more than {} bytes", max_bytes(options)));
  }
  if (stop()) return failed("interrupted", "stopped while downloading; what arrived is kept");
  if (transfer.status == 416) {  // the part is no beginning of what is there now
    discard(transfer);
    return failed("http_416", "the file changed on the server");
  }
  if (code != CURLE_OK)
    return failed("connection", *transfer.message() != 0 ? transfer.message() : curl_easy_strerror(code));
  if (transfer.status != 200 && transfer.status != 206) return failed_status(transfer);
  if (size_of(transfer.part()) == 0) return refused("empty", "the server sends no bytes");
  if (const std::string damage = damage_of(what, transfer.part()); !damage.empty()) {
    discard(transfer);
    return failed("damaged", damage);
  }
  const std::int64_t bytes = size_of(transfer.part());
  write_artifact(target, [&](const fs::path& temporary) { fs::rename(transfer.part(), temporary); });
  fs::remove(transfer.tag(), error);
  return arrived(bytes);
}

void download_all(std::size_t count, const DownloadOptions& options,
                  const std::function<void(std::size_t)>& download_one, const std::function<bool()>& stop) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < count && !stop(); i = next++) download_one(i);
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      failure = std::current_exception();
      next = count;
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(options.connections), count); ++i)
    threads.emplace_back(work);
  threads.clear();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace funcorr
