// Merging 33,337 finds of one map by their masks (to beat: SAHI on as many boxes: plain suppression 135 ms,
// crowded merging 48.9 s); and the ratio to looking at all pairs on a smaller number, whose answer must be
// the same.

#include "figures/merging.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <opencv2/imgproc.hpp>

#include "base/random.h"

using namespace figurant;
using namespace figurant::figures;

namespace {

/// `count` finds on a map of side x side: each true figure seen about four times, never quite alike.
std::vector<TileFigures> make(int count, int side, bool masks) {
    Random random(1);
    std::vector<TileFigures> tiles(1);
    tiles[0].window = {0, 0, side, side};
    struct Place {
        int x, y, width, height;
    };
    std::vector<Place> places;
    for (int i = 0; i < (count + 3) / 4; ++i) {
        const int width = static_cast<int>(random.log_uniform(12, 90)),
                  height = static_cast<int>(random.log_uniform(20, 120));
        places.push_back({static_cast<int>(8 + random.below(side - width - 16)),
                          static_cast<int>(8 + random.below(side - height - 16)), width, height});
    }
    for (int i = 0; i < count; ++i) {
        const Place& p = places[static_cast<std::size_t>(i) / 4];
        const int x = p.x + static_cast<int>(random.below(5)) - 2,
                  y = p.y + static_cast<int>(random.below(5)) - 2;
        Figure figure{{static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + p.width),
                       static_cast<float>(y + p.height)},
                      static_cast<float>(random.uniform()),
                      1,
                      {}};
        if (masks) {
            cv::Mat mask = cv::Mat::zeros(p.height, p.width, CV_8UC1);
            cv::ellipse(mask, {p.width / 2, p.height / 2}, {p.width / 2, p.height / 2}, 0, 0, 360, 1,
                        cv::FILLED);
            figure.mask = PlacedMask::encode(mask, x, y);
        }
        tiles[0].figures.push_back(std::move(figure));
    }
    return tiles;
}

/// Processor time: the work is done by one thread, and other programs shall not count.
template <class Work>
double seconds(Work work) {
    const std::clock_t start = std::clock();
    work();
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// The obvious way: by falling score, against all that were taken.
std::size_t all_pairs(std::vector<Figure> figures) {
    std::sort(figures.begin(), figures.end(), [](auto& a, auto& b) { return a.score > b.score; });
    std::vector<Figure> taken;
    for (auto& figure : figures) {
        const bool known = std::any_of(taken.begin(), taken.end(), [&](const Figure& other) {
            const auto both = static_cast<double>(intersection(figure.mask, other.mask));
            const auto a = static_cast<double>(figure.mask.area()),
                       b = static_cast<double>(other.mask.area());
            return both / (a + b - both) > MergeOptions{}.same ||
                   both / std::min(a, b) > MergeOptions{}.contained;
        });
        if (!known) taken.push_back(std::move(figure));
    }
    return taken.size();
}

}  // namespace

int main() {
    const auto small = make(4000, 4000, true);
    std::size_t fast_count = 0, slow_count = 0;
    const double fast = seconds([&] {
        fast_count = merge_tile_figures({"map", 4000, 4000, "map"}, small).figures.size();
    });
    const double slow = seconds([&] { slow_count = all_pairs(small[0].figures); });
    std::printf("4,000 finds: %.1f ms, all pairs %.1f ms, ratio %.1f; %zu figures\n", 1e3 * fast, 1e3 * slow,
                slow / fast, fast_count);

    for (const bool masks : {false, true}) {
        auto tiles = make(33337, 12000, masks);
        std::size_t kept = 0;
        const double time = seconds([&] {
            kept = merge_tile_figures({"map", 12000, 12000, "map"}, std::move(tiles)).figures.size();
        });
        std::printf("33,337 finds, %s: %.1f ms, %zu figures; SAHI's 135 ms / this: %.1f\n",
                    masks ? "masks" : "boxes", 1e3 * time, kept, 0.135 / time);
    }
    if (fast_count != slow_count) std::printf("WRONG ANSWER: %zu figures by all pairs\n", slow_count);
    return fast_count == slow_count ? 0 : 1;
}
