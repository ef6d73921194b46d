// The driver as a person meets it: the real `funcorr` beside stages that only write down how they were
// called.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "db/manifest/assets.h"
#include "db/manifest/items.h"
#include "db/manifest/ledger.h"
#include "db/manifest/manifest.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

namespace fs = std::filesystem;

using tests::Ran;
using tests::read_text;

// A folder with a copy of the driver, stages, and a workspace "w".
class Bench {
 public:
  Bench() {
    static int count = 0;
    folder_ = fs::temp_directory_path() /
              ("funcorr-driver-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    fs::create_directories(folder_ / "w");
    fs::copy_file(fs::read_symlink("/proc/self/exe").parent_path() / "funcorr", folder_ / "funcorr");
    for (const char* stage : {"catalog", "filter", "render", "parts", "ground", "aggregate", "mask", "pack",
                              "features", "pair", "train", "evaluate", "report"}) {
      add_stage(stage, "exit 0");
    }
  }
  ~Bench() { fs::remove_all(folder_); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  fs::path workspace() const { return folder_ / "w"; }

  // A stage that notes its name and arguments, then does `body` (shell).
  void add_stage(const std::string& stage, const std::string& body) const {
    const fs::path program = folder_ / ("funcorr-" + stage);
    std::ofstream(program) << "#!/bin/sh\necho " << stage << " \"$@\" >> '" << (folder_ / "calls").string()
                           << "'\n"
                           << body << "\n";
    fs::permissions(program, fs::perms::owner_all);
  }
  void remove_stage(const std::string& stage) const { fs::remove(folder_ / ("funcorr-" + stage)); }

  pid_t start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), (folder_ / "funcorr").string());
    const pid_t child = fork();
    if (child == 0) {
      if (!freopen((folder_ / "out").c_str(), "w", stdout) ||
          !freopen((folder_ / "err").c_str(), "w", stderr))
        _exit(99);
      if (chdir(workspace().c_str()) != 0) _exit(99);
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(99);
    }
    return child;
  }
  Ran wait(pid_t child) const {
    int status = -1;
    waitpid(child, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_text(folder_ / "out"),
            read_text(folder_ / "err")};
  }
  Ran run(const std::vector<std::string>& arguments) const {
    fs::remove(folder_ / "calls");
    return wait(start(arguments));
  }

  // "catalog filter …": the stages that were called, in order.
  std::string called() const {
    std::string names;
    for (const std::string& line : calls()) {
      if (!names.empty()) names += ' ';
      names += line.substr(0, line.find(' '));
    }
    return names;
  }
  std::vector<std::string> calls() const {
    std::ifstream stream(folder_ / "calls");
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

 private:
  fs::path folder_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int count_lines(const std::string& text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

void fill_manifest(const fs::path& workspace) {
  Manifest manifest(workspace / "manifest.sqlite");
  Asset asset;
  asset.uid = "aa11";
  asset.name = "mugs/one.glb";
  asset.root = "/objects";
  asset.path = "mugs/one.glb";
  asset.format = "glb";
  asset.content_hash = "h";
  asset.category = "mug";
  upsert_asset(manifest, asset);
  for (const auto& [stage, keys] : {std::pair<std::string, std::vector<std::string>>{"ground", {"aa11/rim"}},
                                    {"filter", {"aa11", "bb22", "cc33"}}}) {
    Items items(manifest, stage);
    items.begin_listing({});
    for (const std::string& key : keys) items.want({{key, "o:u"}});
    items.end_listing();
    items.claim(10, Owner::self(), 60);
  }
  Items(manifest, "filter")
      .finish({{"aa11", ItemState::kDone, "", "", 1, 0, 0},
               {"bb22", ItemState::kFailed, "the worker was killed", "signal 9", 1, 0, 0},
               {"cc33", ItemState::kRejected, "no triangles", "no_triangles", 1, 0, 0}});
  Ledger ledger(manifest);
  CallRecord result;
  result.ids = {ledger.claim({.key = "k", .tag = {"ground", "aa11/rim"}}).id};
  result.state = RequestState::kFailed;
  result.http_status = 200;
  result.error_code = "malformed_json";
  result.raw = "{\"choices\": [\n{\"ind";
  ledger.record(result);
}

}  // namespace

TEST_CASE("driver: a stage comes behind what it needs, and nothing else runs") {
  const Bench bench;
  CHECK(bench.run({"mask"}).status == 0);
  CHECK(bench.called() == "catalog filter render parts ground aggregate mask");
  CHECK(bench.run({"render"}).status == 0);
  CHECK(bench.called() == "catalog filter render");
  CHECK(bench.run({"parts"}).status == 0);
  CHECK(bench.called() == "catalog parts");
  CHECK(bench.run({"report"}).status == 0);
  CHECK(bench.called() ==
        "catalog filter render parts ground aggregate mask pack features pair train evaluate report");
}

TEST_CASE("driver: ranges run the stages from the first to the last and no others") {
  const Bench bench;
  CHECK(bench.run({"run", "render..ground"}).status == 0);
  CHECK(bench.called() == "render parts ground");
  CHECK(bench.run({"run", "..filter"}).status == 0);
  CHECK(bench.called() == "catalog filter");
  CHECK(bench.run({"run", "evaluate.."}).status == 0);
  CHECK(bench.called() == "evaluate report");
  CHECK(bench.run({"run", "pack"}).status == 0);
  CHECK(bench.called() == "pack");
  CHECK(bench.run({"run"}).status == 0);
  CHECK(bench.calls().size() == 13);
  const Ran backwards = bench.run({"run", "mask..filter"});
  CHECK(backwards.status == 2);
  CHECK(bench.calls().empty());
  CHECK(contains(backwards.err, "mask comes after filter"));
  CHECK(bench.run({"run", "filter..nothing"}).status == 2);
}

TEST_CASE("driver: options reach every stage, extra arguments and -B only the one that was asked for") {
  const Bench bench;
  const std::string w = bench.workspace().string();
  CHECK(bench
            .run({"-w", w, "filter", "-j", "3", "--seed", "7", "-q", "--points", "5", "pack", "-B",
                  "--preset=default"})
            .status == 0);
  const std::string shared = " --workspace " + w + " --preset default --workers 3 --seed 7 ";
  // What a person typed is tried before the stages that come first.
  CHECK(bench.calls() ==
        std::vector<std::string>{"filter" + shared + "--dry-run --quiet --force --points 5 pack",
                                 "catalog" + shared + "--quiet",
                                 "filter" + shared + "--quiet --force --points 5 pack"});
  CHECK(bench.run({"run", "pack..train", "-B"}).status == 0);
  CHECK(bench.calls() ==
        std::vector<std::string>{"pack --workspace . --force", "features --workspace . --force",
                                 "pair --workspace . --force", "train --workspace . --force"});
}

TEST_CASE("driver: arguments that a stage does not take are refused before the stages that come first") {
  const Bench bench;
  bench.add_stage("render", "echo 'size: 0 is too small' >&2; exit 2");
  const Ran refused = bench.run({"render", "--size", "0"});
  CHECK(refused.status == 2);
  CHECK(refused.err == "size: 0 is too small\n");
  CHECK(bench.called() == "render render");
  bench.add_stage("train", "case \"$*\" in *colour*) exit 2;; esac");
  CHECK(bench.run({"sweep", "--grid", "colour=1,2"}).status == 2);
  CHECK(bench.called() == "train train");
  // Before the pairs' images are asked about: no setting of training needs them.
  std::ofstream(bench.workspace() / "funcorr.toml") << "[locate]\nby = [\"part\"]\n";
  bench.add_stage("render", "exit 0");
  bench.add_stage("locate", "exit 0");
  CHECK(bench.run({"sweep", "--grid", "steps=1,2"}).status == 0);
  CHECK(bench.called() ==
        "train evaluate catalog filter render parts ground aggregate mask pack features pair train "
        "evaluate");
}

TEST_CASE("driver: a question about a stage, or one item of it, runs that stage alone") {
  const Bench bench;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"mask", "--help"},
                                                    {"mask", "--print-config"},
                                                    {"mask", "--item", "aa11/rim"}}) {
    CHECK(bench.run(arguments).status == 0);
    CHECK(bench.called() == "mask");
  }
}

