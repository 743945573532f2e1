#pragma once
// Convolutions 3x3 of stride 1 by Winograd's minimal filtering F(4x4, 3x3): 36 products for 16 results where
// the sum over taps needs 144 (Lavin and Gray 2016). Interpolation at 0, 1, -1, 1/2, -2 and infinity, the
// points of least rounding (Barabasz et al. 2020): about 3e-6 of the largest result, with 256 to 2048
// channels.

#include <cstdint>
#include <vector>

#include "mask_rcnn/matrix_product.h"

namespace figurant::mask_rcnn {

/// The weights of one convolution, transformed: four times the memory.
class WinogradWeights {
  public:
    WinogradWeights() = default;
    /// `weights`: [out, in, 3, 3], dense.
    WinogradWeights(const float* weights, std::int64_t out, std::int64_t in,
                    Factors factors = Factors::float32);

    std::int64_t in() const { return products_.front().rows(); }
    std::int64_t out() const { return products_.front().columns(); }
    /// [in, out] of each of the 36 products.
    const std::vector<PackedMatrix>& products() const { return products_; }

  private:
    std::vector<PackedMatrix> products_;
};

/// Floats that a thread needs while it convolves.
std::int64_t winograd_scratch(std::int64_t in, std::int64_t out);

/// Features [images, height, width, channels], dense.
struct FeatureGrid {
    std::int64_t images, height, width;
};

/// y = bounded(x * weights + biases), padded by `rate` zeros on each side (SAME). x: grid of weights.in()
/// channels, y: of weights.out(); `finish` without a residual. What one tile of the results gets depends on
/// its inputs alone. Runs on the calling thread's OpenMP team; `scratch`: winograd_scratch(in, out) floats
/// for each of its threads.
void winograd_convolve(const FeatureGrid& grid, const float* x, const WinogradWeights& weights,
                       std::int64_t rate, const Finish& finish, float* scratch, float* y);

}  // namespace figurant::mask_rcnn
