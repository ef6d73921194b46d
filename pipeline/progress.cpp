#include "pipeline/progress.h"

#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pipeline/logging.h"

namespace funcorr {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::size_t terminal_columns() {
  winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

class ProgressSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ProgressSink(Progress& progress) : progress_(progress) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    progress_.print_line({text.data(), text.size()});
  }
  void flush_() override {}

 private:
  Progress& progress_;
};

}  // namespace

std::string progress_text(const std::string& stage, const ProgressCounts& counts, double elapsed_s) {
  std::string text = fmt::format("{}  {}/{}", stage, counts.ended, counts.total);
  if (counts.total > 0) {
    text += fmt::format("  {:.1f} %",
                        100.0 * static_cast<double>(counts.ended) / static_cast<double>(counts.total));
  }
  if (counts.ended > 0 && elapsed_s > 0) {
    const double rate = static_cast<double>(counts.ended) / elapsed_s;
    text += rate >= 0.1 ? fmt::format("  {:.2f}/s", rate) : fmt::format("  {:.1f} s each", 1 / rate);
    if (counts.total > counts.ended) {
      text += "  ETA " + duration_text(static_cast<double>(counts.total - counts.ended) / rate);
    }
  }
  if (counts.rejected > 0) text += fmt::format("  {} rejected", counts.rejected);
  if (counts.failed > 0) text += fmt::format("  {} failed", counts.failed);
  return text;
}

Progress::Progress(std::string stage, bool enabled, std::function<std::string()> note)
    : stage_(std::move(stage)),
      enabled_(enabled),
      terminal_(::isatty(STDERR_FILENO) == 1),
      note_(std::move(note)),
      started_s_(now_s()) {
  if (enabled_) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() { finish(); }

void Progress::finish() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    clear();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Progress::update(const ProgressCounts& counts) {
  const std::lock_guard lock(mutex_);
  counts_ = counts;
}

void Progress::print_line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear();
  write_all(text.ends_with('\n') ? std::string(text) : std::string(text) + "\n");
}

void Progress::clear() {
  if (drawn_) write_all("\r\x1b[K");
  drawn_ = false;
}

void Progress::draw(const std::string& text) {
  if (!terminal_) return write_all(text + "\n");
  write_all("\r\x1b[K" + text.substr(0, terminal_columns() - 1));
  drawn_ = true;
}

void Progress::run() {
  const std::chrono::milliseconds interval(terminal_ ? 500 : 10'000);
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, interval, [this] { return stop_; })) {
    lock.unlock();  // the note may take locks of the stage that are held while it logs
    const std::string note = note_ ? note_() : std::string();
    lock.lock();
    if (stop_) return;
    draw(progress_text(stage_, counts_, now_s() - started_s_) + (note.empty() ? "" : "  " + note));
  }
}

LogThroughProgress::LogThroughProgress(Progress& progress) {
  log_to(std::make_shared<ProgressSink>(progress));
}
LogThroughProgress::~LogThroughProgress() { log_to_stderr(); }

}  // namespace funcorr