TEST_CASE("driver: optional stages run where they are set up or named") {
  const Bench bench;
  for (const char* stage : {"taxonomy", "select"}) bench.add_stage(stage, "exit 0");
  CHECK(bench.run({"parts"}).status == 0);
  CHECK(bench.called() == "catalog parts");
  CHECK(bench.run({"select"}).status == 0);
  CHECK(bench.called() == "catalog select");
  CHECK(bench.run({"run", "taxonomy"}).status == 0);
  CHECK(bench.called() == "taxonomy");
  std::ofstream(bench.workspace() / "funcorr.toml") << "[select]\nmodel = \"m\"\n";
  CHECK(bench.run({"parts"}).status == 0);
  CHECK(bench.called() == "catalog select parts");
  std::ofstream(bench.workspace() / "own.toml") << "[taxonomy]\nmodel = \"m\"\n";
  CHECK(bench.run({"run", "..catalog", "--preset", "own.toml"}).status == 0);
  CHECK(bench.called() == "taxonomy catalog");
  std::ofstream(bench.workspace() / "funcorr.toml") << "preset = \"own.toml\"\n[fetch]\nretries = 3\n";
  const Ran not_built = bench.run({"run", "..catalog"});
  CHECK(not_built.status == 3);
  CHECK(contains(not_built.err, "funcorr-fetch"));
  bench.add_stage("fetch", "exit 0");
  CHECK(bench.run({"run", "..catalog"}).status == 0);
  CHECK(bench.called() == "taxonomy fetch catalog");
}

