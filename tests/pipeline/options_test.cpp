#include "pipeline/options.h"

#include <algorithm>
#include <functional>

#include "pipeline/command_line.h"
#include "pipeline/config.h"
#include "pipeline/nearest.h"
#include "pipeline/run_options.h"
#include "tests/catch.h"
#include "tests/pipeline/program.h"

namespace funcorr {
namespace {

using nlohmann::json;
using tests::TemporaryFolder;

enum class Mode { kPaper, kReference };
constexpr auto names_of(Mode) {
  return std::to_array<EnumName<Mode>>({{Mode::kPaper, "paper"}, {Mode::kReference, "reference"}});
}

struct RenderLike {
  int samples = 100;
  double noise = 0.5;
  Mode mode = Mode::kPaper;
  std::vector<std::filesystem::path> hdri;
  std::vector<std::string> tags;
  std::vector<double> weights{1, 2};
  bool denoise = true;
  std::filesystem::path cache;

  static const OptionList<RenderLike>& options() {
    static const OptionList<RenderLike> list{
        option("samples", &RenderLike::samples).range(1, 4096).unit("spp").help("samples per pixel"),
        option("noise", &RenderLike::noise).range(0, 1).help("noise"),
        option("mode", &RenderLike::mode).help("which"),
        option("hdri", &RenderLike::hdri).help("maps"),
        option("tags", &RenderLike::tags).help("tags"),
        option("weights", &RenderLike::weights).range(0, 10).help("weights"),
        option("denoise", &RenderLike::denoise).help("denoise").leaves_results(),
        option("cache", &RenderLike::cache).help("cache").leaves_results(),
    };
    return list;
  }
};

OptionTable own_table() { return OptionTable(RenderLike::options().described()); }
OptionTable table() { return with_shared_options(own_table()); }

template <typename Struct>
Struct assigned(const Options& options) {
  Struct target;
  options.assign_to(target);
  return target;
}

Options resolve(const std::filesystem::path& workspace, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"funcorr-render", "--workspace", workspace.string()});
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  const OptionTable options = table();
  return resolve_options(parse_command_line(static_cast<int>(pointers.size()), pointers.data(), options),
                         options, "render");
}

