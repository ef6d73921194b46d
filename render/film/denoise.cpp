#include "render/film/denoise.h"

#include <stdexcept>
#include <string>

#include "db/format/error.h"

#ifdef FUNCORR_HAS_OIDN
#include <OpenImageDenoise/oidn.hpp>
#endif

namespace funcorr {

#ifdef FUNCORR_HAS_OIDN

bool has_denoiser() { return true; }

void denoise(ImageF& premultiplied, int threads) {
  oidn::DeviceRef device = oidn::newDevice(oidn::DeviceType::CPU);
  if (threads > 0) device.set("numThreads", threads);
  device.commit();
  const auto width = static_cast<std::size_t>(premultiplied.width),
             height = static_cast<std::size_t>(premultiplied.height);
  const std::size_t pixel_bytes = 4 * sizeof(float);
  oidn::FilterRef filter = device.newFilter("RT");
  for (const char* name : {"color", "output"})
    filter.setImage(name, premultiplied.pixels.data(), oidn::Format::Float3, width, height, 0, pixel_bytes,
                    width * pixel_bytes);
  filter.set("hdr", true);
  filter.commit();
  filter.execute();
  const char* message = nullptr;
  if (device.getError(message) != oidn::Error::None)
    throw std::runtime_error(std::string("OpenImageDenoise: ") + message);
}

#else

bool has_denoiser() { return false; }

void denoise(ImageF&, int) { require_denoiser(); }

#endif

void require_denoiser() {
  if (!has_denoiser())
    throw EnvironmentError(
        "denoise: this build has no denoiser; build it where OpenImageDenoise is installed");
}

}  // namespace funcorr
