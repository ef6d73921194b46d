#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "tests/catch.h"

namespace funcorr::tests {

// The root of the source tree.
std::filesystem::path source_dir();

// The folder of golden files: $FUNCORR_GOLDEN, else ../shared/golden beside the source tree; nothing where it
// is absent.
inline std::optional<std::filesystem::path> golden_dir() {
  const char* set = std::getenv("FUNCORR_GOLDEN");
  const std::filesystem::path dir =
      set ? std::filesystem::path(set) : source_dir() / ".." / "shared" / "golden";
  if (std::filesystem::is_directory(dir)) return dir;
  return std::nullopt;
}

// The folder of real test objects (meshes, hdri, tricky, objaverse), likewise: $FUNCORR_OBJECTS or
// ../shared/objects.
inline std::optional<std::filesystem::path> objects_dir() {
  const char* set = std::getenv("FUNCORR_OBJECTS");
  const std::filesystem::path dir =
      set ? std::filesystem::path(set) : source_dir() / ".." / "shared" / "objects";
  if (std::filesystem::is_directory(dir)) return dir;
  return std::nullopt;
}

// The folder of OpenAI's published API description (openapi.json), likewise: $FUNCORR_OPENAI or
// ../shared/openai.
inline std::optional<std::filesystem::path> openai_dir() {
  const char* set = std::getenv("FUNCORR_OPENAI");
  const std::filesystem::path dir =
      set ? std::filesystem::path(set) : source_dir() / ".." / "shared" / "openai";
  if (std::filesystem::is_regular_file(dir / "openapi.json")) return dir;
  return std::nullopt;
}

}  // namespace funcorr::tests

// First line of a test that needs the golden files: binds `name` to their folder or skips with a message.
#define FUNCORR_GOLDEN_OR_SKIP(name)                                      \
  const auto name##_found = funcorr::tests::golden_dir();                 \
  if (!name##_found) {                                                    \
    WARN("skipped: no golden files; set FUNCORR_GOLDEN to their folder"); \
    return;                                                               \
  }                                                                       \
  const std::filesystem::path& name = *name##_found

#define FUNCORR_OBJECTS_OR_SKIP(name)                                      \
  const auto name##_found = funcorr::tests::objects_dir();                 \
  if (!name##_found) {                                                     \
    WARN("skipped: no test objects; set FUNCORR_OBJECTS to their folder"); \
    return;                                                                \
  }                                                                        \
  const std::filesystem::path& name = *name##_found

#define FUNCORR_OPENAI_OR_SKIP(name)                                                  \
  const auto name##_found = funcorr::tests::openai_dir();                             \
  if (!name##_found) {                                                                \
    WARN("skipped: no API description; set FUNCORR_OPENAI to openapi.json's folder"); \
    return;                                                                           \
  }                                                                                   \
  const std::filesystem::path& name = *name##_found
