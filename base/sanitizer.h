#pragma once
// Which sanitizer a file is compiled with: "address", "thread" or "none". g++ says it by a macro, clang by a
// feature.

#if defined(__has_feature)
#define FIGURANT_HAS_FEATURE(x) __has_feature(x)
#else
#define FIGURANT_HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || FIGURANT_HAS_FEATURE(address_sanitizer)
#define FIGURANT_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__) || FIGURANT_HAS_FEATURE(thread_sanitizer)
#define FIGURANT_SANITIZER "thread"
#else
#define FIGURANT_SANITIZER "none"
#endif
