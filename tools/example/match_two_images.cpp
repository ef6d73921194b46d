// Where would a robot that was shown a point on one object touch another one, for the same function?
//
//   example-match W/train/runs/full "pour with" kettle.png bottle.png 120 80
//
// Prints the point of bottle.png that corresponds to pixel (120, 80) of kettle.png, and the five best
// correspondences that the model finds by itself. The images have an alpha channel, or show only the object.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "db/format/image.h"
#include "eval/matching/functional_match.h"

using namespace funcorr;

namespace {

void print(const FunctionalMatch& match) {
  std::printf("(%.1f, %.1f) -> (%.1f, %.1f)  similarity %.3f\n", match.point_1.x, match.point_1.y,
              match.point_2.x, match.point_2.y, static_cast<double>(match.similarity));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: example-match RUN FUNCTION IMAGE_1 IMAGE_2 X Y\n");
    return 2;
  }
  try {
    const FunctionalMatcher matcher(argv[1]);  // load once, match many pairs
    const MatchImage shown(load_photo8(argv[3])), other(load_photo8(argv[4]));
    const MatchedImages matched = matcher.match(shown, other, argv[2]);

    const Pixel touched = shown.crop_from_image({std::atof(argv[5]), std::atof(argv[6])});
    for (const FunctionalMatch& match : matched.transfer({touched})) print(match);

    std::printf("found by itself:\n");
    for (const FunctionalMatch& match : matched.discover({.most = 5, .separation_px = 5})) print(match);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "example-match: %s\n", error.what());
    return 1;
  }
}
