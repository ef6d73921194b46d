#pragma once

// OpenImageIO's headers bring a copy of fmt that aborts where libfmt throws. In a namespace of its own no
// program is linked with it (and with OpenImageIO) by mistake.
#define FMT_BEGIN_NAMESPACE \
  namespace fmt {           \
  inline namespace of_openimageio {
#define FMT_END_NAMESPACE \
  }                       \
  }
#include <OpenImageIO/filesystem.h>
#include <OpenImageIO/imageio.h>
