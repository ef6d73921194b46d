#include "tools/sample_objects/generate.h"

#include <cstdio>
#include <span>

#include "db/format/file.h"
#include "db/format/hash.h"
#include "db/format/json.h"
#include "tools/sample_objects/finish.h"
#include "tools/sample_objects/glb.h"

namespace funcorr {
namespace {

std::uint64_t seed_of(const std::string& category, std::uint64_t seed, int variant) {
  return fnv1a(category + "#" + std::to_string(variant), kFnvStart ^ (seed * 0x9e3779b97f4a7c15ULL));
}

// "a oak handle" → "an oak handle".
std::string with_articles(std::string caption) {
  for (std::size_t at = caption.find("a "); at != std::string::npos; at = caption.find("a ", at + 2)) {
    const bool is_article = at == 0 || caption[at - 1] == ' ';
    const bool before_vowel =
        at + 2 < caption.size() && std::string("aeio").find(caption[at + 2]) != std::string::npos;
    if (is_article && before_vowel) caption.insert(at + 1, "n");
  }
  return caption;
}

}  // namespace

GeneratedObject generate_object(const SampleFamily& family, std::uint64_t seed, int variant) {
  Random random(seed_of(family.category, seed, variant));
  GeneratedObject generated{family.generate(random), {}};
  make_irregular(generated.object, random, 0.012);
  drop_degenerate_triangles(generated.object);
  generated.object.caption = with_articles(std::move(generated.object.caption));
  const double yaw = uniform(random, 0, 2 * 3.14159265358979323846);
  const double scale = chance(random, 0.5) ? uniform(random, 0.8, 1.25) : uniform(random, 80, 125);
  const Vec3d shift{uniform(random, -1, 1), uniform(random, 0, 1), uniform(random, -1, 1)};
  generated.file_from_object =
      Transform::translate(shift * (0.1 * scale)) * Transform::rotate_y(yaw) * Transform::scale(scale);
  return generated;
}

std::filesystem::path write_sample_object(const GeneratedObject& generated,
                                          const std::filesystem::path& folder, int variant) {
  char number[16];
  std::snprintf(number, sizeof number, "-%03d", variant);
  const std::string& category = generated.object.category;
  const std::filesystem::path stem = folder / category / (category + number);
  std::filesystem::create_directories(stem.parent_path());
  const std::string glb = encode_glb(generated.object, generated.file_from_object);
  write_file_bytes(stem.string() + ".glb", std::as_bytes(std::span(glb)));
  save_json(stem.string() + ".json", sidecar_of(generated.object, generated.file_from_object));
  return stem.string() + ".glb";
}

}  // namespace funcorr
