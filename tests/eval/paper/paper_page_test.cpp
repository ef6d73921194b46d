#include "eval/paper/paper_page.h"

#include "db/dataset/report.h"
#include "db/format/file.h"
#include "db/format/json.h"
#include "tests/catch.h"
#include "tests/eval/crop_workspace.h"
#include "tests/eval/metric/measured.h"

namespace funcorr {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("a sweep's run that changes a loss's weight alone is called by it") {
  const auto label = [](const std::string& changes, const std::string& seed = {}) {
    return weights_label({"run", "setting", changes, seed, "full", "f"});
  };
  CHECK(label("full") == "base");
  CHECK(label("full,seed=2", "2") == "base");
  CHECK(label("full,spatial_weight=3") == "λ_spatial = 3");
  CHECK(label("full,mask_weight=0.1,seed=2", "2") == "λ_mask = 0.1");
  CHECK(label("full,mask_weight=0.1,spatial_weight=3").empty());
  CHECK(label("functional").empty());
  CHECK(label("full,steps=3").empty());
}

TEST_CASE("the paper's page says of an empty workspace what makes its tables") {
  const tests::CropWorkspace made;
  write_paper(made.workspace(), {}, "of a test");
  const std::string page = read_text_file(paper_page_path(made.workspace()));
  CHECK_THAT(page, ContainsSubstring("<code>funcorr paper</code>") && ContainsSubstring("of a test"));
}

TEST_CASE("the paper's page holds its tables, weights of the losses, costs and how slow models are") {
  const tests::CropWorkspace made;
  PaperContents contents;
  PaperSet own{PairSet::kOwn, 2, Results(1), Results(1)};
  for (const char* annotated : {"a", "b"}) {
    own.results.add(tests::measured("full", annotated, "f", true, "transfer.pck@23", 0.5));
    own.results.add(tests::measured("functional", annotated, "f", true, "transfer.pck@23", 0.25));
    own.weights.add(tests::measured("base", annotated, "f", true, "transfer.pck@23", 0.5));
    own.weights.add(tests::measured("λ_spatial = 3", annotated, "f", true, "transfer.pck@23", 0.625));
  }
  contents.sets.push_back(own);
  contents.stages = {{"stage", "seconds"}, {{"ground", "1800"}, {"train", "5400"}}, {false, true}};
  contents.spend = {{"stage", "tokens_in", "tokens_out", "cost"},
                    {{"ground", "100", "20", "0.5"}, {"locate", "7", "3", "0.25"}},
                    {false, true, true, true}};
  contents.times = {0.5, {{"cogvlm", 12.5}}};
  const std::string text = to_text(contents);
  CHECK_THAT(text,
             ContainsSubstring("λ_spatial = 3 − base") && ContainsSubstring("0.125") &&
                 ContainsSubstring("within categories, own pairs") &&
                 ContainsSubstring("Costs: 2.00 hours of all stages' items, 130 tokens, 0.75 of money") &&
                 ContainsSubstring("cogvlm: 12.5 s a question about an image, 50 times"));
  write_paper(made.workspace(), contents, "of a test");
  CHECK_THAT(read_text_file(paper_page_path(made.workspace())),
             ContainsSubstring("over Ours (functional only)") && ContainsSubstring("λ_spatial = 3") &&
                 ContainsSubstring("<b>2.00</b>") && ContainsSubstring("about 1000 times"));
  const nlohmann::json json = read_json(paper_table_path(made.workspace(), "json"));
  CHECK(json.at("tables").size() == 2);
  CHECK(json.at("tables")[0].at("rows")[10].at("cells").at("transfer.pck@23").at("mean") == 0.5);
  CHECK(json.at("tables")[0].at("rows")[10].at("comparable") == false);
  CHECK(json.at("weights")[1].at("rows").at("λ_spatial = 3 − base").at("transfer.pck@23").at("mean") ==
        0.125);
  CHECK(json.at("costs").at("money") == 0.75);
}

}  // namespace funcorr
