#pragma once
// Crops of a feature map at fractional boxes, with the maximum pooling that follows: forward and backward.

#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/boxes.h"

namespace figurant::mask_rcnn {

/// A box on one image of a batch, normalised: 0 to 1 spans that image.
struct Region {
    Box box;
    std::int64_t image = 0;
};

/// What is cropped, and to which size.
struct CropShape {
    std::int64_t images, height, width, channels;  ///< features: [images, height, width, channels], dense
    std::int64_t size;  ///< samples along each side of a box; its corners are samples
    std::int64_t pool;  ///< samples along each side that are reduced to their maximum
    std::int64_t output() const { return size / pool; }
};

/// One sample along an axis: the two cells it lies between and its share of the second.
template <class T>
struct AxisSample {
    std::int64_t low = 0, high = 0;
    T share = 0;
    bool inside = false;  ///< else the sample is 0
};

/// Where crop_and_resize samples an axis of `cells` cells for a box from `begin` to `end` (0 to 1 spans the
/// axis), in TensorFlow's order of operations, so that samples on the last cell are inside or not as there.
template <class T>
std::vector<AxisSample<T>> axis_samples(float begin, float end, std::int64_t cells, std::int64_t size);

/// Bilinear samples at y = box.y_min * (height - 1) + i * (box.y_max - box.y_min) * (height - 1) / (size - 1)
/// (and so in x); 0 outside the map; then maxima over pool x pool (TensorFlow's crop_and_resize, then
/// max_pool). `pooled`: [regions, output, output, channels]. `winners`: the same shape, which of the pool *
/// pool samples was the largest (the first on ties), or empty when no gradient is wanted.
template <class T>
void crop_and_pool(const CropShape& shape, const T* features, std::span<const Region> regions, T* pooled,
                   std::uint8_t* winners);

/// Adds to `features_gradient` what `pooled_gradient` makes of it; the regions in their order.
template <class T>
void crop_and_pool_backward(const CropShape& shape, const T* pooled_gradient, std::span<const Region> regions,
                            const std::uint8_t* winners, T* features_gradient);

}  // namespace figurant::mask_rcnn
