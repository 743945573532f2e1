#pragma once
// Pixels on their way into the network, and masks on their way into its targets.

#include <cstdint>
#include <span>
#include <vector>

#include "mask_rcnn/boxes.h"
#include "mask_rcnn/config.h"
#include "mask_rcnn/detector.h"
#include "mask_rcnn/trainer.h"

namespace figurant::mask_rcnn {

struct Size {
    std::int64_t height, width;
};

/// The size of an image resized with its aspect ratio kept, as large as fits min_dimension x max_dimension
/// turned as the image is (the Object Detection API's keep_aspect_ratio_resizer, in TensorFlow's single
/// precision).
Size fitted_size(const NetworkConfig& config, Size image);

/// Writes the image, resized to `size` (bilinear, source = target * scale, as TensorFlow 1 without
/// align_corners), less the means and scaled, to `out`: rows of `row_pixels` x 3 floats, RGB.
void prepare_image(const NetworkConfig& config, const ImageView& image, Size size, std::int64_t row_pixels,
                   float* out);

/// The true mask as the network should give it for a box of an image of `size`: mask_size x mask_size
/// bilinear samples, corners included and 0 outside the image, of the mask resized (nearest) to `size`. `box`
/// in pixels of `size`, `original`: the example's size.
void mask_target(const TrueFigure& figure, Size original, Size size, const Box& box, std::int64_t mask_size,
                 float* out);

}  // namespace figurant::mask_rcnn
