#include "cli/tuning.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

namespace figurant::cli {

namespace {

/// Less than this is taken for the noise of measuring.
constexpr double better = 0.99;

class PatternSearch {
  public:
    PatternSearch(const std::vector<std::size_t>& sizes, std::size_t most,
                  const std::function<double(const GridPoint&)>& cost)
        : sizes_(sizes), most_(most), cost_(cost) {}

    Found from(const GridPoint& start) {
        at_ = start;
        least_ = cost_of(start);
        std::vector<std::size_t> strides;
        for (const auto size : sizes_) strides.push_back(std::max<std::size_t>(1, size / 4));
        for (;;) {
            const bool moved = along_all(strides);
            if (known_.size() >= most_) break;
            if (moved) continue;
            if (std::all_of(strides.begin(), strides.end(), [](std::size_t stride) { return stride == 1; }))
                break;
            for (auto& stride : strides) stride = std::max<std::size_t>(1, stride / 2);
        }
        return {at_, least_, known_.size()};
    }

  private:
    /// Infinite once there are no trials left.
    double cost_of(const GridPoint& point) {
        const auto known = known_.find(point);
        if (known != known_.end()) return known->second;
        if (known_.size() >= most_) return std::numeric_limits<double>::infinity();
        return known_[point] = cost_(point);
    }

    bool along_all(const std::vector<std::size_t>& strides) {
        bool moved = false;
        for (std::size_t axis = 0; axis < sizes_.size(); ++axis)
            moved = along(axis, strides[axis], true) || along(axis, strides[axis], false) || moved;
        return moved;
    }

    std::optional<GridPoint> neighbour(std::size_t axis, std::size_t stride, bool up) const {
        GridPoint point = at_;
        const std::size_t last = sizes_[axis] - 1;
        point[axis] = up ? std::min(point[axis] + stride, last) : point[axis] - std::min(point[axis], stride);
        if (point == at_) return std::nullopt;
        return point;
    }

    bool along(std::size_t axis, std::size_t stride, bool up) {
        bool moved = false;
        while (const auto point = neighbour(axis, stride, up)) {
            const double cost = cost_of(*point);
            if (!(cost < least_ * better)) break;
            at_ = *point;
            least_ = cost;
            moved = true;
        }
        return moved;
    }

    const std::vector<std::size_t>& sizes_;
    std::size_t most_;
    const std::function<double(const GridPoint&)>& cost_;
    std::map<GridPoint, double> known_;
    GridPoint at_;
    double least_ = 0;
};

}  // namespace

Found search_grid(const std::vector<std::size_t>& sizes, const GridPoint& start, std::size_t most_trials,
                  const std::function<double(const GridPoint&)>& cost) {
    return PatternSearch(sizes, std::max<std::size_t>(1, most_trials), cost).from(start);
}

}  // namespace figurant::cli
