#include "mask_rcnn/crop.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mask_rcnn/wide.h"

namespace figurant::mask_rcnn {

template <class T>
std::vector<AxisSample<T>> axis_samples(float begin, float end, std::int64_t cells, std::int64_t size) {
    std::vector<AxisSample<T>> all(static_cast<std::size_t>(size));
    const T extent = static_cast<T>(cells - 1);
    const T step =
        size > 1 ? (static_cast<T>(end) - static_cast<T>(begin)) * extent / static_cast<T>(size - 1) : 0;
    for (std::int64_t i = 0; i < size; ++i) {
        const T at = size > 1 ? static_cast<T>(begin) * extent + static_cast<T>(i) * step
                              : (static_cast<T>(begin) + static_cast<T>(end)) * extent / 2;
        if (!(at >= 0 && at <= extent)) continue;
        auto& position = all[static_cast<std::size_t>(i)];
        const T floor = std::floor(at);
        position.low = static_cast<std::int64_t>(floor);
        position.high = static_cast<std::int64_t>(std::ceil(at));
        position.share = at - floor;
        position.inside = true;
    }
    return all;
}

template std::vector<AxisSample<float>> axis_samples(float, float, std::int64_t, std::int64_t);
template std::vector<AxisSample<double>> axis_samples(float, float, std::int64_t, std::int64_t);

namespace {

/// The four cells of a sample and their weights.
template <class T>
struct Corners {
    std::int64_t offset[4];
    T weight[4];
    bool inside;
};

template <class T>
Corners<T> corners(const CropShape& shape, std::int64_t image, const AxisSample<T>& y,
                   const AxisSample<T>& x) {
    const std::int64_t top = (image * shape.height + y.low) * shape.width;
    const std::int64_t bottom = (image * shape.height + y.high) * shape.width;
    const std::int64_t c = shape.channels;
    return {
        {(top + x.low) * c, (top + x.high) * c, (bottom + x.low) * c, (bottom + x.high) * c},
        {(1 - y.share) * (1 - x.share), (1 - y.share) * x.share, y.share * (1 - x.share), y.share * x.share},
        y.inside && x.inside};
}

template <class T, class Body>
void for_each_cell(const CropShape& shape, std::span<const Region> regions, const Body& body) {
    const std::int64_t output = shape.output();
    for (std::size_t r = 0; r < regions.size(); ++r) {
        const Region& region = regions[r];
        const auto ys = axis_samples<T>(region.box.y_min, region.box.y_max, shape.height, shape.size);
        const auto xs = axis_samples<T>(region.box.x_min, region.box.x_max, shape.width, shape.size);
        std::vector<Corners<T>> samples(static_cast<std::size_t>(shape.pool * shape.pool));
        for (std::int64_t row = 0; row < output; ++row)
            for (std::int64_t column = 0; column < output; ++column) {
                std::size_t sample = 0;
                for (std::int64_t i = 0; i < shape.pool; ++i)
                    for (std::int64_t j = 0; j < shape.pool; ++j)
                        samples[sample++] =
                            corners(shape, region.image, ys[static_cast<std::size_t>(row * shape.pool + i)],
                                    xs[static_cast<std::size_t>(column * shape.pool + j)]);
                body(samples,
                     ((static_cast<std::int64_t>(r) * output + row) * output + column) * shape.channels);
            }
    }
}

FIGURANT_WIDE void interpolate(const float* __restrict a, const float* __restrict b,
                               const float* __restrict c, const float* __restrict d, const float* w,
                               std::int64_t count, float* __restrict out) {
    for (std::int64_t k = 0; k < count; ++k) out[k] = w[0] * a[k] + w[1] * b[k] + w[2] * c[k] + w[3] * d[k];
}
FIGURANT_WIDE void interpolate(const double* __restrict a, const double* __restrict b,
                               const double* __restrict c, const double* __restrict d, const double* w,
                               std::int64_t count, double* __restrict out) {
    for (std::int64_t k = 0; k < count; ++k) out[k] = w[0] * a[k] + w[1] * b[k] + w[2] * c[k] + w[3] * d[k];
}

FIGURANT_WIDE void take_larger(const float* __restrict value, std::uint8_t name, std::int64_t count,
                               float* __restrict best, std::uint8_t* __restrict winner) {
    for (std::int64_t k = 0; k < count; ++k) {
        winner[k] = value[k] > best[k] ? name : winner[k];
        best[k] = value[k] > best[k] ? value[k] : best[k];
    }
}
FIGURANT_WIDE void take_larger(const double* __restrict value, std::uint8_t name, std::int64_t count,
                               double* __restrict best, std::uint8_t* __restrict winner) {
    for (std::int64_t k = 0; k < count; ++k) {
        winner[k] = value[k] > best[k] ? name : winner[k];
        best[k] = value[k] > best[k] ? value[k] : best[k];
    }
}

FIGURANT_WIDE void keep_larger(const float* __restrict value, std::int64_t count, float* __restrict best) {
    for (std::int64_t k = 0; k < count; ++k) best[k] = value[k] > best[k] ? value[k] : best[k];
}
FIGURANT_WIDE void keep_larger(const double* __restrict value, std::int64_t count, double* __restrict best) {
    for (std::int64_t k = 0; k < count; ++k) best[k] = value[k] > best[k] ? value[k] : best[k];
}

/// The incoming gradient where the sample with this name was the largest; else 0.
FIGURANT_WIDE void select(const float* __restrict incoming, const std::uint8_t* __restrict winner,
                          std::uint8_t name, std::int64_t count, float* __restrict selected) {
    for (std::int64_t k = 0; k < count; ++k) selected[k] = winner[k] == name ? incoming[k] : 0.0F;
}
FIGURANT_WIDE void select(const double* __restrict incoming, const std::uint8_t* __restrict winner,
                          std::uint8_t name, std::int64_t count, double* __restrict selected) {
    for (std::int64_t k = 0; k < count; ++k) selected[k] = winner[k] == name ? incoming[k] : 0.0;
}

FIGURANT_WIDE void add_scaled(const float* __restrict values, float weight, std::int64_t count,
                              float* __restrict sum) {
    for (std::int64_t k = 0; k < count; ++k) sum[k] += weight * values[k];
}
FIGURANT_WIDE void add_scaled(const double* __restrict values, double weight, std::int64_t count,
                              double* __restrict sum) {
    for (std::int64_t k = 0; k < count; ++k) sum[k] += weight * values[k];
}

template <class T>
void sample_into(const Corners<T>& at, const T* features, std::int64_t channels, T* out) {
    if (!at.inside) {
        std::fill_n(out, channels, T{0});
        return;
    }
    interpolate(features + at.offset[0], features + at.offset[1], features + at.offset[2],
                features + at.offset[3], at.weight, channels, out);
}

}  // namespace

template <class T>
void crop_and_pool(const CropShape& shape, const T* features, std::span<const Region> regions, T* pooled,
                   std::uint8_t* winners) {
    const std::int64_t channels = shape.channels;
    std::vector<T> value(static_cast<std::size_t>(channels));
    for_each_cell<T>(shape, regions, [&](const std::vector<Corners<T>>& samples, std::int64_t at) {
        if (winners) std::fill_n(winners + at, channels, std::uint8_t{0});
        sample_into(samples[0], features, channels, pooled + at);
        for (std::size_t s = 1; s < samples.size(); ++s) {
            sample_into(samples[s], features, channels, value.data());
            if (winners)
                take_larger(value.data(), static_cast<std::uint8_t>(s), channels, pooled + at, winners + at);
            else
                keep_larger(value.data(), channels, pooled + at);
        }
    });
}

template <class T>
void crop_and_pool_backward(const CropShape& shape, const T* pooled_gradient, std::span<const Region> regions,
                            const std::uint8_t* winners, T* features_gradient) {
    const std::int64_t channels = shape.channels;
    std::vector<T> selected(static_cast<std::size_t>(channels));
    for_each_cell<T>(shape, regions, [&](const std::vector<Corners<T>>& samples, std::int64_t at) {
        for (std::size_t s = 0; s < samples.size(); ++s) {
            if (!samples[s].inside) continue;
            select(pooled_gradient + at, winners + at, static_cast<std::uint8_t>(s), channels,
                   selected.data());
            for (int corner = 0; corner < 4; ++corner)
                if (samples[s].weight[corner] != 0)
                    add_scaled(selected.data(), samples[s].weight[corner], channels,
                               features_gradient + samples[s].offset[corner]);
        }
    });
}

template void crop_and_pool(const CropShape&, const float*, std::span<const Region>, float*, std::uint8_t*);
template void crop_and_pool(const CropShape&, const double*, std::span<const Region>, double*, std::uint8_t*);
template void crop_and_pool_backward(const CropShape&, const float*, std::span<const Region>,
                                     const std::uint8_t*, float*);
template void crop_and_pool_backward(const CropShape&, const double*, std::span<const Region>,
                                     const std::uint8_t*, double*);

}  // namespace figurant::mask_rcnn
