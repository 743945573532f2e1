#pragma once
// Reads the stored cases, and makes random ones.

#include <atomic>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "figures/coco.h"

namespace figurant::metrics::test {

using namespace figurant::figures;
using nlohmann::json;

inline RunLengthMask mask_of(const json& rle) {
    return RunLengthMask::from_string(rle["size"][0], rle["size"][1], rle["counts"].get<std::string>());
}

inline CocoTruth truth_of(const json& file) {
    CocoTruth truth;
    for (const auto& image : file["images"])
        truth.images.push_back({image["id"], image["file_name"], image["width"], image["height"]});
    for (const auto& category : file["categories"])
        truth.categories.push_back({category["id"], category["name"]});
    for (const auto& a : file["annotations"])
        truth.annotations.push_back({a["id"], a["image_id"], a["category_id"], a["bbox"], a["area"],
                                     a["iscrowd"] != 0, mask_of(a["segmentation"])});
    return truth;
}

inline CocoResults results_of(const json& file) {
    CocoResults results;
    for (const auto& entry : file) {
        CocoResult result{entry["image_id"], entry["category_id"], entry["score"], {}, {}};
        if (entry.contains("bbox")) result.bbox = entry["bbox"].get<std::array<double, 4>>();
        if (entry.contains("segmentation")) result.segmentation = mask_of(entry["segmentation"]);
        results.push_back(std::move(result));
    }
    return results;
}

/// What a random case is like.
struct Mix {
    int images = 5, truths = 6, finds = 10, categories = 1, scores = 1000000;
    double crowds = 0.1, empty = 0.2;
    int side = 120;  ///< of the images
    int shift = 4;   ///< by so many pixels, at most, a find near a true figure is off
};

inline RunLengthMask rectangle(int side, int x, int y, int width, int height) {
    const PlacedMask mask{x, y,
                          RunLengthMask(height, width, {0, static_cast<std::uint32_t>(width * height)})};
    return mask.on_image(side, side);
}

inline RunLengthMask random_rectangle(int side, Random& random) {
    const auto width = static_cast<int>(1 + random.below(side - 1)),
               height = static_cast<int>(1 + random.below(side - 1));
    return rectangle(side, static_cast<int>(random.below(side - width + 1)),
                     static_cast<int>(random.below(side - height + 1)), width, height);
}

/// A rectangle near another one.
inline RunLengthMask moved(const RunLengthMask& mask, int side, int by, Random& random) {
    const auto b = mask.bounds();
    const auto shift = [&](std::int64_t value, std::int64_t least, std::int64_t most) {
        return static_cast<int>(std::clamp(value + random.below(2 * by + 1) - by, least, most));
    };
    const int width = shift(b.width, 1, side), height = shift(b.height, 1, side);
    return rectangle(side, shift(b.x, 0, side - width), shift(b.y, 0, side - height), width, height);
}

struct RandomCase {
    CocoTruth truth;
    CocoResults results;
};

inline RandomCase random_case(std::uint64_t seed, const Mix& mix) {
    Random random(seed);
    RandomCase made;
    const auto box = [](const RunLengthMask& mask) {
        const auto b = mask.bounds();
        return std::array<double, 4>{static_cast<double>(b.x), static_cast<double>(b.y),
                                     static_cast<double>(b.width), static_cast<double>(b.height)};
    };
    for (int k = 1; k <= mix.categories; ++k) made.truth.categories.push_back({k, "c"});
    std::int64_t id = 1;
    for (int i = 0; i < mix.images; ++i) {
        made.truth.images.push_back({100 - i, "i", mix.side, mix.side});
        if (random.chance(mix.empty)) continue;
        std::vector<RunLengthMask> masks;
        for (int n = 0; n < mix.truths; ++n) {
            masks.push_back(random_rectangle(mix.side, random));
            made.truth.annotations.push_back({id++, 100 - i, 1 + random.below(mix.categories),
                                              box(masks.back()), static_cast<double>(masks.back().area()),
                                              random.chance(mix.crowds), masks.back()});
        }
        for (int n = 0; n < mix.finds; ++n) {
            const bool near = !masks.empty() && random.chance(0.8);
            const auto which = static_cast<std::size_t>(random.below(std::max<std::int64_t>(1, mix.truths)));
            const RunLengthMask mask =
                near ? moved(masks[which], mix.side, mix.shift, random) : random_rectangle(mix.side, random);
            const double score = static_cast<double>(1 + random.below(mix.scores)) / mix.scores;
            const auto category =
                near && random.chance(0.9)
                    ? made.truth.annotations[made.truth.annotations.size() - masks.size() + which].category_id
                    : 1 + random.below(mix.categories);
            made.results.push_back({100 - i, category, score, box(mask), mask});
        }
    }
    return made;
}

/// Calls the bodies on several threads, in an order that changes from run to run.
inline void on_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
    std::atomic<std::size_t> next{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (std::size_t i; (i = next++) < count;) body(count - 1 - i);
        });
}

}  // namespace figurant::metrics::test
