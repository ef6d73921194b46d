// funcorr-evaluate: rows of the results table × ground-truth pairs → metrics. Item: "<row>@<pair id>".
#include <algorithm>
#include <iostream>
#include <list>
#include <map>
#include <set>
#include <stdexcept>

#include <spdlog/spdlog.h>

#include "db/dataset/pair_file.h"
#include "db/format/artifact.h"
#include "db/format/npy.h"
#include "db/manifest/assets.h"
#include "db/manifest/evaluation.h"
#include "db/manifest/taxonomy.h"
#include "eval/embedder.h"
#include "eval/measurement/rows.h"
#include "eval/object_files.h"
#include "pipeline/large_blocks.h"
#include "pipeline/stage.h"
#include "stages/manifest_results.h"
#include "train/model/diffusion.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

// Models and the last embeddings, kept from item to item of one worker.
class EmbeddingCache {
 public:
  const Embedder& embedder(const fs::path& run) {
    const auto found = embedders_.find(run);
    return found != embedders_.end() ? found->second : embedders_.emplace(run, Embedder(run)).first->second;
  }

  // `run`: whose backbone is fused in; empty: none.
  const DiffusionPredictor& diffusion(const std::string& levels, const fs::path& run) {
    const auto found = diffusion_.find(run);
    return found != diffusion_.end() ? found->second
                                     : diffusion_.emplace(run, DiffusionPredictor(levels, run)).first->second;
  }

  template <typename Make>
  const Embedding& embedding(const std::string& key, const Make& make) {
    const auto found =
        std::find_if(recent_.begin(), recent_.end(), [&](const auto& e) { return e.first == key; });
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
    } else {
      if (recent_.size() >= kKept) recent_.pop_back();
      recent_.emplace_front(key, make());
    }
    return recent_.front().second;
  }

 private:
  static constexpr std::size_t kKept = 4;  // up to 154 MB each
  std::map<fs::path, Embedder> embedders_;
  std::map<fs::path, DiffusionPredictor> diffusion_;
  std::list<std::pair<std::string, Embedding>> recent_;
};

class EvaluateStage : public Stage {
 public:
  std::string name() const override { return "evaluate"; }
  std::string summary() const override {
    return "Measures label transfer and discovery of baselines and trained runs on ground-truth pairs.";
  }

  OptionTable options() const override {
    return {
        {.name = "rows",
         .type = OptionType::kStringList,
         .default_value = kRowNames,
         .help = "rows of the results table, the results of others are dropped; each but the baselines needs "
                 "a training run of its name",
         .effect = Effect::kNone},
        {.name = "runs",
         .type = OptionType::kStringList,
         .default_value = nlohmann::json::array(),
         .help = "row=run, for rows whose training run has another name"},
        {.name = "backbone_run",
         .type = OptionType::kString,
         .default_value = "",
         .help = "training run whose backbone the baselines use; empty: full, or the first there is"},
        {.name = "diffusion",
         .type = OptionType::kString,
         .default_value = "",
         .help =
             "features of Stable Diffusion for the rows sd and sd-dino (fused with backbone_run's, at 840 "
             "px): script:FILE.pt, whose forward takes [1, 3, 960, 960] and returns a list of levels [1, "
             "C, h, w]; or a folder of exported levels, UID/0007.safetensors with a tensor [C, h, w] each. "
             "Empty: both rows are left out"},
        {.name = "transfer_thresholds",
         .type = OptionType::kDoubleList,
         .default_value = kTransferThresholds,
         .unit = "px",
         .min = 0,
         .max = 224,
         .help = "k of PCK@k"},
        {.name = "discovery_thresholds",
         .type = OptionType::kDoubleList,
         .default_value = kDiscoveryThresholds,
         .unit = "px",
         .min = 0,
         .max = 224,
         .help = "k of F1@k and AP@k"},
        {.name = "save_predictions",
         .type = OptionType::kBool,
         .default_value = true,
         .help = "keep label transfer's pixels under eval/predictions, for the report's pictures"},
        {.name = "memory_limit_mb",
         .type = OptionType::kInt,
         .default_value = 12288,
         .unit = "MB",
         .min = 0,
         .max = 1e9,
         .help = "address space of a worker; 0: no limit",
         .effect = Effect::kNone},
    };
  }

  void list_items(StageContext& context, ItemSink& sink) override {
    resolve_runs(context);
    std::map<std::string, std::string> vlm_masks;  // uid → fingerprints of its masks
    for (const std::string& row : rows_) {
      const RowKind kind = row_kind(row);
      if (kind.needs_diffusion && context.options.get_string("diffusion").empty()) continue;
      std::string run_fingerprint;
      if (kind.needs_run || kind.needs_backbone) {
        const auto found = run_of_row_.find(row);
        if (found == run_of_row_.end()) {
          spdlog::warn("evaluate: row {} is left out: no training run of it is done", row);
          continue;
        }
        run_fingerprint = *done_fingerprint(*context.manifest, "train", found->second);
      }
      for_each_pair(*context.manifest, [&](const Pair& pair) {
        const auto made = done_fingerprint(*context.manifest, "pair", annotation_of(pair.id));
        if (!made) return;
        std::string upstream = *made + "+" + run_fingerprint;
        if (kind.needs_vlm_masks)
          for (const std::string& uid : {pair.uid_1, pair.uid_2})
            upstream += "+" + mask_fingerprints(*context.manifest, uid, vlm_masks);
        sink.want(evaluate_key(row, pair.id), upstream);
      });
    }
  }

