#include "pipeline/worker_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "pipeline/options.h"
#include "pipeline/shell.h"

namespace funcorr {
namespace {

using nlohmann::json;

constexpr double kStartLimit_s = 120;  // libraries to load, context to read

void do_not_wait(const Descriptor& descriptor) { ::fcntl(descriptor.get(), F_SETFL, O_NONBLOCK); }

Clock::duration seconds(double value) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
}

std::string limit_text(double limit_s) {
  json number = limit_s;
  return number.dump();
}

}  // namespace

WorkerProcess::WorkerProcess(const WorkerSettings& settings) : settings_(settings), started_(Clock::now()) {
  spawn();
  outgoing_ = to_line(to_json(settings_.context)) + "\n";
  write_pending();
}

// Signals from the terminal stay blocked until the worker ignores them.
void WorkerProcess::spawn() {
  Pipe jobs = make_pipe(), answers = make_pipe(), printed = make_pipe();
  ChildSetup setup{.name = settings_.program, .blocked_signals = {SIGINT, SIGTERM, SIGHUP}};
  setup.descriptors = {{jobs.read.get(), STDIN_FILENO},
                       {printed.write.get(), STDOUT_FILENO},
                       {printed.write.get(), STDERR_FILENO},
                       {answers.write.get(), kAnswerDescriptor}};
  process_ = ChildProcess("/proc/self/exe", {"--worker"}, setup);
  job_ = std::move(jobs.write);
  answer_ = std::move(answers.read);
  printed_ = std::move(printed.read);
  do_not_wait(job_);
  do_not_wait(answer_);
  do_not_wait(printed_);
}

bool WorkerProcess::accepts_jobs() const {
  const int assigned = served_ + static_cast<int>(jobs_.size());
  return !ended_ && job_.open() && (settings_.recycle_after == 0 || assigned < settings_.recycle_after);
}

void WorkerProcess::give(Job job) {
  outgoing_ += to_line({{"key", job.key}, {"attempt", job.attempt}, {"job", job.job}}) + "\n";
  if (jobs_.empty() && ready_) started_ = Clock::now();
  jobs_.push_back(std::move(job));
  write_pending();
}

void WorkerProcess::let_go() {
  if (outgoing_.empty()) job_ = {};
}

void WorkerProcess::add_polls(std::vector<pollfd>& polls) const {
  polls.push_back({answer_.get(), POLLIN, 0});
  if (printed_.open()) polls.push_back({printed_.get(), POLLIN, 0});
  if (!outgoing_.empty() && job_.open()) polls.push_back({job_.get(), POLLOUT, 0});
}