TEST_CASE("driver: a dry run tells what follows from what is stale") {
  const Bench bench;
  const auto listing = [](const std::string& stage, const std::string& reason) {
    return R"(echo '{"stage": ")" + stage + R"(", "to_do": )" + (reason == "up to date" ? "0" : "1") +
           R"(, "reasons": {")" + reason + R"(": {"count": 1, "examples": ["k"]}}}')";
  };
  bench.add_stage("catalog", listing("catalog", "up to date"));
  bench.add_stage("filter", listing("filter", "options changed"));
  bench.add_stage("render", listing("render", "up to date"));
  bench.add_stage("parts", listing("parts", "up to date"));
  bench.add_stage("ground", listing("ground", "up to date"));
  const Ran text = bench.run({"-n", "ground"});
  CHECK(text.status == 0);
  CHECK(contains(text.out, "filter: 1 of 1 items to do\n  options changed          1  k\nrender: 0 of 1"));
  CHECK(contains(
      text.out,
      "  and what changes with: filter\nparts: 0 of 1 items to do\n  up to date               1  k\nground"));
  const auto all = nlohmann::json::parse(bench.run({"run", "..ground", "-n", "--json"}).out);
  REQUIRE(all.size() == 5);
  CHECK(all[1].at("changes_with").empty());
  CHECK(all[2].at("changes_with") == nlohmann::json{"filter"});
  CHECK(all[3].at("changes_with").empty());
  CHECK(all[4].at("changes_with") == nlohmann::json{"filter"});
  CHECK(nlohmann::json::parse(bench.run({"ground", "-n", "--json"}).out) == all);
  bench.add_stage("filter", "exit 3");
  CHECK(bench.run({"-n", "ground"}).status == 3);
}

