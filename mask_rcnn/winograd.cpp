#include "mask_rcnn/winograd.h"

#include <omp.h>

#include <algorithm>
#include <array>

#include "mask_rcnn/wide.h"

namespace figurant::mask_rcnn {

namespace {

constexpr std::int64_t side = 4, patch = side + 2, product_count = patch * patch;
constexpr std::int64_t channel_block = 64;  // a tile's numbers in between stay in the first-level cache
constexpr std::int64_t scratch_floats = std::int64_t{3} << 19;  // of a chunk of tiles: about 6 MB

/// B^T of F(4, 3) along one axis: out[i] of six inputs, for `count` channels; out[i] `step` floats apart.
FIGURANT_WIDE void transform_inputs(const std::array<const float*, patch>& in, std::int64_t count,
                                    float* __restrict out, std::int64_t step) {
    const float *d0 = in[0], *d1 = in[1], *d2 = in[2], *d3 = in[3], *d4 = in[4], *d5 = in[5];
    float *v0 = out, *v1 = out + step, *v2 = out + 2 * step, *v3 = out + 3 * step, *v4 = out + 4 * step,
          *v5 = out + 5 * step;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < count; ++c) {
        const float a = d0[c], b = d1[c], e = d2[c], f = d3[c], g = d4[c], h = d5[c];
        v0[c] = a + g + 1.5F * (f - b) - 2 * e;
        v1[c] = g - b + 0.5F * e + 2.5F * f;
        v2[c] = g + b + 0.5F * f - 2.5F * e;
        v3[c] = g - e + 2 * (f - b);
        v4[c] = g - e - 0.5F * (f - b);
        v5[c] = b + h + 1.5F * (g - e) - 2 * f;
    }
}

/// A^T of F(4, 3) along one axis: out[i] of six products, `step` floats apart; out[i] `out_step` apart.
FIGURANT_WIDE void transform_products(const float* __restrict in, std::int64_t step, std::int64_t count,
                                      float* __restrict out, std::int64_t out_step) {
    const float *m0 = in, *m1 = in + step, *m2 = in + 2 * step, *m3 = in + 3 * step, *m4 = in + 4 * step,
                *m5 = in + 5 * step;
    float *y0 = out, *y1 = out + out_step, *y2 = out + 2 * out_step, *y3 = out + 3 * out_step;
#pragma GCC ivdep
    for (std::int64_t c = 0; c < count; ++c) {
        const float sum = m1[c] + m2[c], difference = m1[c] - m2[c];
        y0[c] = m0[c] + sum + m3[c] + m4[c];
        y1[c] = difference + 0.5F * m3[c] - 2 * m4[c];
        y2[c] = sum + 0.25F * m3[c] + 4 * m4[c];
        y3[c] = difference + 0.125F * m3[c] - 8 * m4[c] + m5[c];
    }
}

FIGURANT_WIDE void bound(const float* __restrict in, const float* __restrict biases, float least, float most,
                         std::int64_t count, float* __restrict out) {
    for (std::int64_t c = 0; c < count; ++c) {
        float value = in[c] + biases[c];
        value = value < least ? least : value;
        out[c] = value > most ? most : value;
    }
}

/// The places of the tiles: with rate r, every r-th row and column makes a grid of its own.
class Tiles {
  public:
    Tiles(const FeatureGrid& grid, std::int64_t rate)
        : grid_(grid),
          rate_(rate),
          rows_(tiles((grid.height + rate - 1) / rate)),
          columns_(tiles((grid.width + rate - 1) / rate)) {}

    std::int64_t count() const { return grid_.images * rate_ * rate_ * rows_ * columns_; }

    struct Place {
        std::int64_t image, y, x;  ///< of the tile's first result; may lie outside
    };
    Place place(std::int64_t tile) const {
        const auto next = [&](std::int64_t extent) {
            const std::int64_t rest = tile % extent;
            tile /= extent;
            return rest;
        };
        const std::int64_t column = next(columns_), row = next(rows_), x = next(rate_), y = next(rate_);
        return {tile, y + row * side * rate_, x + column * side * rate_};
    }

  private:
    static std::int64_t tiles(std::int64_t cells) { return (cells + side - 1) / side; }

    FeatureGrid grid_;
    std::int64_t rate_, rows_, columns_;
};

/// Tiles of a chunk: as many as the scratch holds, a multiple of every kernel's rows; but enough that the
/// weights, read once for each chunk, do not set the pace.
std::int64_t tiles_together(std::int64_t in, std::int64_t out) {
    return std::max<std::int64_t>(96, scratch_floats / (product_count * (in + out)) / 24 * 24);
}

/// One convolution on one thread, chunk of tiles by chunk.
class Convolution {
  public:
    Convolution(const FeatureGrid& grid, const float* x, const WinogradWeights& weights, std::int64_t rate,
                const Finish& finish, float* y)
        : grid_(grid),
          x_(x),
          weights_(weights),
          rate_(rate),
          finish_(finish),
          y_(y),
          in_(weights.in()),
          out_(weights.out()),
          chunk_(tiles_together(in_, out_)),
          tiles_(grid, rate) {}

    std::int64_t tiles() const { return tiles_.count(); }
    std::int64_t chunk() const { return chunk_; }

