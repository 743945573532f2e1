#pragma once
// Finds the boxes near a box without looking at all of them.

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "figures/figure.h"

namespace figurant::figures {

/// Boxes sorted into square cells, a layer of cells for each power of two of size, so that small and huge
/// boxes live together: a box lies in the one cell of its layer that holds its corner.
class BoxGrid {
  public:
    void insert(const Box& box, std::size_t index);
    /// The indices of all inserted boxes that touch or overlap `box`, in no particular order.
    void near(const Box& box, std::vector<std::size_t>& found) const;

  private:
    struct Entry {
        Box box;
        std::size_t index;
    };
    struct Layer {
        std::unordered_map<std::uint64_t, std::vector<Entry>> cells;
    };
    static constexpr int layers = 40;
    Layer layers_[layers];
};

}  // namespace figurant::figures
