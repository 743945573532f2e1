// The memory of features: pieces never overlap, places are used again, tensors outlive what they lie in.

#include "mask_rcnn/feature_memory.h"

#include <doctest/doctest.h>

#include <thread>

#include "base/random.h"

using namespace figurant::mask_rcnn;
using torch::Tensor;

namespace {

const void* place_of(const Tensor& tensor) { return tensor.data_ptr(); }

}  // namespace

TEST_CASE("pieces keep what is written into them, whatever is taken and given back beside them") {
    MemoryRange range(std::size_t{1} << 22);
    struct Piece {
        unsigned char* begin;
        std::size_t bytes;
        unsigned char mark;
    };
    std::vector<Piece> pieces;
    figurant::Random random(7);
    const auto whole = [](const Piece& piece) {
        return std::all_of(piece.begin, piece.begin + piece.bytes,
                           [&](unsigned char each) { return each == piece.mark; });
    };
    bool was_full = false;
    for (int step = 0; step < 3000; ++step) {
        if (pieces.empty() || random.below(5) < 3) {
            const std::size_t bytes = random.below(1 << (4 + random.below(16)));
            auto* begin = static_cast<unsigned char*>(range.take(bytes));
            was_full = was_full || !begin;
            if (!begin) continue;
            REQUIRE(reinterpret_cast<std::uintptr_t>(begin) % 64 == 0);
            const auto mark = static_cast<unsigned char>(random.below(256));
            std::fill_n(begin, bytes, mark);
            pieces.push_back({begin, bytes, mark});
        } else {
            const auto at = pieces.begin() + static_cast<std::ptrdiff_t>(random.below(pieces.size()));
            REQUIRE(whole(*at));
            range.give(at->begin);
            pieces.erase(at);
        }
    }
    CHECK(was_full);
    for (const Piece& piece : pieces) {
        CHECK(whole(piece));
        range.give(piece.begin);
    }
    CHECK(range.take(range.bytes()) != nullptr);  // all free places have become one again
}

TEST_CASE("tensors lie in the lease's range while it lasts, and where LibTorch puts them when it is full") {
    FeatureMemory memory;
    const void* first = nullptr;
    for (int call = 0; call < 3; ++call) {
        const FeatureMemory::Lease lease(memory, 1 << 20);
        const Tensor features = empty_features(1, 3, 20, 30);
        CHECK(features.sizes() == torch::IntArrayRef{1, 3, 20, 30});
        CHECK(features.is_contiguous(at::MemoryFormat::ChannelsLast));
        if (call == 0) first = place_of(features);
        CHECK(place_of(features) == first);
        const Tensor large = empty_tensor({1 << 22}).fill_(1);
        CHECK(large.sum().item<float>() == 1 << 22);
    }
    CHECK(place_of(empty_tensor({5})) != first);
}

TEST_CASE("calls side by side have ranges of their own, and a tensor may outlive its range's memory") {
    Tensor kept;
    {
        FeatureMemory memory;
        const FeatureMemory::Lease lease(memory, 1 << 20);
        kept = empty_tensor({100}).fill_(3);
        const void* other = nullptr;
        std::thread([&] {
            const FeatureMemory::Lease beside(memory, 1 << 20);
            other = place_of(empty_tensor({100}).fill_(4));
        }).join();
        CHECK(other != place_of(kept));
    }
    CHECK(kept.sum().item<float>() == 300);
}
