// A real stage program for the tests of the runtime: the mode of an item is the word before '-' in its key.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <vector>

#include <unistd.h>

#include "db/format/artifact.h"
#include "db/format/hash.h"
#include "db/manifest/taxonomy.h"
#include "pipeline/stage.h"

namespace funcorr {
namespace {

void sleep_ms(std::int64_t milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Counts the attempts of an item in the workspace: workers share nothing else.
int count_attempt(const Workspace& workspace, const std::string& key) {
  const std::filesystem::path file = workspace.root / "attempts" / key;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::app) << "x";
  return static_cast<int>(std::filesystem::file_size(file));
}

// Waits until two stage processes work in the workspace; this is one of them.
void meet_another(const Workspace& workspace, pid_t stage_process) {
  const std::filesystem::path folder = workspace.root / "present";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / std::to_string(stage_process)) << "here";
  while (std::distance(std::filesystem::directory_iterator(folder), {}) < 2) sleep_ms(5);
}

std::string mode_of(const std::string& key) { return key.substr(0, key.find('-')); }

struct FakeOptions {
  std::vector<std::string> list;
  int count = 0;
  int work_ms = 0;
  bool in_process = false;
  int threads_used = 2;
  int batch = 64;
  std::vector<std::filesystem::path> readable;
  std::string commit_throws;

  static const OptionList<FakeOptions>& options() {
    static const OptionList<FakeOptions> list{
        option("list", &FakeOptions::list).help("the items, as mode-number"),
        option("count", &FakeOptions::count).range(0, 1e6).unit("items").help("items of mode ok besides"),
        option("work_ms", &FakeOptions::work_ms)
            .range(0, 60000)
            .unit("ms")
            .help("time that an item takes")
            .leaves_results(),
        option("in_process", &FakeOptions::in_process).help("work in the stage process").leaves_results(),
        option("threads_used", &FakeOptions::threads_used)
            .range(1, 16)
            .help("threads that report, in the stage process")
            .leaves_results(),
        option("batch", &FakeOptions::batch)
            .range(1, 1000)
            .unit("items")
            .help("items claimed at once")
            .leaves_results(),
        option("readable", &FakeOptions::readable).help("folders that workers may read"),
        option("commit_throws", &FakeOptions::commit_throws)
            .help("the key whose rows cannot be stored")
            .leaves_results(),
    };
    return list;
  }
};

struct FakeJob {
  std::string text, filling;
  static constexpr auto members() {
    return std::tuple{member("text", &FakeJob::text), member("filling", &FakeJob::filling)};
  }
};

struct FakeProduct {
  std::string digest, filling;
  static constexpr auto members() {
    return std::tuple{member("digest", &FakeProduct::digest), member("filling", &FakeProduct::filling)};
  }
};

// Does an item, in a worker or in the stage process.
class FakeWorker {
 public:
  FakeWorker(const FakeOptions& options, const WorkContext& context) : options_(options), context_(context) {}
  Result<FakeProduct> work(const std::string& key, const FakeJob& job);

 private:
  FakeProduct make_artifact(const std::string& key) const;