TEST_CASE("driver: a program beside it that is no stage gets its arguments") {
  const Bench bench;
  bench.add_stage("match", "exit 4");
  CHECK(bench.run({"match", "a.png", "b.png", "--json"}).status == 4);
  CHECK(bench.calls() == std::vector<std::string>{"match a.png b.png --json"});
  CHECK(bench.run({"../match"}).status == 2);
}

TEST_CASE("driver: failed items stop the line unless -k, errors of usage and environment always") {
  const Bench bench;
  bench.add_stage("filter", "exit 1");
  const Ran stopped = bench.run({"render"});
  CHECK(stopped.status == 1);
  CHECK(bench.called() == "catalog filter");
  CHECK(contains(stopped.err, "funcorr errors filter"));
  CHECK(bench.run({"render", "-k"}).status == 1);
  CHECK(bench.called() == "catalog filter render");
  for (const int status : {2, 3}) {
    bench.add_stage("filter", "exit " + std::to_string(status));
    CHECK(bench.run({"render", "-k"}).status == status);
    CHECK(bench.called() == "catalog filter");
  }
  bench.add_stage("filter", "kill -SEGV $$");
  const Ran killed = bench.run({"render", "-k"});
  CHECK(killed.status == 3);
  CHECK(contains(killed.err, "stage filter was killed by signal 11"));
  CHECK(bench.called() == "catalog filter");
}

TEST_CASE("driver: a stage that is not there is missed before anything runs") {
  const Bench bench;
  bench.remove_stage("mask");
  const Ran ran = bench.run({"pack"});
  CHECK(ran.status == 3);
  CHECK(contains(ran.err, "funcorr-mask"));
  CHECK(count_lines(ran.err) == 1);
  CHECK(bench.calls().empty());
}

TEST_CASE("driver: a signal reaches the running stage once, and the driver ends with 130") {
  const Bench bench;
  const fs::path ready = bench.workspace() / "ready", got = bench.workspace() / "got",
                 end = bench.workspace() / "end";
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const fs::path& file : {ready, got, end}) fs::remove(file);
    bench.add_stage("filter",
                    "trap 'echo signal >> got' INT TERM\ntouch ready\n"
                    "i=0; while [ ! -e end ] && [ $i -lt 1200 ]; do sleep 0.05; i=$((i+1)); done\nexit 130");
    const pid_t driver = bench.start({"render"});
    REQUIRE(tests::wait_until([&] { return fs::exists(ready); }));
    kill(driver, signal);
    CHECK(tests::wait_until([&] { return fs::exists(got); }));
    // Whatever the driver would pass on, it has when it waits again.
    CHECK(tests::wait_until([&] { return !tests::is_pending(driver, signal) && tests::is_asleep(driver); }));
    std::ofstream(end) << "now";
    CHECK(bench.wait(driver).status == 130);
    CHECK(read_text(got) == "signal\n");
    CHECK_FALSE(contains(bench.called(), "render"));
  }
}

TEST_CASE("driver: wrong words are refused in one line with what is right") {
  const Bench bench;
  const Ran unknown = bench.run({"rendr"});
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "rendr"));
  CHECK(bench.run({}).status == 2);
  const Ran no_workspace = bench.run({"render", "-w", "/nowhere/at/all"});
  CHECK(no_workspace.status == 3);
  CHECK(contains(no_workspace.err, "funcorr init"));
  CHECK(bench.run({"status", "-w", "/nowhere/at/all"}).status == 3);
  CHECK(bench.run({"--help"}).status == 0);
  CHECK(bench.run({"--version"}).status == 0);
}

