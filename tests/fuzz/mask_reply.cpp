// Replies that should tell masks: run lengths, and PNG in base64.
#include "labeling/mask/mask_reply.h"

#include "db/format/image.h"
#include "tests/fuzz/fuzz.h"

namespace funcorr::tests {

void read_untrusted(std::string_view input) {
  constexpr SquarePadding kImage{12, 8};
  for (const MaskFormat format : {MaskFormat::kSam, MaskFormat::kGemini}) {
    try {
      const auto told = read_mask(format, input, kImage, {2, 2, 9, 7});
      if (!told) continue;
      promise(told->mask.width == kImage.width && told->mask.height == kImage.height,
              "a mask is of the picture's size");
      promise(run_lengths(mask_image(told->mask)) == told->mask, "its runs are those of its pixels");
    } catch (const MaskError&) {
    }
  }
  const RunLengthMask mask = read_coco_counts(input, 16, 16);
  promise(run_lengths(mask_image(mask)) == mask, "runs are those of the pixels");
}

}  // namespace funcorr::tests
