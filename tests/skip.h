#pragma once

#include <string>

namespace funcorr::tests {

// What a test calls, to return then, where this machine lacks what the test needs. The test passes with a
// warning; tools/run-tests counts and names it at its end, by a line "reason<tab>test" in the file
// $FUNCORR_SKIPPED.
void skip(const std::string& reason);

// Likewise where files of reference lie elsewhere; a failure where FUNCORR_REQUIRE_GOLDEN=1 says that they
// are here.
void skip_without_reference(const std::string& reason);

}  // namespace funcorr::tests
