// funcorr-fetch: lists of URLs → checked files in a folder, which catalog then looks through. Item: a file's
// path in that folder.
#include <iostream>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/stage.h"
#include "stages/fetch/downloader.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

struct FetchOptions {
  std::vector<fs::path> lists;
  std::string base_url;
  fs::path into = "downloads";
  DownloadOptions download;

  static const OptionList<FetchOptions>& options() {
    static const OptionList<FetchOptions> list{
        option("lists", &FetchOptions::lists)
            .help("tables (CSV, TSV) with url or path, and any of path, uid, sha256, bytes; or "
                  "object-paths.json(.gz) of Objaverse"),
        option("base_url", &FetchOptions::base_url)
            .help("address that paths, and URLs without a scheme, are beneath"),
        option("into", &FetchOptions::into).help("folder of the files, to be named in catalog.roots"),
        options_of(&FetchOptions::download),
    };
    return list;
  }
};

struct FetchedFile {
  std::int64_t bytes = 0;
};

class FetchStage : public InProcessStage<FetchOptions, Download, FetchedFile> {
 public:
  std::string name() const override { return "fetch"; }
  std::string summary() const override {
    return "Downloads assets from lists of URLs; continues what was interrupted, checks what arrived.";
  }

  void list(StageContext&, ItemSink& sink) override {
    try {
      downloads_ = read_download_lists(options().lists, options().base_url);
    } catch (const std::runtime_error& error) {
      throw UsageError(std::string("lists: ") + error.what());
    }
    for (const auto& [path, download] : downloads_)
      sink.want(path, fmt::format("{} {} {}", download.url, download.sha256, download.bytes));
  }

  Download describe(StageContext&, const std::string& key) override { return downloads_.at(key); }

  void run(StageContext& context, std::vector<Claimed> items, const Finish& finish) override {
    const auto fetch = [&](std::size_t i) {
      finish(items[i].key,
             result_of(download(items[i].job, options().into, options().download, context.stop_requested)));
    };
    download_all(items.size(), options().download, fetch, context.stop_requested);
  }

  void commit(StageContext&, const std::string&, const FetchedFile& file) override {
    bytes_ += file.bytes;
    ++files_;
  }

  void end(StageContext& context) override {
    if (context.json_output || downloads_.empty()) return;
    std::cout << fmt::format("{} files, {:.1f} MB, in {}\n", files_, static_cast<double>(bytes_) * 1e-6,
                             options().into.string());
  }

 private:
  static Result<FetchedFile> result_of(const DownloadOutcome& outcome) {
    switch (outcome.end) {
      case DownloadOutcome::End::kArrived:
        return FetchedFile{outcome.bytes};
      case DownloadOutcome::End::kRefused:
        return rejected(outcome.error_kind, outcome.error);
      case DownloadOutcome::End::kFailed:
        break;
    }
    Ending ending = transient(outcome.error_kind, outcome.error);
    ending.retry_after_seconds = outcome.retry_after_s;
    return ending;
  }

  std::map<std::string, Download> downloads_;  // by path
  std::int64_t files_ = 0, bytes_ = 0;
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) { return funcorr::in_process_stage_main<funcorr::FetchStage>(argc, argv); }