    /// `scratch`: transformed inputs and their products, each [product_count, tiles, channels].
    void run(std::int64_t first, std::int64_t last, float* scratch) const {
        const std::int64_t count = last - first;
        float *inputs = scratch, *sums = scratch + product_count * chunk_ * in_;
        for (std::int64_t t = 0; t < count; ++t) gather(tiles_.place(first + t), inputs + t * in_);
        for (std::int64_t p = 0; p < product_count; ++p)
            multiply(inputs + p * chunk_ * in_, in_, count, weights_.products()[static_cast<std::size_t>(p)],
                     Finish{}, sums + p * chunk_ * out_, out_);
        for (std::int64_t t = 0; t < count; ++t) scatter(tiles_.place(first + t), sums + t * out_);
    }

  private:
    bool inside(std::int64_t y, std::int64_t x) const {
        return y >= 0 && x >= 0 && y < grid_.height && x < grid_.width;
    }
    std::int64_t cell(const Tiles::Place& place, std::int64_t y, std::int64_t x) const {
        return (place.image * grid_.height + y) * grid_.width + x;
    }

    /// The tile's patch, transformed along both axes.
    void gather(const Tiles::Place& place, float* inputs) const {
        static constexpr float zeros[channel_block] = {};
        alignas(64) float half[product_count * channel_block];
        for (std::int64_t c = 0; c < in_; c += channel_block) {
            const std::int64_t count = std::min(channel_block, in_ - c);
            for (std::int64_t j = 0; j < patch; ++j) {
                std::array<const float*, patch> from{};
                for (std::int64_t i = 0; i < patch; ++i) {
                    const std::int64_t y = place.y + (i - 1) * rate_, x = place.x + (j - 1) * rate_;
                    from[static_cast<std::size_t>(i)] =
                        inside(y, x) ? x_ + cell(place, y, x) * in_ + c : zeros;
                }
                transform_inputs(from, count, half + j * channel_block, patch * channel_block);
            }
            for (std::int64_t i = 0; i < patch; ++i) {
                std::array<const float*, patch> from{};
                for (std::int64_t j = 0; j < patch; ++j)
                    from[static_cast<std::size_t>(j)] = half + (i * patch + j) * channel_block;
                transform_inputs(from, count, inputs + i * patch * chunk_ * in_ + c, chunk_ * in_);
            }
        }
    }

    /// The tile's results from its products.
    void scatter(const Tiles::Place& place, const float* sums) const {
        static constexpr float zeros[channel_block] = {};
        alignas(64) float half[side * patch * channel_block], results[side * channel_block];
        for (std::int64_t c = 0; c < out_; c += channel_block) {
            const std::int64_t count = std::min(channel_block, out_ - c);
            for (std::int64_t j = 0; j < patch; ++j)
                transform_products(sums + j * chunk_ * out_ + c, patch * chunk_ * out_, count,
                                   half + j * channel_block, patch * channel_block);
            for (std::int64_t i = 0; i < side; ++i) {
                transform_products(half + i * patch * channel_block, channel_block, count, results,
                                   channel_block);
                for (std::int64_t j = 0; j < side; ++j) {
                    const std::int64_t y = place.y + i * rate_, x = place.x + j * rate_;
                    if (!inside(y, x)) continue;
                    bound(results + j * channel_block, finish_.biases ? finish_.biases + c : zeros,
                          finish_.least, finish_.most, count, y_ + cell(place, y, x) * out_ + c);
                }
            }
        }
    }

    FeatureGrid grid_;
    const float* x_;
    const WinogradWeights& weights_;
    std::int64_t rate_;
    Finish finish_;
    float* y_;
    std::int64_t in_, out_, chunk_;
    Tiles tiles_;
};

}  // namespace

WinogradWeights::WinogradWeights(const float* weights, std::int64_t out, std::int64_t in, Factors factors) {
    // G of F(4, 3) at the points 0, 1, -1, 1/2, -2, infinity.
    constexpr double g[patch][3] = {{1, 0, 0},
                                    {1.0 / 3, 1.0 / 3, 1.0 / 3},
                                    {-1.0 / 3, 1.0 / 3, -1.0 / 3},
                                    {-16.0 / 15, -8.0 / 15, -4.0 / 15},
                                    {1.0 / 15, -2.0 / 15, 4.0 / 15},
                                    {0, 0, 1}};
    std::vector<float> transformed(static_cast<std::size_t>(in * out));
    for (std::int64_t p = 0; p < product_count; ++p) {
        const double *down = g[p / patch], *across = g[p % patch];
        for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t o = 0; o < out; ++o) {
                const float* taps = weights + (o * in + i) * 9;
                double sum = 0;
                for (std::int64_t y = 0; y < 3; ++y)
                    for (std::int64_t x = 0; x < 3; ++x)
                        sum += down[y] * across[x] * static_cast<double>(taps[y * 3 + x]);
                transformed[static_cast<std::size_t>(i * out + o)] = static_cast<float>(sum);
            }
        products_.emplace_back(transformed.data(), in, out, factors);
    }
}

std::int64_t winograd_scratch(std::int64_t in, std::int64_t out) {
    return product_count * tiles_together(in, out) * (in + out);
}

void winograd_convolve(const FeatureGrid& grid, const float* x, const WinogradWeights& weights,
                       std::int64_t rate, const Finish& finish, float* scratch, float* y) {
    const Convolution convolution(grid, x, weights, rate, finish, y);
    const std::int64_t tiles = convolution.tiles(), chunk = convolution.chunk();
    const std::int64_t own = winograd_scratch(weights.in(), weights.out());
#pragma omp parallel for schedule(static)
    for (std::int64_t first = 0; first < tiles; first += chunk)
        convolution.run(first, std::min(tiles, first + chunk), scratch + omp_get_thread_num() * own);
}

}  // namespace figurant::mask_rcnn
