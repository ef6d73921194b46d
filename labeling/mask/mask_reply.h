#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "db/dataset/record/box.h"
#include "db/dataset/run_length_mask.h"
#include "db/format/named_enum.h"
#include "labeling/box/square.h"

namespace funcorr {

// How a segmentation server tells the mask of a box.
enum class MaskFormat {
  kOff,  // nobody is asked
  // One JSON object or a list of them, each a mask of the padded square: COCO's {"size": [height, width],
  // "counts": a text or a list}, or a PNG in base64, behind "mask", "segmentation", "rle" or "png". A list,
  // also of such texts, may stand behind "masks". Of several the one of the highest "score" or
  // "predicted_iou", which may also stand in a list "scores".
  kSam,
  // [{"box_2d": [y0, x0, y1, x1] in thousandths of the padded square, "mask": a PNG as a data URL, which is
  // stretched over the box}]. Of several the one whose box is most like the asked one.
  kGemini,
};
constexpr auto names_of(MaskFormat) {
  return std::to_array<EnumName<MaskFormat>>(
      {{MaskFormat::kOff, "off"}, {MaskFormat::kSam, "sam"}, {MaskFormat::kGemini, "gemini"}});
}

// A reply that is no mask of the picture: one line for people.
struct MaskError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ReplyMask {
  RunLengthMask mask;  // of the picture, without the padding; not empty
  double score = -1;   // −1: the reply tells none
};

// What the reply says of the box, which is in pixels of the picture; nothing where it has no mask, or one
// without a pixel inside the picture. Replies are not trusted: memory is taken for no more than the padded
// square, and for a PNG of at most 4096 × 4096 pixels that is stretched. Throws MaskError.
std::optional<ReplyMask> read_mask(MaskFormat format, std::string_view reply, const SquarePadding& image,
                                   const PixelBox& asked);

// COCO's compressed counts (pycocotools, maskApi.c, rleFrString): five bits a letter from '0' on, a sixth bit
// where more follow; from the fourth on, differences to the one before the last. Throws MaskError for other
// letters, and where the runs are not those of a mask of the size.
RunLengthMask read_coco_counts(std::string_view counts, int width, int height);

}  // namespace funcorr
