#include "db/manifest.h"