void WorkerProcess::write_pending() {
  while (!outgoing_.empty() && job_.open()) {
    const ssize_t written = ::write(job_.get(), outgoing_.data(), outgoing_.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // full, or the worker is gone: its answers' end will tell
    outgoing_.erase(0, static_cast<std::size_t>(written));
  }
}

void WorkerProcess::read_lines(const Descriptor& from, LineReader& into, bool& at_end) {
  std::array<char, 65536> bytes;
  while (!into.too_long()) {
    const ssize_t size = ::read(from.get(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) {
      at_end = true;
      return;
    }
    into.add({bytes.data(), static_cast<std::size_t>(size)});
  }
}

void WorkerProcess::take_printed_lines() {
  if (!printed_.open()) return;
  bool at_end = false;
  read_lines(printed_, lines_, at_end);
  const auto take = [&](const std::string& line) {
    if (line.empty()) return;
    last_line_ = line.substr(0, 400);
    if (settings_.on_line) settings_.on_line(line);
  };
  while (const auto line = lines_.next()) take(*line);
  if (at_end || lines_.too_long()) take(lines_.take_rest());
  if (at_end) printed_ = {};
}

std::vector<Attempt> WorkerProcess::exchange() {
  std::vector<Attempt> attempts;
  if (ended_) return attempts;
  write_pending();
  bool at_end = false;
  read_lines(answer_, answers_, at_end);
  take_printed_lines();
  while (const auto line = answers_.next()) {
    if (auto attempt = take_answer(*line)) attempts.push_back(std::move(*attempt));
  }
  garbled_ = garbled_ || answers_.too_long();
  if (garbled_) process_.kill(SIGKILL);
  if (at_end || garbled_) reap();
  if (!ended_ && jobs_.empty() && !accepts_jobs()) let_go();
  return attempts;
}

std::optional<Attempt> WorkerProcess::take_answer(const std::string& line) {
  if (garbled_) return std::nullopt;
  try {
    const json message = json::parse(line);
    if (message.contains("fatal")) {
      fatal_ = message.at("fatal").get<std::string>();
      return std::nullopt;
    }
    const Clock::time_point now = Clock::now();
    if (message.contains("ready")) {
      ready_ = true;
      landlock_ = message.at("landlock").get<bool>();
      started_ = now;
      return std::nullopt;
    }
    WorkerAnswer answer = answer_from_json(message);
    if (jobs_.empty()) throw std::runtime_error("an answer without a question");
    Attempt attempt{
        jobs_.front().key,       jobs_.front().attempt, std::move(answer.result), answer.broken, 0,
        answer.peak_memory_bytes};
    attempt.seconds = std::chrono::duration<double>(now - started_).count();
    jobs_.pop_front();
    ++served_;
    started_ = now;
    return attempt;
  } catch (const std::exception&) {
    garbled_ = true;
    return std::nullopt;
  }
}

std::optional<Clock::time_point> WorkerProcess::deadline() const {
  if (ended_) return std::nullopt;
  if (!ready_) return started_ + seconds(kStartLimit_s);
  if (jobs_.empty() || settings_.time_limit_s <= 0) return std::nullopt;
  return started_ + seconds(settings_.time_limit_s);
}

void WorkerProcess::enforce_time_limit() {
  const auto end = deadline();
  if (!end || Clock::now() < *end) return;
  timed_out_ = true;
  process_.kill(SIGKILL);
  reap();
}

void WorkerProcess::reap() {
  ended_ = true;
  // Its end of the answers closes a moment before it has ended; closing it without ending counts as the end
  // too.
  for (int tries = 0; tries < 100 && !timed_out_ && !garbled_ && process_.running(); ++tries) ::usleep(2000);
  process_.kill(SIGKILL);
  end_ = process_.wait();
  take_printed_lines();
  job_ = {};
}

std::string WorkerProcess::last_words() const {
  std::string how;
  if (timed_out_ && !ready_) {
    how = "the worker did not start within " + limit_text(kStartLimit_s) + " s";
  } else if (timed_out_) {
    how = "no answer within " + limit_text(settings_.time_limit_s) + " s (time_limit_s); worker killed";
  } else if (garbled_) {
    how = "the worker answered something that is no answer; worker killed";
  } else if (end_.signal != 0) {
    const int number = end_.signal;
    how = "worker died of signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
    if (number == SIGKILL) how += ", sent from outside: out of memory?";
  } else {
    how = "worker exited with status " + std::to_string(end_.exit_status) + " before it answered";
  }
  return last_line_.empty() ? how : how + "; it last printed: " + last_line_;
}

std::optional<Attempt> WorkerProcess::lost_attempt() {
  if (!ready_ || jobs_.empty()) return std::nullopt;
  Attempt attempt;
  attempt.key = jobs_.front().key;
  attempt.number = jobs_.front().attempt;
  attempt.broken = true;
  std::string kind =
      end_.signal != 0 ? "signal " + std::to_string(end_.signal) : "exit " + std::to_string(end_.exit_status);
  if (garbled_) kind = "bad_answer";
  if (timed_out_) kind = "timeout";
  attempt.result =
      transient(kind, last_words() + "; repeat with: " +
                          shell_command({settings_.program, "--workspace",
                                         settings_.context.workspace.string(), "--item", attempt.key}));
  attempt.seconds = std::chrono::duration<double>(Clock::now() - started_).count();
  attempt.peak_memory_bytes = end_.usage.ru_maxrss * 1024;
  jobs_.pop_front();
  return attempt;
}

std::vector<Job> WorkerProcess::untouched_jobs() {
  std::vector<Job> jobs(std::make_move_iterator(jobs_.begin()), std::make_move_iterator(jobs_.end()));
  jobs_.clear();
  return jobs;
}

}  // namespace funcorr
