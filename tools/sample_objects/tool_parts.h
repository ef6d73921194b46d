#pragma once

#include <vector>

#include "tools/sample_objects/sample_object.h"

namespace funcorr {

// Pieces that several tools share; all lie along x with the hand at −x.

// A handle or shaft swept along a spline through `path`, half-thickness `radii` at its points (interpolated).
// `flatness`: half-thickness along `up` relative to that across. `up`: never parallel to the path; also the
// direction that `flatness` thins.
void add_grip(SampleObject& object, int part, const std::vector<Vec3d>& path,
              const std::vector<double>& radii, double flatness, const Vec3d& up = {0, 1, 0});

// A flat blade in the xy plane from x = 0 (heel) to x = length (tip), edge towards −y, thickness along z.
struct CuttingBlade {
  double length, height, thickness;  // metres; spine at y = height/2 at the heel
  double belly = 0.3;                // how much the edge curves up towards the tip, 0…1
  double drop = 0.3;                 // how much the spine comes down towards the tip, 0…1
};
struct CuttingBladeParts {
  int flat, edge, spine, tip;
};
void add_cutting_blade(SampleObject& object, const CuttingBlade& blade, const CuttingBladeParts& parts);
Vec3d blade_tip(const CuttingBlade& blade);
// cut-with: middle of the edge, out of it, along it.
Transform cutting_edge_frame(const CuttingBlade& blade);

}  // namespace funcorr
