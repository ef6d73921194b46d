#include "train/backbone/weight_free.h"

#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace funcorr {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr int kCell = 8;
constexpr int kOrientations = 8;
constexpr std::array kScales{1, 2, 4};  // in cells
constexpr int kAround = 9;              // 3×3 cells
constexpr int kScaleChannels = kAround * kOrientations + kAround + 6;
constexpr int kShapeChannels = 27;
// What shares, colours and shape channels are about on objects: subtracted, so that two descriptors have a
// cosine near 0 unless they have something in common.
constexpr double kTypicalShare = 0.6, kTypicalColour = 0.3, kTypicalShape = 0.35;

Tensor average_pool(const Tensor& maps, int size, int stride, int padding) {
  return F::avg_pool2d(maps,
                       F::AvgPool2dFuncOptions(size).stride(stride).padding(padding).count_include_pad(true));
}

// 3×3 neighbours of every grid point at `spacing` cells: [B, C, h, w] → [B, C·9, h, w].
Tensor neighbours(const Tensor& grid, int spacing) {
  const Tensor columns =
      F::unfold(grid, F::UnfoldFuncOptions(3).dilation(spacing).padding(spacing));  // [B, C·9, h·w]
  return columns.view({grid.size(0), -1, grid.size(2), grid.size(3)});
}

// Means over windows of `scale` cells, centred on the grid points.
Tensor blurred(const Tensor& grid, int scale) {
  return scale == 1 ? grid : average_pool(grid, 2 * scale - 1, 1, scale - 1);
}

// Gradient energy per unsigned orientation: [B, 1, H, W] → [B, 8, H, W].
Tensor orientation_energy(const Tensor& grey) {
  const Tensor padded = F::pad(grey, F::PadFuncOptions({1, 1, 1, 1}).mode(torch::kReplicate));
  const auto height = grey.size(2), width = grey.size(3);
  const Tensor dx =
      padded.narrow(2, 1, height).narrow(3, 2, width) - padded.narrow(2, 1, height).narrow(3, 0, width);
  const Tensor dy =
      padded.narrow(2, 2, height).narrow(3, 1, width) - padded.narrow(2, 0, height).narrow(3, 1, width);
  const Tensor squared = dx * dx + dy * dy;
  const Tensor magnitude = (squared + 1e-8).sqrt();
  // The doubled angle is the same for both directions of an edge's normal.
  const Tensor doubled = torch::cat({(dx * dx - dy * dy) / magnitude, 2 * dx * dy / magnitude}, 1);
  std::vector<float> directions;
  for (int bin = 0; bin < kOrientations; ++bin) {
    const double angle = 2 * std::numbers::pi * bin / kOrientations;
    directions.push_back(static_cast<float>(std::cos(angle)));
    directions.push_back(static_cast<float>(std::sin(angle)));
  }
  const Tensor kernel =
      torch::tensor(directions).view({kOrientations, 2, 1, 1}).to(grey.device(), grey.scalar_type());
  // Bins fall off linearly from the cosine of 0 to that of the next bin but one.
  return F::conv2d(doubled, kernel).relu_();
}

// SIFT's normalisation over channels: unit length, clipped at 0.2, unit length. Then without its mean, which
// says only how evenly the energy is spread and would make all descriptors alike.
Tensor sift_normalised(const Tensor& histogram) {
  const Tensor unit = histogram / (histogram.norm(2, 1, true) + 0.02);
  const Tensor clipped = unit.clamp_max(0.2);
  const Tensor normalised = clipped / (clipped.norm(2, 1, true) + 0.02);
  return normalised - normalised.mean(1, true);
}

// The object's mean colour and its deviation within windows of `scale` cells: [B, 6, h, w].
Tensor colour_statistics(const Tensor& colour, const Tensor& squared_colour, const Tensor& silhouette,
                         int scale) {
  const Tensor weight = blurred(silhouette, scale) + 1e-3;
  const Tensor mean = blurred(colour, scale) / weight;
  const Tensor variance = (blurred(squared_colour, scale) / weight - mean * mean).clamp_min(0);
  return torch::cat({mean, (variance + 1e-6).sqrt()}, 1);
}