  FakeOptions options_;
  WorkContext context_;
};

FakeProduct FakeWorker::make_artifact(const std::string& key) const {
  const std::uint64_t seed = item_seed(context_.seed, "fake", key);
  std::string content;
  for (int i = 0; i < 2000; ++i)
    content += sha256_hex(std::to_string(seed) + "/" + std::to_string(i), 32) + "\n";
  write_artifact(context_.workspace.root / "artifacts" / key.substr(0, 5) / (key + ".txt"), content);
  return {sha256_hex(content, 16), {}};
}

Result<FakeProduct> FakeWorker::work(const std::string& key, const FakeJob& job) {
  const std::string mode = mode_of(key);
  sleep_ms(options_.work_ms);
  if (mode == "reject") return rejected("ugly", "it is not pretty");
  if (mode == "skip") return skipped("known", "it is known already");
  if (mode == "throw") throw std::runtime_error("thrown by work");
  if (mode == "environment") throw EnvironmentError("the HDRI is missing; put one there");
  if (mode == "fatal") return fatal("credit", "no credit left; add some");
  if (mode == "crash") {
    count_attempt(context_.workspace, key);
    std::cerr << "about to crash" << std::endl;
    std::raise(SIGSEGV);
  }
  if (mode == "exit") std::_Exit(7);
  if (mode == "hang") {
    count_attempt(context_.workspace, key);
    while (true) sleep_ms(1000);
  }
  if (mode == "eat") {
    std::vector<std::vector<char>> eaten;
    while (true) eaten.emplace_back(64 << 20, 'x');
  }
  if (mode == "print") {
    std::printf("{\"key\":\"print\",\"outcome\":2}\n");
    std::cout << "not an answer" << std::endl;
  }
  if (mode == "transient" && count_attempt(context_.workspace, key) < 3) {
    return transient("busy", "the server is busy");
  }
  if (mode == "always") return transient("busy", "the server is busy");
  if (mode == "big") return FakeProduct{"big", std::string(3 << 20, 'x')};
  if (mode == "toobig") return FakeProduct{"", std::string(65 << 20, 'x')};
  if (mode == "bigjob" && job.filling.size() != 3 << 20) throw std::runtime_error("cut off");
  if (mode == "pid") return FakeProduct{std::to_string(::getpid()), ""};
  if (mode == "passwd") {
    const bool open = std::ifstream("/etc/passwd").is_open();
    if (!open) return rejected("closed", "cannot be opened");
    return FakeProduct{"opened", ""};
  }
  if (mode == "meet") {
    meet_another(context_.workspace, options_.in_process ? ::getpid() : ::getppid());
    count_attempt(context_.workspace, key);
  }
  if (mode == "full") throw std::system_error(ENOSPC, std::generic_category(), "writing points.npz");
  return make_artifact(key);
}

// The stage process's half, whichever way the items are done.
template <typename Kind>
class FakeStage : public Kind {
 public:
  std::string name() const override { return "fake"; }
  std::string summary() const override { return "does what its items are called"; }
  int batch_size() const override { return this->options().batch; }

  void list(StageContext&, ItemSink& sink) override {
    for (const std::string& key : this->options().list) sink.want(key, "v1");
    for (int i = 0; i < this->options().count; ++i) {
      char key[16];
      std::snprintf(key, sizeof key, "ok-%06d", i);
      sink.want(key, "v1");
    }
  }
  FakeJob describe(StageContext&, const std::string& key) override {
    if (mode_of(key) == "undescribed") throw std::runtime_error("nothing is known of it");
    return {"job of " + key, std::string(mode_of(key) == "bigjob" ? 3 << 20 : 0, 'j')};
  }
  void commit(StageContext& context, const std::string& key, const FakeProduct& product) override {
    upsert_function(context.manifest, key, product.digest);
    if (key == this->options().commit_throws) throw std::runtime_error("no room for its rows");
  }
  void end(StageContext&) override { std::cerr << "the fake stage ends\n"; }
};

class FakeStageOfWorkers : public FakeStage<WorkerStage<FakeOptions, FakeJob, FakeProduct>> {
 public:
  std::vector<std::filesystem::path> readable_folders(StageContext&) override { return options().readable; }
};

// Threads report by turns, as a stage with requests in flight does.
class FakeStageInProcess : public FakeStage<InProcessStage<FakeOptions, FakeJob, FakeProduct>> {
 public:
  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    FakeWorker worker(options(), {context.workspace, context.seed, context.threads});
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    std::exception_ptr error;
    std::mutex mutex;
    const auto loop = [&] {
      try {
        for (std::size_t i; (i = next++) < items.size() && !context.stop_requested();) {
          if (mode_of(items[i].key) == "silent") continue;
          finish(items[i].key, worker.work(items[i].key, items[i].job));
        }
      } catch (...) {
        const std::lock_guard lock(mutex);
        error = std::current_exception();
      }
    };
    for (int i = 0; i < options().threads_used; ++i) threads.emplace_back(loop);
    all_functions(context.manifest);  // the stage's own connection, while the runtime commits on another
    for (std::thread& thread : threads) thread.join();
    if (error) std::rethrow_exception(error);
  }
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  using namespace funcorr;
  if (std::find(argv, argv + argc, std::string("--in-process")) != argv + argc)
    return in_process_stage_main<FakeStageInProcess>(argc, argv);
  return stage_main<FakeStageOfWorkers, FakeWorker>(argc, argv);
}