TEST_CASE("driver: what its help gives as examples is taken") {
  const Bench bench;
  fill_manifest(bench.workspace());
  struct Example {
    std::vector<std::string> command;
    std::string told;  // by the command's --help
  };
  const std::vector<Example> examples{{{"run", "filter..mask"}, "filter..mask"},
                                      {{"run", "..mask"}, "..mask"},
                                      {{"run", "pack.."}, "pack.."},
                                      {{"errors", "--limit", "50"}, "50"},
                                      {{"ledger", "--before", "2026-11-29T20:15"}, "2026-11-29T20:15"},
                                      {{"ledger", "--settle", "paid"}, "was paid (at its most)"},
                                      {{"ledger", "--settle", "unpaid"}, "unpaid"},
                                      {{"ledger", "--answers", "-"}, "(-: here)"}};
  for (const Example& example : examples) {
    INFO(example.told);
    const Ran help = bench.run({example.command[0], "--help"});
    CHECK(contains(help.out, example.told));
    const Ran ran = bench.run(example.command);
    INFO(ran.err);
    CHECK(ran.status == 0);
  }
  const std::string help = bench.run({"--help"}).out, start = "One of the statistics: ";
  REQUIRE(contains(help, start));
  std::istringstream names(help.substr(help.find(start) + start.size()));
  for (std::string name; names >> name;) {
    const bool more = name.back() == ',';
    INFO(name);
    CHECK(bench.run({"stats", name.substr(0, name.size() - (more ? 1 : 0))}).status == 0);
    if (!more) break;
  }
}

TEST_CASE("driver: status, stats, errors, why and retry tell what the manifest holds") {
  const Bench bench;
  fill_manifest(bench.workspace());
  const auto status = nlohmann::json::parse(bench.run({"status", "--json"}).out);
  REQUIRE(status.size() == 13);  // optional stages only where they have items
  CHECK(status[0]["stage"] == "catalog");
  CHECK(status[0]["items"] == 0);
  CHECK(status[1]["stage"] == "filter");
  CHECK(status[1]["done"] == 1);
  CHECK(status[1]["failed"] == 1);

  CHECK(contains(bench.run({"stats", "errors", "--csv"}).out,
                 "filter,failed,signal 9,1,bb22,the worker was killed\r\n"));
  CHECK(bench.run({"stats", "nonsense"}).status == 2);

  const Ran errors = bench.run({"errors"});
  CHECK(contains(errors.out, "no triangles"));
  CHECK(contains(errors.out, "funcorr-filter --workspace . --item bb22"));
  CHECK(contains(bench.run({"errors", "render"}).out, "no failed"));
  CHECK(bench.run({"errors", "nonsense"}).status == 2);

  const auto why = nlohmann::json::parse(bench.run({"why", "mugs/on", "--json"}).out);
  REQUIRE(why.size() == 2);
  CHECK(why[0]["stage"] == "filter");
  CHECK(why[0]["state"] == "done");
  CHECK(why[1]["key"] == "aa11/rim");
  CHECK(contains(bench.run({"why", "aa11"}).out, "/objects/mugs/one.glb"));
  CHECK(contains(bench.run({"why", "bb22"}).out, "the worker was killed"));
  const std::string asked = bench.run({"why", "aa11"}).out;  // with what was answered to requests that failed
  CHECK(contains(asked, "malformed_json (HTTP 200"));
  CHECK(contains(asked, "{\"choices\": [ {\"ind\n"));
  CHECK(bench.run({"why", "zz"}).status == 2);

  CHECK(bench.run({"retry", "filter"}).out == "1 item of filter will be tried again\n");
  CHECK(bench.run({"retry", "filter", "no_triangles"}).out == "1 item of filter will be tried again\n");
  CHECK(bench.run({"retry", "filter"}).out == "0 items of filter will be tried again\n");
}

