#pragma once

#include "db/format/image.h"

namespace funcorr {

// Maps of classic materials (Wavefront MTL and its like) as those of glTF.

// Some texel of it is not opaque.
bool has_transparency(const Image8& image);

// One channel of the image, straight: 'r', 'g', 'b', 'm' (alpha; white where there is none) or 'l'
// (brightness).
Image8 channel_of(const Image8& image, char channel);

// base + gain · value of every channel but alpha, clamped to what a texture holds.
Image8 with_range(const Image8& image, double base, double gain);

// map_d: RGBA of the colours (white where there are none) and the opacity, which is the map's alpha channel
// where that says something, else its brightness. As large as the larger of both, nearest texels.
Image8 with_opacity(const Image8* colors, const Image8& opacity);

// map_Bump holds heights by its definition, but often a normal map in practice: one is mostly blue, of unit
// normals that lean to no side on average.
bool is_normal_map(const Image8& image);

// Tangent-space normals (+Y up) of a height map. MTL gives heights no unit: here white stands strength·2 % of
// the image's width above black.
Image8 normals_from_heights(const Image8& heights, double strength);

}  // namespace funcorr
