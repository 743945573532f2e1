#pragma once
// What must be the same for a shared library of stages and the program that loads it: the framework's version
// and headers, the compiler, the standard library, and sanitizers. A line each, compared before the library
// is loaded, since its first instructions run while it is loaded.

#include <version>

#include "base/sanitizer.h"
#include "pipeline/abi_note.h"
#include "pipeline/build_stamp.h"

#if defined(__clang__)
#define FIGURANT_ABI_COMPILER "Clang " FIGURANT_TEXT(__clang_major__) "." FIGURANT_TEXT(__clang_minor__)
#else
#define FIGURANT_ABI_COMPILER "GCC " FIGURANT_TEXT(__GNUC__) "." FIGURANT_TEXT(__GNUC_MINOR__)
#endif

#if defined(_LIBCPP_VERSION)
#define FIGURANT_ABI_LIBRARY \
    "libc++ " FIGURANT_TEXT(_LIBCPP_VERSION) " ABI " FIGURANT_TEXT(_LIBCPP_ABI_VERSION)
#else
#if _GLIBCXX_USE_CXX11_ABI
#define FIGURANT_ABI_STRINGS ""
#else
#define FIGURANT_ABI_STRINGS ", strings of before C++11"
#endif
#ifdef _GLIBCXX_DEBUG
#define FIGURANT_ABI_CONTAINERS ", debugging containers"
#else
#define FIGURANT_ABI_CONTAINERS ""
#endif
#define FIGURANT_ABI_LIBRARY \
    "libstdc++ " FIGURANT_TEXT(_GLIBCXX_RELEASE) FIGURANT_ABI_STRINGS FIGURANT_ABI_CONTAINERS
#endif

#define FIGURANT_ABI                            \
    "version: figurant " FIGURANT_STAMP_VERSION \
    "\n"                                        \
    "headers: " FIGURANT_STAMP_HEADERS          \
    "\n"                                        \
    "compiler: " FIGURANT_ABI_COMPILER          \
    "\n"                                        \
    "standard library: " FIGURANT_ABI_LIBRARY   \
    "\n"                                        \
    "sanitizer: " FIGURANT_SANITIZER "\n"