template <typename Error>
std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string refused(const std::filesystem::path& workspace, const std::vector<std::string>& arguments) {
  return error_of<UsageError>([&] { resolve(workspace, arguments); });
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("options take their values from the command line") {
  const TemporaryFolder w;
  const Options options = resolve(w.path(), {"--samples",
                                             "7",
                                             "--noise=0.25",
                                             "--mode",
                                             "reference",
                                             "--hdri",
                                             "a,b.exr",
                                             "--hdri",
                                             "/c.exr",
                                             "--tags",
                                             "x,y",
                                             "--tags",
                                             "z",
                                             "--no-denoise",
                                             "--weights",
                                             "3,4.5",
                                             "--memory-limit-mb",
                                             "12",
                                             "-j",
                                             "3"});
  const auto render = assigned<RenderLike>(options);
  CHECK(render.samples == 7);
  CHECK(render.noise == 0.25);
  CHECK(render.mode == Mode::kReference);
  CHECK(render.tags == std::vector<std::string>{"x", "y", "z"});
  CHECK(render.weights == std::vector<double>{3, 4.5});
  CHECK_FALSE(render.denoise);
  CHECK(assigned<RunOptions>(options).memory_limit_mb == 12);
  CHECK(assigned<RunOptions>(options).workers == 3);
  const auto& hdri = render.hdri;
  REQUIRE(hdri.size() == 2);
  CHECK(hdri[0] == std::filesystem::current_path() / "a,b.exr");  // one path, of the current folder
  CHECK(hdri[1] == "/c.exr");
  CHECK(render.cache.empty());
}

TEST_CASE("options take the nearest of default, preset, file and command line") {
  const TemporaryFolder w;
  w.write("mine.toml", "[funcorr]\nseed = 5\n[render]\nsamples = 10\nnoise = 0.1\nmode = \"reference\"\n");
  w.write("funcorr.toml",
          "preset = \"mine.toml\"\n[render]\nnoise = 0.2\nmode = \"paper\"\nhdri = [\"maps/a.exr\"]\n"
          "[filter]\npoints = 3\n");
  const Options options = resolve(w.path(), {"--mode", "reference"});
  const auto render = assigned<RenderLike>(options);
  CHECK(assigned<RunOptions>(options).seed == 5);
  CHECK(render.samples == 10);
  CHECK(options.at("samples").source == Options::Source::kPreset);
  CHECK(render.noise == 0.2);
  CHECK(options.at("noise").source == Options::Source::kFile);
  CHECK(has(options.at("noise").where, "funcorr.toml:3"));
  CHECK(render.mode == Mode::kReference);
  CHECK(options.at("mode").source == Options::Source::kCommandLine);
  CHECK(options.at("time_limit_s").source == Options::Source::kDefault);
  CHECK(render.hdri == std::vector<std::filesystem::path>{w / "maps/a.exr"});  // of the workspace
  CHECK(has(options.print_config(), "funcorr.toml:3"));

  SECTION("a stage's section may hold shared options, and wins over [funcorr]") {
    w.write("funcorr.toml", "[funcorr]\nworkers = 2\nseed = 1\n[render]\nworkers = 1\n");
    const Options nearer = resolve(w.path(), {});
    CHECK(assigned<RunOptions>(nearer).workers == 1);
    CHECK(assigned<RunOptions>(nearer).seed == 1);
  }
  SECTION("the demo's preset is among the data files") {
    const OptionTable shared = with_shared_options({});  // of a stage that the preset has no section for
    const std::string workspace = w.path().string();
    const char* arguments[] = {"funcorr-match", "--workspace", workspace.c_str(), "--preset", "demo"};
    const Options resolved = resolve_options(parse_command_line(5, arguments, shared), shared, "match");
    CHECK(resolved.at("seed").source == Options::Source::kPreset);
  }
}

TEST_CASE("a preset may build on another") {
  const TemporaryFolder w;
  w.write("base.toml",
          "[needs]\n\"maps\" = \"there\"\n[render]\nsamples = 7\nnoise = 0.3\nhdri = [\"maps\"]\n");
  w.write("mine.toml", "[funcorr]\npreset = \"base.toml\"\n[render]\nnoise = 0.4\n");
  const Options options = resolve(w.path(), {"--preset", "mine.toml"});
  CHECK(assigned<RenderLike>(options).samples == 7);
  CHECK(assigned<RenderLike>(options).noise == 0.4);
  CHECK(options.at("noise").source == Options::Source::kPreset);
  CHECK(assigned<RunOptions>(options).preset == "mine.toml");

  const auto missing = [&](const std::vector<std::string>& stages, bool is_overridden) {
    return error_of<EnvironmentError>([&] {
      require_needed_files("mine.toml", w.path(), stages, [&](const Setting&) { return is_overridden; });
    });
  };
  CHECK(has(missing({"render"}, false), (w / "maps").string() + " ([render] hdri): there"));
  CHECK(missing({"render"}, true) == "no error");
  CHECK(missing({"filter"}, false) == "no error");
  std::filesystem::create_directories(w / "maps");
  CHECK(missing({"render"}, false) == "no error");

  w.write("base.toml", "preset = \"mine.toml\"\n");
  CHECK(has(refused(w.path(), {"--preset", "mine.toml"}), "builds on itself"));
  w.write("funcorr.toml", "[needs]\n\"maps\" = \"there\"\n");  // of presets only
  CHECK(has(refused(w.path(), {}), "unknown section [needs]"));
}

TEST_CASE("a stage that follows another takes its settings, below its own") {
  const TemporaryFolder w;
  w.write("funcorr.toml",
          "[filter]\nsamples = 9\nnoise = 0.1\npoints = 3\nworkers = 2\n[render]\nnoise = 0.2\n");
  const std::string workspace = w.path().string();
  const char* arguments[] = {"funcorr-render", "--workspace", workspace.c_str()};
  const OptionTable options = table();
  const Options follows =
      resolve_options(parse_command_line(3, arguments, options), options, "render", "filter");
  CHECK(assigned<RenderLike>(follows).samples == 9);
  CHECK(assigned<RenderLike>(follows).noise == 0.2);
  CHECK(assigned<RunOptions>(follows).workers == 2);
  CHECK(has(follows.at("samples").where, "funcorr.toml:2"));
  CHECK(assigned<RenderLike>(resolve(w.path(), {})).samples == 100);
}

TEST_CASE("a named run of a stage takes the stage's settings, below its own") {
  const TemporaryFolder w;
  w.write("funcorr.toml",
          "[locate]\nnoise = 0.1\nsamples = 5\n[locate.cogvlm]\nnoise = 0.2\n[locate.other]\nsamples = 7\n");
  const std::string workspace = w.path().string();
  OptionTable options = table();
  options.add({.name = "name", .default_value = ""});
  const auto resolved = [&](std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), {"funcorr-locate", "--workspace", workspace.c_str()});
    return assigned<RenderLike>(
        resolve_options(parse_command_line(static_cast<int>(arguments.size()), arguments.data(), options),
                        options, "locate"));
  };
  CHECK(resolved({}).noise == 0.1);
  CHECK(resolved({"--name", "cogvlm"}).noise == 0.2);
  CHECK(resolved({"--name", "cogvlm"}).samples == 5);
  CHECK(resolved({"--name", "other"}).samples == 7);
  CHECK(resolved({"--name", "other", "--samples", "9"}).samples == 9);
  CHECK(resolved({"--name", "unknown"}).noise == 0.1);
  CHECK(section_name("locate.a.b").run == "a.b");
  CHECK(section_name("render").run.empty());
  w.write("funcorr.toml", "[locate.cogvlm]\nnose = 0.2\n");
  CHECK(has(error_of<UsageError>([&] { resolved({"--name", "cogvlm"}); }), "funcorr.toml:2"));
  w.write("funcorr.toml", "[render.mine]\nnoise = 0.2\n");  // whose runs have no names
  CHECK(has(refused(w.path(), {}), "mine"));
}