// Cells to the silhouette's end in 8 directions, counter-clockwise from +x: [B, 8, h, w].
Tensor extents(const Tensor& silhouette) {
  constexpr std::array<std::array<int, 2>, 8> kDirections{
      {{1, 0}, {1, -1}, {0, -1}, {-1, -1}, {-1, 0}, {-1, 1}, {0, 1}, {1, 1}}};
  std::vector<Tensor> result;
  const auto steps = std::max(silhouette.size(2), silhouette.size(3));
  for (const auto& [dx, dy] : kDirections) {
    const double length = dx != 0 && dy != 0 ? std::numbers::sqrt2 : 1.0;
    Tensor run = silhouette;
    // Doubling: after k rounds `run` counts up to 2ᵏ cells, as long as all of them are full.
    Tensor full = silhouette;
    int reach = 1;
    while (reach < steps) {
      const auto moved = [&](const Tensor& grid) {
        const Tensor padded = F::pad(grid, F::PadFuncOptions({reach, reach, reach, reach}));
        return padded.narrow(2, reach + dy * reach, grid.size(2)).narrow(3, reach + dx * reach, grid.size(3));
      };
      run = run + full * moved(run);
      full = full * moved(full);
      reach *= 2;
    }
    result.push_back(run * length);
  }
  return torch::cat(result, 1);
}

// Sum over the grid: [B, 1, h, w] → [B, 1, 1, 1].
Tensor total(const Tensor& grid) { return grid.sum({2, 3}, true); }

// Place relative to the silhouette's centroid and along its principal axes, in object sizes: [B, 8, h, w].
Tensor placement(const Tensor& silhouette, const Tensor& size) {
  const auto options = silhouette.options();
  const Tensor x = torch::arange(silhouette.size(3), options).view({1, 1, 1, -1});
  const Tensor y = torch::arange(silhouette.size(2), options).view({1, 1, -1, 1});
  const Tensor area = total(silhouette) + 1e-3;
  const Tensor dx = (x - total(silhouette * x) / area) / size;
  const Tensor dy = (y - total(silhouette * y) / area) / size;
  const Tensor xx = total(silhouette * dx * dx) / area, yy = total(silhouette * dy * dy) / area;
  const Tensor xy = total(silhouette * dx * dy) / area;
  const Tensor angle = 0.5 * torch::atan2(2 * xy, xx - yy);
  Tensor u = dx * angle.cos() + dy * angle.sin();
  Tensor v = dy * angle.cos() - dx * angle.sin();
  // The long tail of the silhouette points along +u and +v.
  u = u * torch::tanh(100 * total(silhouette * u * u * u) / area);
  v = v * torch::tanh(100 * total(silhouette * v * v * v) / area);
  const Tensor radius = (dx * dx + dy * dy + 1e-6).sqrt();
  const Tensor elongation = ((xx - yy).square() + 4 * xy.square() + 1e-8).sqrt() / (xx + yy + 1e-3);
  const auto everywhere = [&](const Tensor& value) { return value.expand_as(radius); };
  return torch::cat({everywhere(dx), everywhere(dy), u, v, u.abs(), v.abs(), radius, everywhere(elongation)},
                    1);
}

// Where every grid point lies in the silhouette: [B, 27, h, w].
Tensor shape_context(const Tensor& silhouette) {
  const Tensor size = (total(silhouette) + 1).sqrt();  // cells
  const Tensor reach = extents(silhouette) / size;
  const Tensor widths = reach.narrow(1, 0, 4) + reach.narrow(1, 4, 4);
  const Tensor least = widths.amin(1, true), greatest = widths.amax(1, true);
  std::vector<Tensor> parts{reach / (reach + 0.5), widths / (widths + 0.5), least / (least + 0.25),
                            greatest / (greatest + 1), least / (greatest + 1e-3)};
  for (const int half : {1, 3, 6, 10}) parts.push_back(average_pool(silhouette, 2 * half + 1, 1, half));
  parts.push_back(placement(silhouette, size));
  return torch::cat(parts, 1);
}

}  // namespace

