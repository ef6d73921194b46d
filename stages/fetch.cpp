// funcorr-fetch: lists of URLs → checked files in a folder, which catalog then looks through. Item: a file's
// path in that folder.
#include <atomic>
#include <iostream>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "pipeline/stage.h"
#include "stages/fetch/downloader.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

class FetchStage : public Stage {
 public:
  std::string name() const override { return "fetch"; }
  std::string summary() const override {
    return "Downloads assets from lists of URLs; continues what was interrupted, checks what arrived.";
  }
  bool in_process() const override { return true; }

  OptionTable options() const override {
    constexpr Effect kNone = Effect::kNone;
    return {
        {.name = "lists",
         .type = OptionType::kPathList,
         .default_value = nlohmann::json::array(),
         .help = "tables (CSV, TSV) with url or path, and any of path, uid, sha256, bytes; or "
                 "object-paths.json(.gz) of Objaverse"},
        {.name = "base_url", .default_value = "", .help = "what paths and URLs without a scheme are beneath"},
        {.name = "into",
         .type = OptionType::kPath,
         .default_value = "downloads",
         .help = "folder of the files, to be named in catalog.roots"},
        {.name = "max_file_mb",
         .type = OptionType::kInt,
         .default_value = 512,
         .unit = "MB",
         .min = 1,
         .max = 65536,
         .help = "a larger file is rejected"},
        {.name = "connections",
         .type = OptionType::kInt,
         .default_value = 8,
         .min = 1,
         .max = 64,
         .help = "downloads at once",
         .effect = kNone},
        {.name = "connect_timeout_s",
         .type = OptionType::kDouble,
         .default_value = 15,
         .unit = "s",
         .min = 0.1,
         .max = 600,
         .help = "to reach a server",
         .effect = kNone},
        {.name = "stall_timeout_s",
         .type = OptionType::kDouble,
         .default_value = 30,
         .unit = "s",
         .min = 1,
         .max = 3600,
         .help = "without a byte, a download has failed (and is tried again)",
         .effect = kNone},
    };
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    downloads_.clear();
    for (const fs::path& list : context.options.get_paths("lists")) read(context, list);
    for (const auto& [path, download] : downloads_)
      sink.want(path, fmt::format("{} {} {}", download.url, download.sha256, download.bytes));
  }

  void run_in_process(StageContext& context, const std::vector<Claimed>& items,
                      const std::function<void(const std::string&, ItemResult)>& finish) override {
    const Options& options = context.options;
    const DownloadLimits limits{options.get_int("max_file_mb") << 20, options.get_double("connect_timeout_s"),
                                options.get_double("stall_timeout_s")};
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex failure_mutex;
    const auto work = [&] {
      try {
        for (std::size_t i = next++; i < items.size() && !context.stop_requested(); i = next++)
          finish(items[i].key, download(downloads_.at(items[i].key), options.get_path("into"), limits,
                                        context.stop_requested));
      } catch (...) {
        const std::scoped_lock lock(failure_mutex);
        failure = std::current_exception();
        next = items.size();
      }
    };
    std::vector<std::jthread> threads;
    const auto connections = static_cast<std::size_t>(options.get_int("connections"));
    for (std::size_t i = 0; i < std::min(connections, items.size()); ++i) threads.emplace_back(work);
    threads.clear();
    if (failure) std::rethrow_exception(failure);
  }

  void commit(StageContext&, const std::string&, const ItemResult& result) override {
    bytes_ += result.output.at("bytes").get<std::int64_t>();
    ++files_;
  }

  void end(StageContext& context) override {
    if (context.json_output || downloads_.empty()) return;
    std::cout << fmt::format("{} files, {:.1f} MB, in {}\n", files_, static_cast<double>(bytes_) * 1e-6,
                             context.options.get_path("into").string());
  }

 private:
  void read(const StageContext& context, const fs::path& list) {
    try {
      for (Download& download : read_download_list(list, context.options.get_string("base_url"))) {
        const std::string path = download.path;
        if (!downloads_.try_emplace(path, std::move(download)).second)
          throw std::runtime_error(list.string() + ": another list has the path '" + path + "' too");
      }
    } catch (const std::runtime_error& error) {
      throw UsageError(std::string("lists: ") + error.what());
    }
  }

  std::map<std::string, Download> downloads_;
  std::int64_t files_ = 0, bytes_ = 0;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::FetchStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