TEST_CASE("option errors name the key, the allowed range and the place") {
  const TemporaryFolder w;
  struct Case {
    std::vector<std::string> arguments;
    std::vector<std::string> parts;
  };
  for (const Case& each : std::vector<Case>{
           {{"--samples", "0"}, {"samples", "1 … 4096", "spp", "command line"}},
           {{"--samples", "4097"}, {"1 … 4096"}},
           {{"--samples", "1.5"}, {"samples 1.5", "an integer 1 … 4096"}},
           {{"--noise", "nan"}, {"noise", "a number 0 … 1"}},
           {{"--noise", "1e"}, {"noise", "1e"}},
           {{"--mode", "papr"}, {"mode", "paper, reference"}},
           {{"--weights", "1,11"}, {"weights", "0 … 10"}},
           {{"--sampels", "3"}, {"--sampels", "did you mean '--samples'?"}},
           {{"stray"}, {"stray"}},
           {{"--samples"}, {"samples"}},
           {{"--preset", "dmeo"}, {"preset 'dmeo'", "default, demo, paper, release"}},
       }) {
    const std::string error = refused(w.path(), each.arguments);
    for (const std::string& part : each.parts) {
      INFO(error);
      CHECK(has(error, part));
    }
  }
}

TEST_CASE("configuration errors name the file, the line and the nearest known name") {
  const TemporaryFolder w;
  struct Case {
    std::string text;
    std::vector<std::string> parts;
  };
  for (const Case& each : std::vector<Case>{
           {"[render]\n\nsampels = 3\n",
            {"funcorr.toml:3", "unknown key 'sampels'", "did you mean 'samples'?"}},
           {"[render]\nsamples = 0\n", {"funcorr.toml:2", "samples = 0", "1 … 4096"}},
           {"[render]\nsamples = \"many\"\n", {"funcorr.toml:2", "an integer"}},
           {"[render]\nnoise = 1979-05-27\n", {"funcorr.toml:2", "noise"}},
           {"[rendr]\nsamples = 1\n", {"funcorr.toml:1", "[rendr]", "did you mean 'render'?"}},
           {"[funcorr]\nsamples = 1\n", {"funcorr.toml:2", "belongs into [render]"}},
           {"[funcorr]\nsede = 1\n", {"funcorr.toml:2", "did you mean 'seed'?"}},
           {"[render\nsamples = 1\n", {"funcorr.toml:1", "not valid TOML"}},
       }) {
    w.write("funcorr.toml", each.text);
    const std::string error = refused(w.path(), {});
    for (const std::string& part : each.parts) {
      INFO(error);
      CHECK(has(error, part));
    }
  }
  const std::string missing = error_of<EnvironmentError>([&] {
    resolve(w.path(), {"--config", (w / "none.toml").string()});
  });
  CHECK(has(missing, "none.toml"));
}

TEST_CASE("the options' fingerprint moves with results only") {
  const TemporaryFolder w;
  const auto fingerprint = [&](const std::vector<std::string>& arguments) {
    return resolve(w.path(), arguments).fingerprint();
  };
  const std::string plain = fingerprint({});
  CHECK(plain.size() == 12);
  CHECK(fingerprint({"--no-denoise", "--workers", "5", "--cache", "/x"}) == plain);
  CHECK(fingerprint({"--samples", "100"}) == plain);
  CHECK(fingerprint({"--samples", "101"}) != plain);
  CHECK(fingerprint({"--seed", "1"}) != plain);
  // A path within the workspace counts by its place there.
  w.write("funcorr.toml", "[render]\nhdri = [\"maps/a.exr\"]\n");
  const std::string within = fingerprint({});
  CHECK(within != plain);
  CHECK(fingerprint({"--hdri", (w / "maps/a.exr").string()}) == within);
  CHECK(fingerprint({"--hdri", "/maps/a.exr"}) != within);
}