  nlohmann::json describe(StageContext& context, const std::string& key) override {
    const std::string row = key.substr(0, key.find('@')), id = key.substr(key.find('@') + 1);
    const auto pair = find_pair(*context.manifest, id);
    if (!pair) throw std::runtime_error("evaluate: the pair " + id + " is not in the manifest");
    nlohmann::json job{{"row", row},
                       {"function", pair->function},
                       {"pair", id},
                       {"path", pair->path},
                       {"uid_1", pair->uid_1},
                       {"uid_2", pair->uid_2},
                       {"view_1", pair->view_1},
                       {"view_2", pair->view_2}};
    const RowKind kind = row_kind(row);
    if (kind.needs_run || kind.needs_backbone) job["run"] = run_of_row_.at(row);
    if (kind.needs_vlm_masks) {
      job["parts_1"] = functional_parts(*context.manifest, pair->category_1, pair->function);
      job["parts_2"] = functional_parts(*context.manifest, pair->category_2, pair->function);
    }
    return job;
  }

  std::vector<fs::path> readable_folders(StageContext& context) override {
    std::set<fs::path> folders;
    for (const auto& [row, run] : run_of_row_)
      for (const fs::path& folder : Embedder::folders_needed(context.workspace.run(run)))
        folders.insert(folder);
    if (const std::string levels = context.options.get_string("diffusion"); !levels.empty())
      folders.insert(DiffusionPredictor::folder_needed(levels));
    return {folders.begin(), folders.end()};
  }

  ItemResult work(StageContext& context, const std::string& key, const nlohmann::json& job) override {
    set_matching_threads(context.threads);
    const std::string row = job.at("row");
    const std::vector<PixelPair> truth =
        load_pair_file(context.workspace.root / job.at("path").get<std::string>());
    RowImage image_1 = load_image(context, job, "1"), image_2 = load_image(context, job, "2");
    if (row_kind(row).needs_diffusion) add_diffusion(context, job, image_1, image_2);
    if (count_pixels(image_1.object) == 0 || count_pixels(image_2.object) == 0)
      return ItemResult::rejected("empty_mask", "the object mask of a view is empty");
    const PairMatches matches =
        predict_row(row, image_1, image_2, truth, item_seed(context.seed, name(), key));
    if (context.options.get_bool("save_predictions")) save_predictions(context, job, matches);
    nlohmann::json metrics = nlohmann::json::array();
    for (const NamedMetric& metric :
         measure(truth, matches, context.options.get_doubles("transfer_thresholds"),
                 context.options.get_doubles("discovery_thresholds")))
      metrics.push_back({metric.direction, metric.name, metric.value});
    return ItemResult::done({{"row", row}, {"pair", job.at("pair")}, {"metrics", metrics}});
  }

  void commit(StageContext& context, const std::string&, const ItemResult& result) override {
    const std::string row = result.output.at("row"), pair = result.output.at("pair");
    std::vector<Metric> metrics;
    for (const nlohmann::json& metric : result.output.at("metrics"))
      metrics.push_back({row, pair, metric.at(0), metric.at(1), metric.at(2)});
    replace_metrics(*context.manifest, row, pair, metrics);
  }

  void end(StageContext& context) override {
    const Results results = manifest_results(*context.manifest, context.seed);
    if (context.json_output) {
      nlohmann::json functions = nlohmann::json::array();
      for (const ResultsTable& table : results.per_function()) functions.push_back(to_json(table));
      const nlohmann::json document{{"overall", to_json(results.overall())},
                                    {"within", to_json(results.within_categories())},
                                    {"across", to_json(results.across_categories())},
                                    {"lead", to_json(results.lead("full", "backbone"))},
                                    {"functions", functions}};
      std::cout << document.dump(2) << "\n";
      return;
    }
    if (results.empty()) return;
    for (const ResultsTable& table :
         {results.overall(), results.within_categories(), results.across_categories()})
      if (!table.rows.empty()) std::cout << to_text(table) << "\n";
    if (const ResultsTable lead = results.lead("full", "backbone"); !lead.rows.empty())
      std::cout << to_text(lead) << "\n";
    std::cout << "Means over (pair, direction) with 95 % bootstrap intervals over annotated pairs; * best.\n";
  }

