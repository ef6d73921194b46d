#pragma once

#include "db/format/transform.h"
#include "db/format/vector.h"

namespace funcorr {

// Function space: where objects of any category are aligned for one function. Every function has one
// convention, below, followed by all generators; mapping two objects into function space aligns them.
// Right-handed, unitless; +x is the direction in which the function acts.
//
// function                    origin                        +x                    +y               unit
// pour-with                   centre of the opening         where the jet leaves  out of the opening
// opening's
//                             (rim, mouth or spout tip)     (in the opening's plane)                  radius
// scoop-with lift-with        middle of the leading lip     forward, into the     side that carries half the
// width dig-with pry-with           or of the front edge          matter                the load          of
// the working end spread-with                 (points: the point) cut-with scrape-with        middle of the
// edge            out of the edge       along the edge,   half the edge's peel-with wedge-with (points: the
// point)           (points: as below)    from hand to end  length pierce-with poke-with       the point (of
// many: their     out of the point,     the tool's upper  length of the write-with                  middle)
// along the shaft       side              pointed part pound-with press-with       centre of the face out of
// the face       away from the     face's radius
//                                                                                 hand
// roll-onto                   middle of the axis            across the axis       along the axis    radius
// brush-with sweep-with       middle of the ends of         out of the bristles   along the head's  half the
// head's
//                             bristles, or of the edge                            longer side       longer
//                             side
// mix-with                    far end of the working part   away from the hand    the tool's upper  half the
// length of
//                                                                                 side              the
//                                                                                 working part
// hang-onto pull-with         centre of the hooked curve    from there to where   normal to the     inner
// radius of
//                                                           the load bears        curve's plane     the curve
// apply torque-with           centre between the jaws       out of the jaws       axis of turning   half the
// jaws'
//                                                                                                   width
//
// The frame as a similarity object_from_function: `x` and `y_hint` in object space need not be of unit
// length nor orthogonal; y is made orthogonal to x. Throws std::invalid_argument when they are parallel or
// the unit is not positive.
Transform function_frame(const Vec3d& origin, const Vec3d& x, const Vec3d& y_hint, double unit);

}  // namespace funcorr