TEST_CASE("driver: why shows what a category's, its parts' and the taxonomy's requests were answered") {
  const Bench bench;
  fill_manifest(bench.workspace());
  {
    Manifest manifest(bench.workspace() / "manifest.sqlite");
    Ledger ledger(manifest);
    const auto answer = [&](const RequestTag& tag, RequestState state, const std::string& raw) {
      CallRecord result;
      result.ids = {ledger.claim({.key = raw, .tag = tag}).id};
      result.state = state;
      result.choices = 1;
      result.raw = raw;
      ledger.record(result);
    };
    Items items(manifest, "parts");
    items.begin_listing({});
    items.want({{"mug", "o:u"}});
    items.end_listing();
    items.claim(10, Owner::self(), 60);
    items.finish({{"mug", ItemState::kFailed, "no list of parts", "unusable_answer", 1, 0, 0}});
    answer({"parts", "mug", "mug"}, RequestState::kAnswered, "I like mugs");
    answer({"parts", "mug", "mug"}, RequestState::kFailed, "half an ans");
    answer({"taxonomy", "taxonomy", ""}, RequestState::kFailed, "no functions");
    answer({"ground", "aa11/body", "mug"}, RequestState::kFailed, "no item of this part");
  }
  const std::string category = bench.run({"why", "mug"}).out;
  for (const char* shown : {"no list of parts", "I like mugs", "half an ans", "no functions"})
    CHECK(contains(category, shown));
  CHECK(contains(bench.run({"why", "aa11"}).out, "no item of this part"));
}

TEST_CASE(
    "driver: ledger lists what is in doubt, settles it by word or by the provider's usage, and exports") {
  const Bench bench;
  fill_manifest(bench.workspace());
  const auto lose = [&](const std::string& key, const std::string& provider) {
    Manifest manifest(bench.workspace() / "manifest.sqlite");
    Ledger ledger(manifest);
    CallRecord lost;
    lost.ids = {ledger
                    .claim({.key = key,
                            .tag = {"ground", "aa11/rim", "mug"},
                            .provider = provider,
                            .model = "gpt-4o",
                            .reserved = 0.5})
                    .id};
    lost.state = RequestState::kInDoubt;
    lost.error_code = "timeout";
    ledger.record(lost);
  };
  CHECK(bench.run({"ledger"}).out == "nothing is in doubt\n");
  for (const char* key : {"a", "b", "c"}) lose(key, "openai");
  lose("d", "other");
  CHECK(contains(bench.run({"ledger"}).out, "openai"));
  const auto rows = nlohmann::json::parse(bench.run({"ledger", "--json", "--provider", "openai"}).out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["item"] == "aa11/rim");
  CHECK(rows[0]["money_at_most"] == 0.5);
  CHECK(bench.run({"ledger", "--settle", "perhaps"}).status == 2);
  CHECK(bench.run({"ledger", "--before", "2020-01-01", "--settle", "paid"}).out ==
        "0 calls were in doubt: 0 paid for, with 0 money, 0 not paid for\n");
  CHECK(bench.run({"ledger", "--before", "soon"}).status == 2);

  const auto usage = bench.workspace() / "usage.csv";
  std::ofstream(usage) << "start_time,end_time,model,num_model_requests\n0,99999999999,gpt-4o-2024-08-06,2\n";
  const Ran several = bench.run({"ledger", "--usage", usage.string()});
  CHECK(several.status == 2);
  CHECK(contains(several.err, "--provider"));
  CHECK(bench.run({"ledger", "--provider", "openai", "--usage", usage.string()}).out ==
        "3 calls were in doubt: 2 paid for, with 1 money, 1 not paid for\n");
  CHECK(bench.run({"ledger", "--settle", "unpaid"}).out ==
        "1 calls were in doubt: 0 paid for, with 0 money, 1 not paid for\n");
  CHECK(bench.run({"ledger"}).out == "nothing is in doubt\n");

  {
    Manifest manifest(bench.workspace() / "manifest.sqlite");
    Ledger ledger(manifest);
    CallRecord bought;
    for (const char* key : {"e", "f"})
      bought.ids.push_back(ledger.claim({.key = key, .tag = {"ground", "aa11/rim", "mug"}}).id);
    bought.choices = 2;
    bought.raw = R"({"choices":[{"message":{"content":"one"}},{"message":{"content":"two"}}]})";
    ledger.record(bought);
  }
  const auto exported = [&bench] {
    std::istringstream lines(bench.run({"ledger", "--answers", "-"}).out);
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);)
      texts.push_back(nlohmann::json::parse(line).at("text").get<std::string>());
    return texts;
  };
  CHECK(exported() == std::vector<std::string>{"one", "two"});

  {  // a stream, and a thought aloud: what the stages read of them
    Manifest manifest(bench.workspace() / "manifest.sqlite");
    Ledger ledger(manifest);
    for (const char* raw :
         {"data: "
          "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"three\"},\"finish_reason\":\"stop\"}]}\n\n",
          R"({"choices":[{"message":{"content":"<think>five?</think>four"}}]})"}) {
      CallRecord bought;
      bought.ids = {ledger.claim({.key = raw, .tag = {"ground", "aa11/rim", "mug"}}).id};
      bought.choices = 1;
      bought.raw = raw;
      ledger.record(bought);
    }
  }
  CHECK(exported() == std::vector<std::string>{"one", "two", "three", "four"});
}