 private:
  void resolve_runs(StageContext& context) {
    rows_ = context.options.get_strings("rows");
    std::map<std::string, std::string> renamed;
    for (const std::string& assignment : context.options.get_strings("runs")) {
      const auto equals = assignment.find('=');
      if (equals == std::string::npos)
        throw UsageError("evaluate: runs holds \"" + assignment + "\"; row=run is expected");
      renamed[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
    const auto trained = [&](const std::string& run) {
      return done_fingerprint(*context.manifest, "train", run).has_value();
    };
    std::string backbone_run = context.options.get_string("backbone_run");
    for (const std::string& run : {std::string("full"), first_run(*context.manifest)})
      if (backbone_run.empty() && !run.empty() && trained(run)) backbone_run = run;
    for (const std::string& row : rows_) {
      RowKind kind;
      try {
        kind = row_kind(row);
      } catch (const std::invalid_argument& error) {
        throw UsageError(std::string("evaluate: ") + error.what());
      }
      const std::string run = kind.needs_backbone     ? backbone_run
                              : renamed.contains(row) ? renamed.at(row)
                                                      : row;
      if ((kind.needs_backbone || kind.needs_run) && !run.empty() && trained(run)) run_of_row_[row] = run;
    }
  }

  static std::string first_run(Manifest& manifest) {
    std::string first;
    for_each_done_item(manifest, "train", [&](const DoneItem& item) {
      if (first.empty()) first = item.key;
    });
    return first;
  }

  static const std::string& mask_fingerprints(Manifest& manifest, const std::string& uid,
                                              std::map<std::string, std::string>& known) {
    const auto [entry, is_new] = known.try_emplace(uid);
    if (is_new)
      for_each_done_item(
          manifest, "mask",
          [&](const DoneItem& item) { entry->second += item.key + "=" + item.fingerprint + ";"; }, uid + "/");
    return entry->second;
  }

  static std::vector<std::string> functional_parts(Manifest& manifest, const std::string& category,
                                                   const std::string& function) {
    std::vector<std::string> names;
    for (const Part& part : parts_of_category(manifest, category))
      if (std::find(part.functions.begin(), part.functions.end(), function) != part.functions.end())
        names.push_back(part.name);
    return names;
  }

  RowImage load_image(const StageContext& context, const nlohmann::json& job, const std::string& which) {
    const std::string uid = job.at("uid_" + which), function = job.at("function");
    const int view = job.at("view_" + which);
    const fs::path folder = context.workspace.asset(uid);
    const CroppedView crop = load_cropped_view(folder, view);
    RowImage image;
    image.object = crop.object;
    const RowKind kind = row_kind(job.at("row"));
    if (kind.needs_vlm_masks) {
      image.vlm_mask.assign(crop.object.size(), 0);
      for (const std::string part : job.at("parts_" + which)) {
        const CropMask mask = load_cropped_mask(folder, view, context.workspace.mask(uid, part, view));
        for (std::size_t i = 0; i < mask.size(); ++i) image.vlm_mask[i] |= mask[i];
      }
    }
    if ((!kind.needs_backbone && !kind.needs_run) || kind.needs_diffusion) return image;
    const Embedder& embedder = cache_.embedder(context.workspace.run(job.at("run")));
    const std::string model =
        kind.needs_backbone ? "backbone" : job.at("run").get<std::string>() + "/" + function;
    const Embedding& embedding =
        cache_.embedding(model + "@" + uid + "/" + std::to_string(view), [&]() -> Embedding {
          if (kind.needs_backbone) return {embedder.embed_plain(crop.rgb), {}};
          return embedder.embed(crop.rgb, function);
        });
    image.features = embedding.features;
    image.mask_probability = embedding.mask_probability;
    return image;
  }

  // Both images together: the principal components are theirs.
  void add_diffusion(const StageContext& context, const nlohmann::json& job, RowImage& image_1,
                     RowImage& image_2) {
    const auto view = [&](const std::string& which) {
      const std::string uid = job.at("uid_" + which);
      const int number = job.at("view_" + which);
      return DiffusionPredictor::View{load_cropped_view(context.workspace.asset(uid), number).rgb, uid,
                                      number};
    };
    const fs::path run = job.contains("run") ? context.workspace.run(job.at("run")) : fs::path();
    auto [first, second] =
        cache_.diffusion(context.options.get_string("diffusion"), run).embed(view("1"), view("2"));
    image_1.features = {first.channels, std::move(first.values)};
    image_2.features = {second.channels, std::move(second.values)};
  }

  static void save_predictions(const StageContext& context, const nlohmann::json& job,
                               const PairMatches& matches) {
    const fs::path file = context.workspace.eval() / "predictions" / job.at("row").get<std::string>() /
                          (job.at("pair").get<std::string>() + ".npz");
    write_artifact(file, [&](const fs::path& temporary) {
      save_npz(temporary, {{"transfer_rowcol_2", rowcol_array(matches[0].transfer)},
                           {"transfer_rowcol_1", rowcol_array(matches[1].transfer)}});
    });
  }

  std::vector<std::string> rows_;
  std::map<std::string, std::string> run_of_row_;
  EmbeddingCache cache_;  // worker only
};

}  // namespace
}  // namespace funcorr

int main(int argc, char** argv) {
  funcorr::keep_large_blocks();
  funcorr::EvaluateStage stage;
  return funcorr::stage_main(argc, argv, stage);
}
