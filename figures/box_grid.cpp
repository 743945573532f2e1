#include "figures/box_grid.h"

#include <algorithm>
#include <cmath>

namespace figurant::figures {
namespace {

/// Side of the cells of a layer: at least as large as the boxes in it.
double cell_side(int layer) { return std::ldexp(8.0, layer); }

int layer_of(const Box& box, int layers) {
    const double side = std::max({box.width(), box.height(), 1.0F});
    return std::clamp(static_cast<int>(std::ceil(std::log2(side))) - 3, 0, layers - 1);
}

std::int64_t cell_of(double at, double side) { return static_cast<std::int64_t>(std::floor(at / side)); }

std::uint64_t key_of(std::int64_t x, std::int64_t y) {
    return (static_cast<std::uint64_t>(x) << 32) ^ (static_cast<std::uint64_t>(y) & 0xffffffffU);
}

bool touches(const Box& a, const Box& b) {
    return a.x_min <= b.x_max && b.x_min <= a.x_max && a.y_min <= b.y_max && b.y_min <= a.y_max;
}

}  // namespace

void BoxGrid::insert(const Box& box, std::size_t index) {
    const int layer = layer_of(box, layers);
    const double side = cell_side(layer);
    layers_[layer].cells[key_of(cell_of(box.x_min, side), cell_of(box.y_min, side))].push_back({box, index});
}

void BoxGrid::near(const Box& box, std::vector<std::size_t>& found) const {
    found.clear();
    const auto take = [&](const std::vector<Entry>& entries) {
        for (const Entry& entry : entries)
            if (touches(entry.box, box)) found.push_back(entry.index);
    };
    for (int i = 0; i < layers; ++i) {
        const auto& cells = layers_[i].cells;
        if (cells.empty()) continue;
        const double side = cell_side(i);
        // A box's corner is at most one cell left of, or above, what it reaches.
        const auto x0 = cell_of(box.x_min, side) - 1, x1 = cell_of(box.x_max, side);
        const auto y0 = cell_of(box.y_min, side) - 1, y1 = cell_of(box.y_max, side);
        const double wanted = static_cast<double>(x1 - x0 + 1) * static_cast<double>(y1 - y0 + 1);
        if (wanted > static_cast<double>(cells.size())) {
            for (const auto& [key, entries] : cells) take(entries);
            continue;
        }
        for (auto y = y0; y <= y1; ++y)
            for (auto x = x0; x <= x1; ++x)
                if (const auto cell = cells.find(key_of(x, y)); cell != cells.end()) take(cell->second);
    }
}

}  // namespace figurant::figures