TEST_CASE(
    "driver: sweep brings up to date what training needs, trains the sweep and measures it, failures too") {
  const Bench bench;
  const Ran ran = bench.run({"--seed", "4", "sweep", "--name", "s", "--grid", "spatial_weight=1,3", "--grid",
                             "temperature=0.05", "--seeds", "1,2", "--settings", "wide=full:steps=7"});
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  // What was typed is tried before the stages that come first.
  CHECK(bench.called() ==
        "train evaluate catalog filter render parts ground aggregate mask pack features pair train evaluate");
  const std::string train = bench.calls()[12], evaluate = bench.calls()[13];
  CHECK(contains(train, "--seed 4"));
  CHECK(
      train.ends_with("--sweep s --grid spatial_weight=1,3 --grid temperature=0.05 --settings "
                      "wide=full:steps=7 --seeds 1,2"));
  CHECK(evaluate.ends_with("--sweep s"));
  CHECK_FALSE(contains(train, "--force"));

  bench.add_stage("train", "exit 1");  // some runs failed: the others are measured all the same
  CHECK(bench.run({"sweep", "--seeds", "1", "-B"}).status == 1);
  CHECK(bench.called().ends_with("train evaluate"));
  CHECK(contains(bench.calls()[12], "--force"));
  CHECK_FALSE(contains(bench.calls()[11], "--force"));
  bench.add_stage("pair", "exit 1");
  CHECK(bench.run({"sweep", "--seeds", "1"}).status == 1);
  CHECK(bench.called().ends_with("features pair"));
  bench.add_stage("pair", "exit 0");
  bench.add_stage("train", "exit 2");
  CHECK(bench.run({"sweep"}).status == 2);
  CHECK(bench.called().ends_with("train"));
  CHECK(bench.run({"sweep", "--json"}).status == 2);
  CHECK(contains(bench.run({"sweep", "--help"}).out, "--settings"));
}

TEST_CASE("driver: a stage whose runs have names comes once for each, with its name") {
  const Bench bench;
  bench.add_stage("locate", "exit 0");
  std::ofstream(bench.workspace() / "funcorr.toml")
      << "[locate]\nby = [\"part\"]\n[locate.manipvqa]\nmodel = \"m\"\n[locate.cogvlm]\nmodel = \"c\"\n";
  CHECK(bench.run({"evaluate"}).status == 0);
  const auto asked = [&] {
    std::vector<std::string> calls;
    for (const std::string& call : bench.calls())
      if (call.starts_with("locate") && !contains(call, "--dry-run")) calls.push_back(call);
    return calls;
  };
  CHECK(asked() == std::vector<std::string>{"locate --workspace . --name cogvlm",
                                            "locate --workspace . --name manipvqa"});
  CHECK(bench.run({"locate", "--name", "manipvqa", "--limit", "3"}).status == 0);
  CHECK(asked() == std::vector<std::string>{"locate --workspace . --name manipvqa --limit 3"});
  CHECK(bench.run({"run", "locate"}).status == 0);
  CHECK(asked().size() == 2);
}

