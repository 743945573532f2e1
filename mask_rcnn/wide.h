#pragma once
// Loops that are compiled once for each width of the processor's registers; the widest one there is runs.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FIGURANT_WIDE __attribute__((target_clones("arch=skylake-avx512", "avx2", "default")))
#else
#define FIGURANT_WIDE
#endif
