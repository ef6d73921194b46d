// A real stage program for the tests of the runtime: the mode of an item is the word before '-' in its key.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <unistd.h>

#include "db/manifest/taxonomy.h"
#include "db/format/artifact.h"
#include "db/format/hash.h"
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

std::string mode_of(const std::string& key) { return key.substr(0, key.find('-')); }

class FakeStage : public Stage {
 public:
  std::string name() const override { return "fake"; }
  std::string summary() const override { return "does what its items are called"; }
  OptionTable options() const override {
    using enum OptionType;
    return {
        {"list", kStringList, nlohmann::json::array(), "", 0, 0, {}, "the items, as mode-number"},
        {"count", kInt, 0, "items", 0, 1e6, {}, "so many items of mode ok besides"},
        {"work_ms", kInt, 0, "ms", 0, 60000, {}, "time that an item takes", Effect::kNone},
        {"in_process", kBool, false, "", 0, 0, {}, "work in the stage process", Effect::kNone},
        {"threads_used", kInt, 2, "", 1, 16, {}, "threads that report, in the stage process", Effect::kNone},
        {"batch", kInt, 64, "items", 1, 1000, {}, "items claimed at once", Effect::kNone},
        {"readable", kPathList, nlohmann::json::array(), "", 0, 0, {}, "folders that workers may read"},
        {"commit_throws", kString, "", "", 0, 0, {}, "the key whose rows cannot be stored", Effect::kNone},
    };
  }

  void begin(StageContext& context) override {
    in_process_ = context.options.get_bool("in_process");
    batch_ = static_cast<int>(context.options.get_int("batch"));
  }
  bool in_process() const override { return in_process_; }
  int batch_size() const override { return batch_; }

  void list_items(StageContext& context, ItemSink& sink) override {
    for (const std::string& key : context.options.get_strings("list")) sink.want(key, "v1");
    for (int i = 0; i < context.options.get_int("count"); ++i) {
      char key[16];
      std::snprintf(key, sizeof key, "ok-%06d", i);
      sink.want(key, "v1");
    }
  }
  nlohmann::json describe(StageContext&, const std::string& key) override {
    if (mode_of(key) == "undescribed") throw std::runtime_error("nothing is known of it");
    return {{"text", "job of " + key}, {"filling", std::string(mode_of(key) == "bigjob" ? 3 << 20 : 0, 'j')}};
  }
  std::vector<std::filesystem::path> readable_folders(StageContext& context) override {
    return context.options.get_paths("readable");
  }

  ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job) override;
  void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                      const std::function<void(const std::string&, ItemResult)>& finish) override;

  void commit(StageContext& context, const std::string& key, const ItemResult& result) override {
    upsert_function(*context.manifest, key, result.output.value("digest", result.error));
    if (key == context.options.get_string("commit_throws")) throw std::runtime_error("no room for its rows");
  }
  void end(StageContext&) override { std::cerr << "the fake stage ends\n"; }

 private:
  ItemResult make_artifact(const StageContext& context, const std::string& key) const;
  bool in_process_ = false;
  int batch_ = 64;
};

ItemResult FakeStage::make_artifact(const StageContext& context, const std::string& key) const {
  const std::uint64_t seed = item_seed(context.seed, name(), key);
  std::string content;
  for (int i = 0; i < 2000; ++i)
    content += sha256_hex(std::to_string(seed) + "/" + std::to_string(i), 32) + "\n";
  write_artifact(context.workspace.root / "artifacts" / key.substr(0, 5) / (key + ".txt"), content);
  return ItemResult::done({{"digest", sha256_hex(content, 16)}});
}

ItemResult FakeStage::work(StageContext& context, const std::string& key, const nlohmann::json& job) {
  const std::string mode = mode_of(key);
  sleep_ms(context.options.get_int("work_ms"));
  if (mode == "reject") return ItemResult::rejected("ugly", "it is not pretty");
  if (mode == "skip") return ItemResult::skipped("known", "it is known already");
  if (mode == "throw") throw std::runtime_error("thrown by work");
  if (mode == "environment") throw EnvironmentError("the HDRI is missing; put one there");
  if (mode == "fatal") return ItemResult::fatal("credit", "no credit left; add some");
  if (mode == "crash") {
    count_attempt(context.workspace, key);
    std::cerr << "about to crash" << std::endl;
    std::raise(SIGSEGV);
  }
  if (mode == "exit") std::_Exit(7);
  if (mode == "hang") {
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
  if (mode == "transient" && count_attempt(context.workspace, key) < 3) {
    return ItemResult::transient("busy", "the server is busy");
  }
  if (mode == "always") return ItemResult::transient("busy", "the server is busy");
  if (mode == "big") return ItemResult::done({{"digest", "big"}, {"filling", std::string(3 << 20, 'x')}});
  if (mode == "toobig") return ItemResult::done({{"filling", std::string(65 << 20, 'x')}});
  if (mode == "bigjob" && job.at("filling").get<std::string>().size() != 3 << 20)
    throw std::runtime_error("cut off");
  if (mode == "pid") return ItemResult::done({{"digest", std::to_string(::getpid())}});
  if (mode == "passwd") {
    const bool open = std::ifstream("/etc/passwd").is_open();
    return open ? ItemResult::done({{"digest", "opened"}})
                : ItemResult::rejected("closed", "cannot be opened");
  }
  if (mode == "once") count_attempt(context.workspace, key);
  if (mode == "full") throw std::system_error(ENOSPC, std::generic_category(), "writing points.npz");
  return make_artifact(context, key);
}

// Two threads report by turns, as a stage with requests in flight does.
void FakeStage::run_in_process(StageContext& context, const std::vector<Claimed>& items,
                               const std::function<void(const std::string&, ItemResult)>& finish) {
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> threads;
  std::exception_ptr error;
  std::mutex mutex;
  const auto loop = [&] {
    try {
      for (std::size_t i; (i = next++) < items.size() && !context.stop_requested();) {
        if (mode_of(items[i].key) == "silent") continue;
        finish(items[i].key, work(context, items[i].key, items[i].job));
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
    }
  };
  for (int i = 0; i < context.options.get_int("threads_used"); ++i) threads.emplace_back(loop);
  all_functions(*context.manifest);  // the stage's own connection, while the runtime commits on another
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::FakeStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
