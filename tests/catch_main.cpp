#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include <cstdlib>
#include <fstream>
#include <string_view>

#include "tests/catch.h"
#include "tests/golden.h"
#include "tests/skip.h"

namespace funcorr::tests {

std::filesystem::path source_dir() { return FUNCORR_SOURCE_DIR; }

void skip(const std::string& reason) {
  // One short line by one write: tests that run beside each other do not mix theirs.
  if (const char* list = std::getenv("FUNCORR_SKIPPED"))
    std::ofstream(list, std::ios::app)
        << reason + "\t" + Catch::getResultCapture().getCurrentTestName() + "\n";
  WARN("skipped: " << reason);
}

void skip_without_reference(const std::string& reason) {
  const char* required = std::getenv("FUNCORR_REQUIRE_GOLDEN");
  if (required && std::string_view(required) == "1") FAIL(reason << " (FUNCORR_REQUIRE_GOLDEN=1)");
  skip(reason);
}

}  // namespace funcorr::tests

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
