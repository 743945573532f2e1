#include "mask_rcnn/matrix_product.h"

#include <algorithm>

namespace figurant::mask_rcnn {

namespace {

// Rows of b whose panel stays in the first-level cache; rows of a, and columns, whose sums stay in the
// second.
constexpr std::int64_t depth_block = 256, row_block = 96, column_block = 512;

// GCC's and Clang's vectors, written through pointers: passing them by value would need the same registers
// on both sides of a call.
using Vector4 = float __attribute__((vector_size(16)));
using Vector8 = float __attribute__((vector_size(32)));
using Vector16 = float __attribute__((vector_size(64)));

#define FIGURANT_INLINE __attribute__((always_inline)) inline

template <class V>
FIGURANT_INLINE void load(V& to, const float* from) {
    __builtin_memcpy(&to, from, sizeof(V));
}
template <class V>
FIGURANT_INLINE void store(float* to, const V& from) {
    __builtin_memcpy(to, &from, sizeof(V));
}

/// The part of a product that one call of the kernel adds up.
struct Part {
    const float* a;
    std::int64_t a_stride, depth;
    const float* panel;
    float* c;
    std::int64_t c_stride;
    const float* others;   ///< added to the sums, strided as c (which it may be); null: nothing
    const Finish* finish;  ///< null while more is to come; its biases where this part's columns begin
};

/// `Rows` rows by two vectors of columns, all sums in registers.
template <class V, int Rows>
FIGURANT_INLINE void add_up(const Part& part) {
    constexpr int width = sizeof(V) / sizeof(float);
    V sums[Rows][2];
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) sums[r][0] = sums[r][1] = V{};
    const float* b = part.panel;
    for (std::int64_t k = 0; k < part.depth; ++k, b += 2 * width) {
        V left, right;
        load(left, b);
        load(right, b + width);
#pragma GCC unroll 12
        for (int r = 0; r < Rows; ++r) {
            const float factor = part.a[r * part.a_stride + k];
            sums[r][0] += left * factor;
            sums[r][1] += right * factor;
        }
    }
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 2
        for (int half = 0; half < 2; ++half) {
            V sum = sums[r][half], other;
            // Added last: a sum of blocks' sums rounds less than one long sum.
            if (part.others) {
                load(other, part.others + r * part.c_stride + half * width);
                sum += other;
            }
            if (part.finish) {
                if (part.finish->biases) {
                    load(other, part.finish->biases + half * width);
                    sum += other;
                }
                // Comparisons in this order let numbers that are not a number pass.
                other = V{} + part.finish->least;
                sum = sum < other ? other : sum;
                other = V{} + part.finish->most;
                sum = sum > other ? other : sum;
            }
            store(part.c + r * part.c_stride + half * width, sum);
        }
}

/// As many rows as `rows` says, at most Rows.
template <class V, int Rows>
FIGURANT_INLINE void add_up_rows(const Part& part, std::int64_t rows) {
    if (rows >= Rows) return add_up<V, Rows>(part);
    if constexpr (Rows > 1) add_up_rows<V, Rows - 1>(part, rows);
}

/// A panel that reaches past the last column: computed on whole panels aside.
template <class V, int Rows>
FIGURANT_INLINE void add_up_edge(const Part& part, std::int64_t rows, std::int64_t columns) {
    constexpr int panel = 2 * sizeof(V) / sizeof(float);
    alignas(64) float c[Rows * panel] = {}, biases[panel] = {};
    Part aside = part;
    Finish finish;
    aside.c = c;
    aside.c_stride = panel;
    if (part.others) {
        for (std::int64_t r = 0; r < rows; ++r)
            std::copy_n(part.others + r * part.c_stride, columns, c + r * panel);
        aside.others = c;
    }
    if (part.finish && part.finish->biases) {
        finish = *part.finish;
        std::copy_n(finish.biases, columns, biases);
        finish.biases = biases;
        aside.finish = &finish;
    }
    add_up_rows<V, Rows>(aside, rows);
    for (std::int64_t r = 0; r < rows; ++r) std::copy_n(c + r * panel, columns, part.c + r * part.c_stride);
}

struct Product {
    const float* a;
    std::int64_t a_stride;
    const PackedMatrix& b;
    const Finish& finish;
    float* c;
    std::int64_t c_stride;
};

/// The rows [first, last) by the panel that begins with `column`, b's rows from `from` on.
template <class V, int Rows>
FIGURANT_INLINE void multiply_panel(const Product& product, std::int64_t first, std::int64_t last,
                                    std::int64_t from, std::int64_t column) {
    constexpr std::int64_t panel = 2 * sizeof(V) / sizeof(float);
    const std::int64_t depth = product.b.rows(), columns = product.b.columns() - column;
    for (std::int64_t row = first; row < last; row += Rows) {
        const std::int64_t rows = std::min<std::int64_t>(Rows, last - row);
        const std::int64_t at = row * product.c_stride + column;
        Finish finish = product.finish;
        if (finish.biases) finish.biases += column;
        const float* residual = finish.residual ? finish.residual + at : nullptr;
        const Part part{product.a + row * product.a_stride + from,
                        product.a_stride,
                        std::min(depth_block, depth - from),
                        product.b.panel(column) + from * panel,
                        product.c + at,
                        product.c_stride,
                        from > 0 ? product.c + at : residual,
                        from + depth_block >= depth ? &finish : nullptr};
        if (columns >= panel)
            add_up_rows<V, Rows>(part, rows);
        else
            add_up_edge<V, Rows>(part, rows, columns);
    }
}

/// The rows [first, last) of a product.
template <class V, int Rows>
FIGURANT_INLINE void multiply_rows(const Product& product, std::int64_t first, std::int64_t last) {
    constexpr std::int64_t panel = 2 * sizeof(V) / sizeof(float);
    const std::int64_t depth = product.b.rows(), columns = product.b.columns();
    for (std::int64_t block = 0; block < columns; block += column_block)
        for (std::int64_t from = 0; from < depth; from += depth_block)
            for (std::int64_t column = block; column < std::min(columns, block + column_block);
                 column += panel)
                multiply_panel<V, Rows>(product, first, last, from, column);
}

void multiply_by_4(const Product& product, std::int64_t first, std::int64_t last) {
    multiply_rows<Vector4, 4>(product, first, last);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void multiply_by_8(const Product& product, std::int64_t first,
                                                       std::int64_t last) {
    multiply_rows<Vector8, 6>(product, first, last);
}
__attribute__((target("avx512f"))) void multiply_by_16(const Product& product, std::int64_t first,
                                                       std::int64_t last) {
    multiply_rows<Vector16, 12>(product, first, last);
}
#endif

struct Kernel {
    void (*multiply)(const Product&, std::int64_t, std::int64_t);
    std::int64_t panel;  ///< columns
};

Kernel chosen_kernel() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return {multiply_by_16, 32};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return {multiply_by_8, 16};
#endif
    return {multiply_by_4, 8};
}

const Kernel& kernel() {
    static const Kernel chosen = chosen_kernel();
    return chosen;
}

}  // namespace

PackedMatrix::PackedMatrix(const float* numbers, std::int64_t rows, std::int64_t columns)
    : rows_(rows), columns_(columns) {
    const std::int64_t panel = kernel().panel;
    numbers_.resize(static_cast<std::size_t>((columns + panel - 1) / panel * panel * rows), 0.0F);
    for (std::int64_t column = 0; column < columns; column += panel)
        for (std::int64_t row = 0; row < rows; ++row)
            std::copy_n(numbers + row * columns + column, std::min(panel, columns - column),
                        numbers_.data() + column * rows + row * panel);
}

void multiply(const float* a, std::int64_t a_stride, std::int64_t rows, const PackedMatrix& b,
              const Finish& finish, float* c, std::int64_t c_stride) {
    const Product product{a, a_stride, b, finish, c, c_stride};
    const auto& chosen = kernel();
#pragma omp parallel for schedule(static) if (rows > row_block)
    for (std::int64_t first = 0; first < rows; first += row_block)
        chosen.multiply(product, first, std::min(rows, first + row_block));
}

}  // namespace figurant::mask_rcnn