TEST_CASE("driver: paper trains and measures what the line lacks of the paper's rows, then writes the page") {
  const Bench bench;
  bench.add_stage("paper", "exit 0");
  const auto train_runs = [&](const std::string& runs) {
    bench.add_stage("train", "case \"$*\" in *--print-config*) echo '[{\"name\": \"runs\", \"value\": " +
                                 runs + "}]';; esac; exit 0");
  };
  const auto settings = [&] {
    std::string text;
    for (const std::string& call : bench.calls())
      if (call.starts_with("train") && contains(call, "--sweep") && !contains(call, "--dry-run"))
        text = call.substr(call.find("--sweep"));
    return text;
  };
  train_runs("[\"full\"]");
  const Ran ran = bench.run(
      {"paper", "--spatial-weights", "1,3", "--mask-weights", "", "--seeds", "1,2", "--pair-pictures", "7"});
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK(bench.called().ends_with(
      "catalog filter render parts ground aggregate mask pack features pair train train evaluate evaluate "
      "paper"));
  CHECK(
      settings() ==
      "--sweep paper --settings full-no-mask --settings functional --settings spatial --settings "
      "spatial_weight-1=full:spatial_weight=1 --settings spatial_weight-3=full:spatial_weight=3 --seeds 1,2");
  CHECK(bench.calls().back() == "paper --workspace . --pair-pictures 7");

  // What the line trains itself is not trained again.
  train_runs(
      "[\"full=full:functional_loss=paper\", \"full-no-mask\", \"functional=functional:steps=3\", "
      "\"mine=spatial\"]");
  REQUIRE(bench.run({"paper", "--spatial-weights", "", "--mask-weights", ""}).status == 0);
  CHECK(settings() == "--sweep paper --settings spatial");
  train_runs("[\"full\", \"full-no-mask\", \"functional\", \"spatial\"]");
  REQUIRE(bench.run({"paper", "--spatial-weights", "", "--mask-weights", ""}).status == 0);
  CHECK(settings().empty());
  CHECK(bench.called().ends_with("pair train evaluate paper"));
  CHECK(contains(bench.run({"paper", "--help"}).out, "official_real_set"));
  CHECK(bench.run({"paper", "--json"}).status == 2);
}

TEST_CASE("driver: init writes a configuration that says what can be set, and never overwrites one") {
  const Bench bench;
  const std::string own = R"({"name": "samples", "value": 256, "unit": "spp", "help": "paths"})";
  const std::string shared = R"({"name": "seed", "value": 0, "unit": "", "help": "shared"})";
  for (const char* stage : {"catalog", "select", "filter", "parts", "ground", "aggregate", "mask", "pack",
                            "features", "pair", "train", "evaluate", "report"}) {
    bench.add_stage(stage, "echo '[]'");
  }
  bench.add_stage("render", "echo '[" + own + ", " + shared + "]'");
  CHECK(bench.run({"init", "new/place", "--preset", "demo"}).status == 0);
  const std::string text = read_text(bench.workspace() / "new/place/funcorr.toml");
  CHECK(contains(text, "[render]\n# samples = 256  # paths [spp]\n"));
  CHECK(contains(text, "(optional: runs once an option is set below)\n[select]\n"));
  CHECK_FALSE(contains(text, "[fetch]"));  // not built
  CHECK(contains(text, "\npreset = \"demo\""));
  CHECK(contains(text, "[catalog]\n"));
  CHECK(text.find("seed = 0") == text.rfind("seed = 0"));  // shared: not repeated by a stage
  const Ran again = bench.run({"init", "new/place"});
  CHECK(again.status == 2);
  CHECK(contains(again.err, "exists already"));
  CHECK(read_text(bench.workspace() / "new/place/funcorr.toml") == text);
  bench.add_stage("render", "exit 2");
  CHECK(bench.run({"init", "other", "--preset", "nonsense"}).status == 2);
}

}  // namespace funcorr
