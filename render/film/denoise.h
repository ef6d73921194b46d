#pragma once

#include "db/format/image.h"

namespace funcorr {

// Whether OpenImageDenoise was found when this was built.
bool has_denoiser();
// Throws EnvironmentError where it was not.
void require_denoiser();

// Removes noise from the colours of linear premultiplied RGBA, in place; alpha stays. `threads`: 0 for all of
// the machine. Throws std::runtime_error with the denoiser's message, and as require_denoiser().
void denoise(ImageF& premultiplied, int threads);

}  // namespace funcorr
