#include "eval/metric/results.h"

#include "tests/catch.h"
#include "tests/eval/metric/measured.h"

namespace funcorr {

TEST_CASE("results tables average over (pair, direction) by scope") {
  Results results(1);
  const auto add = [&](const std::string& row, const std::string& annotation, const std::string& function,
                       bool within, double distance, double pck) {
    results.add(tests::measured(row, annotation, function, within, "transfer.distance", distance));
    results.add(tests::measured(row, annotation, function, within, "transfer.pck@23", pck));
  };
  add("full", "pour/a|||b|||0", "pour", true, 0.1, 0.9);
  add("full", "pour/a|||b|||0", "pour", true, 0.3, 0.7);
  add("full", "cut/a|||c|||0", "cut", false, 0.5, 0.2);
  add("chance", "pour/a|||b|||0", "pour", true, 0.4, 0.1);
  results.add(tests::measured("chance", "pour/a|||b|||0", "pour", true, "discovery.ap@5", 0.25));

  const ResultsTable all = results.overall();
  CHECK(all.metrics == std::vector<std::string>{"transfer.distance", "transfer.pck@23", "discovery.ap@5"});
  REQUIRE(all.rows.size() == 2);
  CHECK(all.rows[0].name == "chance");  // the paper's order, not the alphabet's
  CHECK(all.rows[1].name == "full");
  CHECK_THAT(all.rows[1].cells[0].mean, Catch::WithinAbs(0.3, 1e-12));
  CHECK(all.rows[1].cells[0].samples == 2);                            // annotated pairs
  CHECK_THAT(all.rows[1].cells[0].low, Catch::WithinAbs(0.2, 1e-12));  // only the first pair drawn
  CHECK_THAT(all.rows[1].cells[0].high, Catch::WithinAbs(0.5, 1e-12));
  CHECK(all.rows[1].cells[2].samples == 0);
  CHECK(all.best_row(0) == 1U);  // lower is better
  CHECK(all.best_row(1) == 1U);
  CHECK(all.best_row(2) == 0U);

  CHECK_THAT(results.within_categories().rows[1].cells[1].mean, Catch::WithinAbs(0.8, 1e-12));
  const ResultsTable across = results.across_categories();
  REQUIRE(across.rows.size() == 1);
  CHECK_THAT(across.rows[0].cells[1].mean, Catch::WithinAbs(0.2, 1e-12));
  const auto functions = results.per_function();
  REQUIRE(functions.size() == 2);
  CHECK(functions[0].title == "cut");
  CHECK(functions[1].rows.size() == 2);
}

TEST_CASE("runs of one row have a line each, beside the row's own") {
  Results results(1);
  const auto add = [&](const std::string& row, const std::string& run, double value) {
    MetricWithPair measured = tests::measured(row, "p", "f", true, "transfer.distance", value);
    measured.metric.run = run;
    results.add(measured);
  };
  add("full", "mine", 0.1);
  add("spatial", "", 0.2);
  add("full", "", 0.3);
  add("chance", "", 0.4);
  const std::vector<std::string> labels{"chance", "spatial", "full", "full/mine"};
  CHECK(results.rows() == labels);
  const ResultsTable table = results.overall();
  REQUIRE(table.rows.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(table.rows[i].name == labels[i]);
  CHECK(table.rows[2].cells[0].mean == 0.3);
  CHECK(table.best_row(0) == 3U);
  CHECK(results.leads_of_full().title == "full ahead of the other rows");
}

TEST_CASE("where no run is called full, the first that is measured as it leads") {
  Results results(1);
  for (const char* run : {"mine", "other"}) {
    MetricWithPair measured = tests::measured("full", "p", "f", true, "transfer.distance", 0.1);
    measured.metric.run = run;
    results.add(measured);
  }
  results.add(tests::measured("chance", "p", "f", true, "transfer.distance", 0.4));
  const ResultsTable leads = results.leads_of_full();
  CHECK(leads.title == "full/mine ahead of the other rows");
  CHECK(leads.rows.size() == 2);
}

TEST_CASE("another inference stands behind its row, and leads over the paper's alone") {
  Results results(1);
  for (const char* row : {"full", "full~match-mutual", "backbone", "backbone~match-mutual"})
    for (const char* annotated : {"a", "b", "c"})
      results.add(tests::measured(row, annotated, "pour-with", true, "transfer.pck@10",
                                  std::string(row) == "full~match-mutual" ? 0.75 : 0.5));
  MetricWithPair mine = tests::measured("full~match-mutual", "a", "pour-with", true, "transfer.pck@10", 1);
  mine.metric.run = "mine";
  results.add(mine);
  CHECK(results.rows() == std::vector<std::string>{"backbone", "backbone~match-mutual", "full",
                                                   "full~match-mutual", "full~match-mutual/mine"});
  REQUIRE(results.leads_of_full().rows.size() == 1);
  CHECK(results.leads_of_full().rows[0].name == "full − backbone");
  const ResultsTable leads = results.leads_of_inference();
  REQUIRE(leads.rows.size() == 2);  // there is no full/mine to compare with
  CHECK(leads.rows[1].name == "full~match-mutual − full");
  CHECK_THAT(leads.rows[1].cells[0].mean, Catch::WithinAbs(0.25, 1e-12));
  CHECK_THAT(to_text(results), Catch::Matchers::ContainsSubstring("another inference ahead"));
}

TEST_CASE("the lead of one row over another is measured on the pairs that both have") {
  Results results(1);
  results.add(tests::measured("full", "p1", "f", true, "transfer.distance", 0.1));
  results.add(tests::measured("full", "p1", "f", true, "transfer.distance", 0.3));
  results.add(tests::measured("backbone", "p1", "f", true, "transfer.distance", 0.5));
  results.add(tests::measured("full", "p2", "f", true, "transfer.distance", 0.4));
  results.add(tests::measured("backbone", "p2", "f", true, "transfer.distance", 0.5));
  results.add(tests::measured("full", "p3", "f", true, "transfer.distance", 9.0));  // not in backbone
  const ResultsTable lead = results.lead("full", "backbone");
  REQUIRE(lead.rows.size() == 1);
  CHECK(lead.rows[0].name == "full − backbone");
  // 0.3 nearer on p1 (twice measured), 0.1 on p2; nearer is better, so above 0.
  CHECK_THAT(lead.rows[0].cells[0].mean, Catch::WithinAbs((2 * 0.3 + 0.1) / 3, 1e-12));
  CHECK(lead.rows[0].cells[0].samples == 2);
  CHECK_THAT(lead.rows[0].cells[0].low, Catch::WithinAbs(0.1, 1e-12));
  CHECK(results.lead("full", "chance").rows.empty());
}

TEST_CASE("a difference is shown where 0 lies outside its interval") {
  Results results(1);
  for (int pair = 0; pair < 12; ++pair) {
    const std::string name(1, static_cast<char>('a' + pair));
    results.add(tests::measured("full", name, "f", true, "transfer.pck@10", 0.5));
    results.add(tests::measured("chance", name, "f", true, "transfer.pck@10", 0.1 + 0.01 * pair));
    results.add(tests::measured("backbone", name, "f", true, "transfer.pck@10", pair % 2 ? 0.3 : 0.69));
  }
  const ResultsTable leads = results.leads("full");
  REQUIRE(leads.rows.size() == 2);
  CHECK(leads.rows[0].name == "full − chance");
  CHECK(shows_difference(leads.rows[0].cells[0]));
  CHECK(leads.rows[1].name == "full − backbone");
  CHECK_FALSE(shows_difference(leads.rows[1].cells[0]));
  CHECK(leads.best_row(0) == std::nullopt);
  const std::string text = to_text(leads);
  CHECK(text.find("not shown") > text.find("full − backbone"));
  CHECK(to_json(leads)["rows"]["full − chance"]["transfer.pck@10"]["shown"] == true);
  CHECK(to_json(leads)["rows"]["full − backbone"]["transfer.pck@10"]["shown"] == false);
  CHECK_FALSE(shows_difference({0.2, 0.2, 0.2, 1}));  // one pair shows nothing
  CHECK(shows_difference({-0.2, -0.3, -0.1, 2}));
}

TEST_CASE("results of several evaluation sets are told apart") {
  Results results(1);
  MetricWithPair own = tests::measured("full", "p", "f", true, "transfer.distance", 0.25);
  results.add(own);
  CHECK(results.per_set().empty());
  own.metric.pair = pair_id("q", 0);
  own.metric.value = 0.75;
  own.set = PairSet::kReal;
  results.add(own);
  const std::vector<ResultsTable> sets = results.per_set();
  REQUIRE(sets.size() == 2);
  CHECK(sets[0].title == "own pairs");
  CHECK(sets[0].rows.at(0).cells.at(0).mean == 0.25);
  CHECK(sets[1].title == "real pairs");
  CHECK(sets[1].rows.at(0).cells.at(0).mean == 0.75);
  CHECK(to_text(results).find("real pairs") != std::string::npos);
  CHECK(to_json(results)["sets"].size() == 2);
}

TEST_CASE("rows of named vision-language models stand where their row does") {
  Results results(1);
  for (const auto& [row, run] : {std::pair{"full", ""},
                                 {"vlm+backbone", "b"},
                                 {"vlm+backbone", ""},
                                 {"backbone", ""},
                                 {"vlm-function+backbone", "b"}}) {
    MetricWithPair one = tests::measured(row, "p", "f", true, "transfer.distance", 0.5);
    one.metric.run = run;
    results.add(one);
  }
  CHECK(results.rows() == std::vector<std::string>{"backbone", "vlm+backbone", "vlm:b+backbone",
                                                   "vlm-function:b+backbone", "full"});
}

TEST_CASE("results tables print aligned, with the best marked, and as JSON") {
  Results results(1);
  results.add(tests::measured("backbone", "p", "f", true, "transfer.distance", 0.25));
  results.add(tests::measured("full", "p", "f", true, "transfer.distance", 0.125));
  CHECK(to_text(results.overall(), false) ==
        "all pairs  distance ↓\n"
        "backbone   0.250\n"
        "full       0.125*\n");
  CHECK(to_text(results.overall()).find("0.125 [0.125, 0.125]*") != std::string::npos);
  const nlohmann::json json = to_json(results.overall());
  CHECK(json["rows"]["full"]["transfer.distance"]["mean"] == 0.125);
  CHECK(json["rows"]["full"]["transfer.distance"]["annotated_pairs"] == 1);
}

TEST_CASE("all results print their tables and what they mean, nothing where nothing was measured") {
  Results results(1);
  CHECK(to_text(results).empty());
  results.add(tests::measured("backbone", "p", "pour with", true, "transfer.distance", 0.25));
  results.add(tests::measured("full", "p", "pour with", true, "transfer.distance", 0.125));
  const std::string text = to_text(results);
  CHECK(text.starts_with("all pairs "));
  CHECK(text.find("within categories") != std::string::npos);
  CHECK(text.find("across categories") == std::string::npos);  // there are none
  CHECK(text.find("full ahead of the other rows") != std::string::npos);
  CHECK(text.ends_with("* best.\n"));
  const nlohmann::json json = to_json(results);
  CHECK(json["functions"][0]["title"] == "pour with");
  CHECK(json["lead"]["rows"]["full − backbone"]["transfer.distance"]["mean"] == 0.125);
}

}  // namespace funcorr
