#include "mask_rcnn/nms.h"

#include <algorithm>

namespace figurant::mask_rcnn {

namespace {

/// The kept boxes, one array for each coordinate, so that a candidate is compared with many at a time.
class Kept {
  public:
    explicit Kept(std::size_t most) {
        for (auto* each : {&y_min_, &x_min_, &y_max_, &x_max_, &area_}) each->reserve(most);
    }
    void add(const Box& box) {
        y_min_.push_back(box.y_min);
        x_min_.push_back(box.x_min);
        y_max_.push_back(box.y_max);
        x_max_.push_back(box.x_max);
        area_.push_back(area(box));
    }
    /// Whether some kept box overlaps by more: intersection > threshold * union, without a division.
    bool suppress(const Box& box, float threshold) const {
        const float own = area(box);
        for (std::size_t begin = 0; begin < area_.size(); begin += 16) {
            const std::size_t end = std::min(area_.size(), begin + 16);
            int hits = 0;
            for (std::size_t i = begin; i < end; ++i) {
                const float height = std::min(box.y_max, y_max_[i]) - std::max(box.y_min, y_min_[i]);
                const float width = std::min(box.x_max, x_max_[i]) - std::max(box.x_min, x_min_[i]);
                const float common = std::max(height, 0.0F) * std::max(width, 0.0F);
                hits += static_cast<int>(common > threshold * (own + area_[i] - common)) &
                        static_cast<int>(common > 0);
            }
            if (hits) return true;
        }
        return false;
    }

  private:
    std::vector<float> y_min_, x_min_, y_max_, x_max_, area_;
};

}  // namespace

std::vector<std::int32_t> non_max_suppression(std::span<const Box> boxes, std::span<const float> scores,
                                              float iou_threshold, float score_threshold, std::size_t most) {
    std::vector<std::int32_t> order;
    for (std::size_t i = 0; i < boxes.size(); ++i)
        if (scores[i] > score_threshold) order.push_back(static_cast<std::int32_t>(i));
    const auto better = [&](std::int32_t a, std::int32_t b) {
        const float score_a = scores[static_cast<std::size_t>(a)],
                    score_b = scores[static_cast<std::size_t>(b)];
        return score_a != score_b ? score_a > score_b : a < b;
    };
    std::vector<std::int32_t> kept;
    Kept placed(std::min(most, order.size()));
    // Most boxes are never looked at: sort only as far as needed.
    auto sorted = order.begin();
    for (auto next = order.begin(); next != order.end() && kept.size() < most; ++next) {
        if (next == sorted) {
            const auto chunk = std::max<std::ptrdiff_t>(1024, 2 * (sorted - order.begin()));
            const auto wanted = sorted + std::min<std::ptrdiff_t>(order.end() - sorted, chunk);
            if (wanted != order.end()) std::nth_element(sorted, wanted, order.end(), better);
            std::sort(sorted, wanted, better);
            sorted = wanted;
        }
        const Box& box = boxes[static_cast<std::size_t>(*next)];
        if (placed.suppress(box, iou_threshold)) continue;
        placed.add(box);
        kept.push_back(*next);
    }
    return kept;
}

}  // namespace figurant::mask_rcnn
