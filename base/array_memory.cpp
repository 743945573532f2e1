#include "base/array_memory.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>
#include <string_view>

#include "base/sanitizer.h"

namespace figurant {

namespace {

constexpr std::size_t beyond_any_memory = std::size_t{1} << 47;
constexpr std::size_t alignment = 64, huge_page = std::size_t{1} << 21;
constexpr std::size_t range_bytes = std::size_t{1} << 25;  // a power of two: an array's range is found so
/// Below this malloc does well. AddressSanitizer's malloc takes all: what is written beside an array is seen.
constexpr std::size_t least =
    std::string_view(FIGURANT_SANITIZER) == "address" ? SIZE_MAX : std::size_t{1} << 14;
constexpr std::size_t most = range_bytes / 4;  // above this an array has a range of its own

std::atomic<std::size_t> reserved{0};

std::size_t rounded_up(std::size_t bytes, std::size_t step) { return (bytes + step - 1) / step * step; }

/// Reserves memory that begins at a multiple of `step`.
std::byte* map(std::size_t bytes, std::size_t step) {
    void* place = ::mmap(nullptr, bytes + step, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(place);
    const auto before = (step - reinterpret_cast<std::uintptr_t>(begin) % step) % step;
    if (before > 0) ::munmap(begin, before);
    ::munmap(begin + before + bytes, step - before);
    ::madvise(begin + before, bytes, MADV_HUGEPAGE);  // only advice: without it all is as well, and slower
    reserved += bytes;
    return begin + before;
}

void unmap(void* begin, std::size_t bytes) noexcept {
    ::munmap(begin, bytes);
    reserved -= bytes;
}

/// At the beginning of a range of arrays, which lie behind it one after the other. Room is not used again
/// before the whole range is free: what was read together mostly goes together.
struct Range {
    std::size_t end = alignment;  ///< of the last array
    std::size_t arrays = 0;       ///< alive
};
static_assert(sizeof(Range) <= alignment);

class Ranges {
  public:
    void* take(std::size_t bytes) {
        bytes = rounded_up(bytes, alignment);
        const std::lock_guard lock(mutex_);
        if (!current_ || bytes > range_bytes - current_->end) begin_another();
        void* const place = reinterpret_cast<std::byte*>(current_) + current_->end;
        current_->end += bytes;
        ++current_->arrays;
        return place;
    }
    void give(void* array) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(array);
        auto* const range = reinterpret_cast<Range*>(address / range_bytes * range_bytes);
        {
            const std::lock_guard lock(mutex_);
            if (--range->arrays > 0) return;
            if (range == current_) {
                range->end = alignment;  // kept: one array after the other would map and unmap it each time
                return;
            }
        }
        unmap(range, range_bytes);
    }

  private:
    void begin_another() { current_ = ::new (map(range_bytes, range_bytes)) Range; }

    std::mutex mutex_;
    Range* current_ = nullptr;  ///< others are known to their arrays alone
};

Ranges& ranges() {
    static auto& all = *new Ranges;  // arrays may outlive any object with an end
    return all;
}

}  // namespace

void* take_array_memory(std::size_t bytes) {
    if (bytes > beyond_any_memory) throw std::bad_alloc();
    if (bytes < least) return ::operator new (bytes, std::align_val_t{alignment});
    if (bytes > most) return map(rounded_up(bytes, std::size_t{1} << 12), huge_page);
    return ranges().take(bytes);
}

void give_array_memory(void* memory, std::size_t bytes) noexcept {
    if (bytes < least)
        ::operator delete (memory, std::align_val_t{alignment});
    else if (bytes > most)
        unmap(memory, rounded_up(bytes, std::size_t{1} << 12));
    else
        ranges().give(memory);
}

std::size_t reserved_array_memory() { return reserved; }

}  // namespace figurant
