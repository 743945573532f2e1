#include "mask_rcnn/feature_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

namespace figurant::mask_rcnn {

namespace {

using torch::Tensor;

constexpr std::size_t alignment = 64, huge_page = std::size_t{1} << 21;

thread_local std::shared_ptr<MemoryRange> current;

std::size_t rounded_up(std::size_t bytes, std::size_t step) { return (bytes + step - 1) / step * step; }

}  // namespace

MemoryRange::MemoryRange(std::size_t bytes) : bytes_(rounded_up(std::max<std::size_t>(bytes, 1), huge_page)) {
    void* place =
        ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<std::byte*>(place);
    ::madvise(place, bytes_, MADV_HUGEPAGE);  // only advice: without it all is as well, and slower
    free_[0] = bytes_;
}

MemoryRange::~MemoryRange() { ::munmap(begin_, bytes_); }

void* MemoryRange::take(std::size_t bytes) {
    bytes = rounded_up(std::max<std::size_t>(bytes, 1), alignment);
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(free_.begin(), free_.end(), [&](const auto& place) { return place.second >= bytes; });
    if (found == free_.end()) return nullptr;
    const auto [place, room] = *found;
    free_.erase(found);
    if (room > bytes) free_[place + bytes] = room - bytes;
    taken_[place] = bytes;
    return begin_ + place;
}

void MemoryRange::give(void* piece) {
    const std::lock_guard lock(mutex_);
    const auto taken = taken_.find(static_cast<std::size_t>(static_cast<std::byte*>(piece) - begin_));
    auto [place, bytes] = *taken;
    taken_.erase(taken);
    auto next = free_.lower_bound(place);
    if (next != free_.end() && next->first == place + bytes) {
        bytes += next->second;
        next = free_.erase(next);
    }
    if (next != free_.begin()) {
        const auto last = std::prev(next);
        if (last->first + last->second == place) {
            last->second += bytes;
            return;
        }
    }
    free_[place] = bytes;
}

std::shared_ptr<MemoryRange> FeatureMemory::take(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto fits =
        std::find_if(idle_.begin(), idle_.end(), [&](const auto& each) { return each->bytes() >= bytes; });
    if (fits != idle_.end()) {
        auto range = std::move(*fits);
        idle_.erase(fits);
        return range;
    }
    // As many ranges as there are calls at once: a larger one takes a smaller one's place.
    if (!idle_.empty()) idle_.pop_back();
    return std::make_shared<MemoryRange>(bytes);
}

FeatureMemory::Lease::Lease(FeatureMemory& memory, std::size_t bytes)
    : memory_(memory), range_(memory.take(bytes)), before_(std::exchange(current, range_)) {}

FeatureMemory::Lease::~Lease() {
    current = std::move(before_);
    const std::lock_guard lock(memory_.mutex_);
    memory_.idle_.push_back(std::move(range_));
}

Tensor empty_tensor(torch::IntArrayRef shape) {
    std::size_t bytes = sizeof(float);
    for (const std::int64_t extent : shape) bytes *= static_cast<std::size_t>(extent);
    void* piece = current ? current->take(bytes) : nullptr;
    if (!piece) return at::empty(shape, at::kFloat);
    return at::from_blob(
        piece, shape, [range = current](void* given) { range->give(given); }, at::kFloat);
}

Tensor empty_features(std::int64_t images, std::int64_t channels, std::int64_t height, std::int64_t width) {
    return empty_tensor({images, height, width, channels}).permute({0, 3, 1, 2});
}

}  // namespace figurant::mask_rcnn
