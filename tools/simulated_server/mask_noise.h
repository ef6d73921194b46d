#pragma once

#include <vector>

#include "db/dataset/record/box.h"
#include "db/format/image.h"
#include "db/format/random.h"
#include "tools/simulated_server/box_noise.h"

namespace funcorr {

// Something that a segmentation model can tell apart in a picture.
struct PictureShape {
  PixelBox box{};  // around it, in pixels of the picture
  Image8 mask{};   // of the picture, one channel: 0 or 255
};

// One answer to a box: the mask of the shape whose box is most like it, with noise. `shapes`: those that can
// be seen, the whole object last; all of one size. An empty image where there are none. The same numbers are
// drawn whatever the shares are.
Image8 noisy_mask(const std::vector<PictureShape>& shapes, const PixelBox& asked, const AnswerNoise& noise,
                  Random random);

// The mask without its outermost pixels, `steps` times; a pixel has eight neighbours, and the picture's edge
// takes none away. And with a rim of so many.
Image8 eroded(Image8 mask, int steps);
Image8 dilated(Image8 mask, int steps);

}  // namespace funcorr
