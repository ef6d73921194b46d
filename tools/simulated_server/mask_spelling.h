#pragma once

#include <string>

#include "db/format/image.h"
#include "db/format/random.h"
#include "labeling/box/square.h"
#include "labeling/mask/mask_reply.h"

namespace funcorr {

// A mask of a picture as a segmentation server spells it (labeling/mask/mask_reply.h); an empty one, or one
// without a pixel inside, as that there is none. Which of the spellings of kSam, `random` decides.
std::string spell_mask(MaskFormat format, const Image8& mask, const SquarePadding& image, Random& random);

// COCO's compressed counts (pycocotools, maskApi.c, rleToString).
std::string coco_counts(const RunLengthMask& mask);

}  // namespace funcorr
