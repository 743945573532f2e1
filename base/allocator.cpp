#include "base/allocator.h"

#include <cstdlib>  // for __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace figurant {

void keep_freed_memory() {
#if defined(__GLIBC__)
    // Setting one of the two ends their adjusting by themselves, so both are set. 32 MiB is the most that
    // glibc takes.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

}  // namespace figurant
