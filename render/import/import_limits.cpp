#include "render/import/import_limits.h"

namespace funcorr {

const OptionList<ImportLimits>& ImportLimits::options() {
  using L = ImportLimits;
  static const OptionList<L> list{
      option("max_triangles", &L::max_triangles)
          .range(1, 1e9)
          .help("most triangles of an asset; one with more is rejected"),
      option("max_file_mb", &L::max_file_mb)
          .range(1, 65536)
          .unit("MB")
          .help("largest file that an asset may consist of"),
      option("max_texture_pixels", &L::max_texture_pixels)
          .range(1, 1e9)
          .unit("px")
          .help("largest texture; all textures of an asset together may have four times as many"),
  };
  return list;
}

ImportLimits ImportLimits::widest() {
  ImportLimits limits;
  for (const BoundOption<ImportLimits>& option : options().options())
    option.write(limits, option.described().max);
  return limits;
}

}  // namespace funcorr
