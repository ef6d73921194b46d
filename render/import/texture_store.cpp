#include "render/import/texture_store.h"

#include <algorithm>

#include "db/format/float_image.h"

namespace funcorr {
namespace {

// False for what cannot be read: decoding says why.
bool holds_floats(std::span<const std::byte> encoded, const ImportLimits& limits, const std::string& name) {
  try {
    return is_float_image(encoded, limits.max_texture_pixels, name);
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace

int TextureStore::from_file(const std::string& base, const std::string& reference, Encoding use) {
  const auto [known, is_new] = found_.try_emplace({base, reference, use}, -1);
  if (is_new) known->second = find(base, reference, use);
  return known->second;
}

int TextureStore::find(const std::string& base, const std::string& reference, Encoding use) {
  const auto found = finder_.find(base, reference);
  if (!found) {
    warnings_.push_back("texture '" + reference + "' is missing");
    return index_["missing " + reference] = -1;
  }
  if (!found->as_named) warnings_.push_back("texture '" + reference + "' is read from '" + found->path + "'");
  if (const auto known = index_.find(found->path); known != index_.end() && use == Encoding::kSrgb)
    return known->second;
  if (const auto bytes = folder_.read(found->path)) return from_memory(found->path, *bytes, use);
  warnings_.push_back("texture '" + found->path + "' has gone");
  return index_[found->path] = -1;
}

int TextureStore::from_memory(const std::string& name, std::span<const std::byte> encoded, Encoding use) {
  const bool as_numbers = use == Encoding::kLinear && holds_floats(encoded, limits_, name);
  const std::string key = as_numbers ? name + " as numbers" : name;
  if (const auto known = index_.find(key); known != index_.end()) return known->second;
  return index_[key] = add(name, encoded, as_numbers ? linear_code : srgb8_from_linear);
}

int TextureStore::derived(const std::string& key, const std::function<Image8()>& make) {
  if (const auto known = derived_.find(key); known != derived_.end()) return known->second;
  Texture texture{key, make()};
  pixels_ += static_cast<std::int64_t>(texture.image.width) * texture.image.height;
  if (pixels_ > limits_.max_all_texture_pixels())
    throw ImportError("texture_too_large", "textures: more pixels in all than allowed");
  textures_.push_back(std::move(texture));
  return derived_[key] = static_cast<int>(textures_.size()) - 1;
}

int TextureStore::add(const std::string& name, std::span<const std::byte> encoded,
                      std::uint8_t (*code)(float)) {
  const std::int64_t left = limits_.max_all_texture_pixels() - pixels_;
  const std::int64_t allowed = std::min(limits_.max_texture_pixels, left);
  try {
    Texture texture{name, decode_image8(encoded, allowed, name, code)};
    pixels_ += static_cast<std::int64_t>(texture.image.width) * texture.image.height;
    textures_.push_back(std::move(texture));
    return static_cast<int>(textures_.size()) - 1;
  } catch (const ImageTooLarge& error) {
    throw ImportError("texture_too_large", std::string("texture: ") + error.what());
  } catch (const std::runtime_error& error) {
    warnings_.push_back(std::string("texture: ") + error.what());
    return -1;
  }
}

}  // namespace funcorr