TEST_CASE("options survive the way to a worker") {
  const TemporaryFolder w;
  const Options options = resolve(w.path(), {"--samples", "7", "--tags", "a,ü", "--noise", "0.125"});
  const Options again = Options::from_json(table(), json::parse(options.to_json().dump()));
  CHECK(again.to_json() == options.to_json());
  CHECK(again.fingerprint() == options.fingerprint());
  CHECK_THROWS_AS(options.at("no_such_option"), std::logic_error);
}

TEST_CASE("a stage gives a shared option another default") {
  RunOptions defaults;
  defaults.time_limit_s = 5;
  const Options options(with_shared_options(own_table(), defaults));
  CHECK(assigned<RunOptions>(options).time_limit_s == 5);
  CHECK(assigned<RunOptions>(options).max_attempts == 3);
  CHECK(has(help_text("funcorr-render", "render", "renders", own_table(), defaults), "default 5 s;"));
}

TEST_CASE("help names every option with default, unit and range, in aligned columns") {
  const std::string help = help_text("funcorr-render", "render", "renders", own_table());
  const OptionTable all = table();
  for (const Option& option : all.options()) {
    std::string name = option.name;
    std::ranges::replace(name, '_', '-');
    INFO(name);
    CHECK(has(help, name));
  }
  CHECK(has(help, "default 1800 s;"));
  CHECK(has(help, "default 100 spp; an integer 1 … 4096"));
  CHECK(has(help, "one of paper, reference"));
  CHECK(has(help, "Landlock"));
}

TEST_CASE("nearest finds what was meant, and nothing where nothing is near") {
  const std::vector<std::string> known = {"samples", "seed", "workers", "memory_limit_mb"};
  CHECK(nearest("sampels", known) == "samples");
  CHECK(nearest("worker", known) == "workers");
  CHECK(nearest("memory_limit", known) == "memory_limit_mb");
  CHECK(nearest("quaternion", known).empty());
}

}  // namespace
namespace {

struct LaterLike {
  std::optional<double> temperature = 0.5;
  std::optional<int> length{};
  std::string extra;
  bool again = false;

  static const OptionList<LaterLike>& options() {
    static const OptionList<LaterLike> list{
        option("temperature", &LaterLike::temperature).range(0, 2).help("warmth"),
        option("length", &LaterLike::length).range(1, 9).help("length"),
        option("extra", &LaterLike::extra).help("more").changes_results_if_set(),
        option("again", &LaterLike::again).help("once more").changes_results_if_set(),
    };
    return list;
  }
};

Options later(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "funcorr-later");
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  const OptionTable table = with_shared_options(OptionTable(LaterLike::options().described()));
  return resolve_options(parse_command_line(static_cast<int>(pointers.size()), pointers.data(), table), table,
                         "later");
}

}  // namespace

TEST_CASE("a number may be absent") {
  const auto plain = assigned<LaterLike>(later({}));
  CHECK(plain.temperature == 0.5);
  CHECK_FALSE(plain.length);
  const Options set = later({"--temperature", "none", "--length", "3"});
  CHECK_FALSE(assigned<LaterLike>(set).temperature);
  CHECK(assigned<LaterLike>(set).length == 3);
  CHECK(set.print_config().find("temperature = \"none\"") != std::string::npos);
  const Options again = Options::from_json(set.table(), json::parse(set.to_json().dump()));
  CHECK_FALSE(assigned<LaterLike>(again).temperature);
  for (const char* wrong : {"no", "3"}) {
    const std::string error = error_of<UsageError>([&] { later({"--temperature", wrong}); });
    INFO(error);
    CHECK(error.find("a number 0 … 2, or none") != std::string::npos);
  }
  CHECK(error_of<UsageError>([&] { later({"--seed", "none"}); }) != "no error");
}

TEST_CASE("another default holds where nobody set the option, and says where it is from") {
  Options options = later({"--length", "3"});
  CHECK(options.set_default("temperature", "none", "provider x"));
  CHECK_FALSE(options.set_default("length", 5, "provider x"));
  CHECK_FALSE(options.set_default("extra", "", "provider x"));  // it is that
  CHECK(assigned<LaterLike>(options).length == 3);
  CHECK(options.print_config().find("# preset, provider x") != std::string::npos);
}

TEST_CASE("an option that came later leaves items as they are unless it is set") {
  const OptionTable before = with_shared_options(OptionTable([] {
    std::vector<Option> options = LaterLike::options().described();
    options.erase(options.end() - 2, options.end());
    return options;
  }()));
  CHECK(later({}).fingerprint() == Options(before).fingerprint());
  CHECK(later({"--extra", "x"}).fingerprint() != Options(before).fingerprint());
  CHECK(later({"--no-again"}).fingerprint() == Options(before).fingerprint());
  CHECK(later({"--again"}).fingerprint() != Options(before).fingerprint());
}

}  // namespace funcorr
