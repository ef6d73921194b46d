#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "tests/catch.h"
#include "tests/skip.h"

namespace funcorr::tests {

// The root of the source tree.
std::filesystem::path source_dir();

// The folder that the environment names, else the one of this name in ../shared beside the source tree;
// nothing where it is absent.
inline std::optional<std::filesystem::path> reference_folder(const char* variable, const char* name) {
  const char* set = std::getenv(variable);
  const std::filesystem::path folder =
      set ? std::filesystem::path(set) : source_dir() / ".." / "shared" / name;
  if (std::filesystem::is_directory(folder)) return folder;
  return std::nullopt;
}

// Golden files: inputs and outputs of the published release's functions.
inline std::optional<std::filesystem::path> golden_dir() {
  return reference_folder("FUNCORR_GOLDEN", "golden");
}

// Real test objects (meshes, hdri, tricky, objaverse).
inline std::optional<std::filesystem::path> objects_dir() {
  return reference_folder("FUNCORR_OBJECTS", "objects");
}

// OpenAI's published API description, openapi.json.
inline std::optional<std::filesystem::path> openai_dir() {
  return reference_folder("FUNCORR_OPENAI", "openai");
}

}  // namespace funcorr::tests

// NOLINTBEGIN(bugprone-macro-parentheses): the argument is the name that they declare
// First line of a test that needs the golden files: binds `name` to their folder or skips with a message.
#define FUNCORR_GOLDEN_OR_SKIP(name)                                                               \
  const auto name##_found = funcorr::tests::golden_dir();                                          \
  if (!name##_found) {                                                                             \
    funcorr::tests::skip_without_reference("no golden files; set FUNCORR_GOLDEN to their folder"); \
    return;                                                                                        \
  }                                                                                                \
  const std::filesystem::path& name = *name##_found

#define FUNCORR_OBJECTS_OR_SKIP(name)                                                               \
  const auto name##_found = funcorr::tests::objects_dir();                                          \
  if (!name##_found) {                                                                              \
    funcorr::tests::skip_without_reference("no test objects; set FUNCORR_OBJECTS to their folder"); \
    return;                                                                                         \
  }                                                                                                 \
  const std::filesystem::path& name = *name##_found

#define FUNCORR_OPENAI_OR_SKIP(name)                                        \
  const auto name##_found = funcorr::tests::openai_dir();                   \
  if (!name##_found) {                                                      \
    funcorr::tests::skip_without_reference(                                 \
        "no API description; set FUNCORR_OPENAI to openapi.json's folder"); \
    return;                                                                 \
  }                                                                         \
  const std::filesystem::path& name = *name##_found
// NOLINTEND(bugprone-macro-parentheses)
