#include "render/format/image.h"
