#pragma once

#include "db/format/image.h"

namespace funcorr {

// Whether OpenImageDenoise was found when this was built.
bool has_denoiser();

// Removes noise from the colours of linear premultiplied RGBA, in place; alpha stays. `threads`: 0 for all of
// the machine. Throws std::runtime_error with the denoiser's message, or because the build has none.
void denoise(ImageF& premultiplied, int threads);

}  // namespace funcorr
