#include "base/allocator.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <thread>

#include "base/sanitizer.h"

namespace figurant {
namespace {

long page_faults() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt;
}

/// Faults of taking, filling and giving back two blocks of 12 MB, a second time.
long faults_of_the_second_time() {
    long before = 0;
    for (int time = 0; time < 2; ++time) {
        before = page_faults();
        constexpr std::size_t bytes = 12 << 20;
        const auto a = std::make_unique_for_overwrite<char[]>(bytes),
                   b = std::make_unique_for_overwrite<char[]>(bytes);
        std::memset(a.get(), time, bytes);
        std::memset(b.get(), time, bytes);
        // Reads what was written, so that no compiler leaves it out.
        CHECK(*const_cast<volatile char*>(a.get() + bytes / 2) == time);
    }
    return page_faults() - before;
}

TEST_CASE("large blocks that were given back are taken again without page faults" *
          doctest::skip(std::string_view(FIGURANT_SANITIZER) == "address")) {
    keep_freed_memory();
    CHECK(faults_of_the_second_time() < 100);
    std::thread([] { CHECK(faults_of_the_second_time() < 100); }).join();
}

}  // namespace
}  // namespace figurant
