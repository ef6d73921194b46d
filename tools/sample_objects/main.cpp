#include <cstdio>
#include <set>

#include <CLI/CLI.hpp>

#include "db/format/error.h"
#include "pipeline/exit_status.h"
#include "tools/sample_objects/generate.h"

namespace {

struct Arguments {
  std::string out;
  int variants = 3;
  std::uint64_t seed = 1;
  std::vector<std::string> categories;
  bool list = false;
};

int run(const Arguments& arguments) {
  std::set<std::string> wanted(arguments.categories.begin(), arguments.categories.end());
  const bool all = wanted.empty();
  int written = 0;
  for (const funcorr::SampleFamily& family : funcorr::sample_families()) {
    if (wanted.erase(family.category) == 0 && !all) continue;
    if (arguments.list) {
      std::puts(family.category.c_str());
      continue;
    }
    for (int variant = 0; variant < arguments.variants; ++variant, ++written)
      funcorr::write_sample_object(funcorr::generate_object(family, arguments.seed, variant), arguments.out,
                                   variant);
  }
  if (!wanted.empty()) {
    throw funcorr::UsageError("unknown category \"" + *wanted.begin() + "\"; --list shows all");
  }
  if (!arguments.list) std::fprintf(stderr, "%d objects written to %s\n", written, arguments.out.c_str());
  return funcorr::kAllDone;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Makes textured objects (GLB) whose parts and functions are known (sidecar JSON).");
  auto* out =
      app.add_option("--out", arguments.out, "folder to write <category>/<category>-<variant>.glb to");
  app.add_option("--variants", arguments.variants, "objects per category")
      ->check(CLI::Range(1, 999))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "same seed, same files")->capture_default_str();
  app.add_option("--categories", arguments.categories, "only these, separated by commas (default: all)")
      ->delimiter(',');
  auto* list = app.add_flag("--list", arguments.list, "print the categories and stop");
  try {
    app.parse(argc, argv);
    if (out->empty() && list->empty()) throw CLI::RequiredError("--out");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? funcorr::kAllDone : funcorr::kWrongUsage;
  }
  return funcorr::run_main("funcorr-sample-objects", [&] { return run(arguments); });
}
