#pragma once

#include <malloc.h>

namespace funcorr {

// Lets this process keep freed blocks of up to 1 GB instead of returning them to the system at once: programs
// that allocate the same large tensors or pictures again and again otherwise pay a page fault per 4 kB. Call
// it once, at the start of main().
inline void keep_large_blocks() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

}  // namespace funcorr