torch::Tensor estimate_silhouette(const Tensor& images) {
  const auto batch = images.size(0), height = images.size(2), width = images.size(3);
  const auto options = images.options();
  const Tensor x = torch::linspace(-1, 1, width, options).view({1, width}).expand({height, width});
  const Tensor y = torch::linspace(-1, 1, height, options).view({height, 1}).expand({height, width});
  const Tensor basis = torch::stack({torch::ones_like(x), x, y}).view({3, height * width});
  const auto rim_of = [&](const Tensor& maps) {  // [N, H·W] → [N, rim], 3 px wide
    const Tensor grid = maps.view({-1, height, width});
    return torch::cat({grid.narrow(1, 0, 3).flatten(1), grid.narrow(1, height - 3, 3).flatten(1),
                       grid.narrow(2, 0, 3).flatten(1), grid.narrow(2, width - 3, 3).flatten(1)},
                      1);
  };
  const Tensor rim_basis = rim_of(basis);                                  // [3, R]
  const Tensor rim = rim_of(images.reshape({batch * 3, height * width}));  // [B·3, R]
  // Invertible by construction; linalg_inv would wait for the device to say so.
  const Tensor normal = std::get<0>(torch::linalg_inv_ex(rim_basis.matmul(rim_basis.t())));  // [3, 3]
  const Tensor plane = rim.matmul(rim_basis.t()).matmul(normal);                             // [B·3, 3]
  const Tensor noise = (rim - plane.matmul(rim_basis)).abs().mean(1, true);                  // [B·3, 1]
  const Tensor difference =
      (images.reshape({batch * 3, height * width}) - plane.matmul(basis)).abs() / (4 * noise + 0.04);
  const Tensor differs = difference.view({batch, 3, height, width}).amax(1, true).clamp_max(2) * 0.5;
  // Isolated specks of noise average out; objects do not.
  return (4 * average_pool(differs, 3, 1, 1) - 1).clamp(0, 1);
}

int WeightFreeBackbone::channels() const {
  return static_cast<int>(kScales.size()) * kScaleChannels + kShapeChannels;
}

std::string WeightFreeBackbone::identity() const { return "weight-free/2"; }

torch::Tensor WeightFreeBackbone::forward(const Tensor& images) {
  const torch::NoGradGuard no_gradients;
  if (images.dim() != 4 || images.size(1) != 3 || images.size(2) < kCell || images.size(3) < kCell)
    throw std::invalid_argument(
        "weight-free backbone: images must be [B, 3, H, W] with sides of 8 px or more");
  const Tensor silhouette = estimate_silhouette(images);
  const Tensor object = images * silhouette;
  const Tensor grey = (object + (1 - silhouette)).mean(1, true);
  const Tensor energy = average_pool(orientation_energy(grey), kCell, kCell, 0);
  const Tensor inside = average_pool(silhouette, kCell, kCell, 0);
  const Tensor colour = average_pool(object, kCell, kCell, 0);
  const Tensor squared_colour = average_pool(object * images, kCell, kCell, 0);

  const Tensor shape = shape_context(inside);
  Tensor blocks =
      torch::zeros({layers(), images.size(0), channels(), inside.size(2), inside.size(3)}, images.options());
  for (int block = 0; block < layers(); ++block) {
    const int scale = kScales[static_cast<std::size_t>(block)];
    const Tensor own =
        torch::cat({sift_normalised(neighbours(blurred(energy, scale), scale)),
                    (neighbours(blurred(inside, scale), scale) - kTypicalShare) * 0.3,
                    (colour_statistics(colour, squared_colour, inside, scale) - kTypicalColour) * 0.5},
                   1);
    blocks[block].narrow(1, block * kScaleChannels, kScaleChannels).copy_(own);
    blocks[block].narrow(1, layers() * kScaleChannels, kShapeChannels).copy_((shape - kTypicalShape) / 3);
  }
  return blocks;
}

}  // namespace funcorr
