#include "mask_rcnn/matrix_product.h"

#include <algorithm>
#include <array>

#include "mask_rcnn/bfloat16.h"

// GCC checks what a built-in function needs where it has been inlined, Clang before.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FIGURANT_BFLOAT16
#include <immintrin.h>
#endif

namespace figurant::mask_rcnn {

namespace {

// Slots of b whose panel stays in the first-level cache; rows of a, and columns, whose sums stay in the
// second.
constexpr std::int64_t depth_block = 256, row_block = 96, column_block = 512;

// GCC's and Clang's vectors, written through pointers: passing them by value would need the same registers
// on both sides of a call.
using Vector4 = float __attribute__((vector_size(16)));
using Vector8 = float __attribute__((vector_size(32)));
using Vector16 = float __attribute__((vector_size(64)));

// What takes vectors is never called, but inlined where the processor has registers for them.
#define FIGURANT_INLINE __attribute__((always_inline)) inline
#pragma GCC diagnostic ignored "-Wpsabi"

template <class V>
FIGURANT_INLINE void load(V& to, const float* from) {
    __builtin_memcpy(&to, from, sizeof(V));
}
template <class V>
FIGURANT_INLINE void store(float* to, const V& from) {
    __builtin_memcpy(to, &from, sizeof(V));
}

/// What a slot of either factor holds: a number; one rounded to bfloat16; two bfloat16.
enum class Slot { number, rounded, pair };

FIGURANT_INLINE float rounded(float number) { return of_bfloat16(bfloat16_bits(number)); }

/// The part of a product that one call of the kernel adds up.
struct Part {
    const float* a;
    std::int64_t a_stride, depth;  ///< in slots
    const float* panel;
    float* c;
    std::int64_t c_stride;
    const float* others;   ///< added to the sums, strided as c (which it may be); null: nothing
    const Finish* finish;  ///< null while more is to come; its biases where this part's columns begin
};

template <Slot S, class V>
FIGURANT_INLINE void multiply_add(V& sum, const V& slots, float factor) {
    sum += slots * factor;
}
#if defined(FIGURANT_BFLOAT16)
template <>
FIGURANT_INLINE void multiply_add<Slot::pair>(Vector16& sum, const Vector16& slots, float factor) {
    using Pairs = std::int32_t __attribute__((vector_size(64)));
    const Pairs all = Pairs{} + std::bit_cast<std::int32_t>(factor);
    sum = __builtin_ia32_dpbf16ps_v16sf(sum, (__m512bh)all, (__m512bh)slots);
}
#endif

/// `count` numbers as bfloat16.
FIGURANT_INLINE void round_numbers(const float* numbers, std::int64_t count, std::uint16_t* to) {
    std::int64_t i = 0;
#if defined(FIGURANT_BFLOAT16)
    for (; i + 16 <= count; i += 16) {
        Vector16 wide;
        load(wide, numbers + i);
        const auto narrow = __builtin_ia32_cvtneps2bf16_v16sf(wide);
        __builtin_memcpy(to + i, &narrow, sizeof narrow);
    }
#endif
    for (; i < count; ++i) to[i] = static_cast<std::uint16_t>(bfloat16_bits(numbers[i]));
}

/// `Rows` rows by two vectors of columns, all sums in registers.
template <Slot S, class V, int Rows>
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
            multiply_add<S>(sums[r][0], left, factor);
            multiply_add<S>(sums[r][1], right, factor);
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
template <Slot S, class V, int Rows>
FIGURANT_INLINE void add_up_rows(const Part& part, std::int64_t rows) {
    if (rows >= Rows) return add_up<S, V, Rows>(part);
    if constexpr (Rows > 1) add_up_rows<S, V, Rows - 1>(part, rows);
}

/// A panel that reaches past the last column: computed on whole panels aside.
template <Slot S, class V, int Rows>
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
    add_up_rows<S, V, Rows>(aside, rows);
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

/// The rows [first, last) and the slots [from, from + depth) of the product's first factor.
struct Rows {
    std::int64_t first, last, from, depth;
    const float* slots;
    std::int64_t stride;
};

/// A block of rows as the kernel reads it: copied aside, rounded, where it can't be read as it lies.
template <Slot S>
FIGURANT_INLINE Rows rows_of(const Product& product, std::int64_t first, std::int64_t last, std::int64_t from,
                             float* aside) {
    Rows rows{first, last, from, std::min(depth_block, product.b.slots() - from), nullptr, product.a_stride};
    const std::int64_t per_slot = S == Slot::pair ? 2 : 1, begin = from * per_slot;
    const float* a = product.a + first * product.a_stride + begin;
    rows.slots = a;
    if constexpr (S == Slot::number) return rows;
    rows.slots = aside;
    rows.stride = depth_block;
    const std::int64_t count = std::min(rows.depth * per_slot, product.b.rows() - begin);
    for (std::int64_t row = first; row < last; ++row, a += product.a_stride, aside += depth_block) {
        if constexpr (S == Slot::rounded) {
            for (std::int64_t k = 0; k < count; ++k) aside[k] = rounded(a[k]);
        } else {
            auto* pairs = reinterpret_cast<std::uint16_t*>(aside);
            round_numbers(a, count, pairs);
            if (count % 2 != 0) pairs[count] = 0;
        }
    }
    return rows;
}

/// These rows by the panel that begins with `column`.
template <Slot S, class V, int Most>
FIGURANT_INLINE void multiply_panel(const Product& product, const Rows& rows, std::int64_t column) {
    constexpr std::int64_t panel = 2 * sizeof(V) / sizeof(float);
    const std::int64_t slots = product.b.slots(), columns = product.b.columns() - column;
    Finish finish = product.finish;
    if (finish.biases) finish.biases += column;
    for (std::int64_t row = rows.first; row < rows.last; row += Most) {
        const std::int64_t count = std::min<std::int64_t>(Most, rows.last - row);
        const std::int64_t at = row * product.c_stride + column;
        const float* residual = finish.residual ? finish.residual + at : nullptr;
        const Part part{rows.slots + (row - rows.first) * rows.stride,
                        rows.stride,
                        rows.depth,
                        product.b.panel(column) + rows.from * panel,
                        product.c + at,
                        product.c_stride,
                        rows.from > 0 ? product.c + at : residual,
                        rows.from + depth_block >= slots ? &finish : nullptr};
        if (columns >= panel)
            add_up_rows<S, V, Most>(part, count);
        else
            add_up_edge<S, V, Most>(part, count, columns);
    }
}

/// The rows [first, last) of a product, at most row_block.
template <Slot S, class V, int Most>
FIGURANT_INLINE void multiply_rows(const Product& product, std::int64_t first, std::int64_t last) {
    constexpr std::int64_t panel = 2 * sizeof(V) / sizeof(float);
    const std::int64_t columns = product.b.columns();
    alignas(64) float aside[S == Slot::number ? 1 : row_block * depth_block];
    for (std::int64_t block = 0; block < columns; block += column_block)
        for (std::int64_t from = 0; from < product.b.slots(); from += depth_block) {
            const Rows rows = rows_of<S>(product, first, last, from, aside);
            for (std::int64_t column = block; column < std::min(columns, block + column_block);
                 column += panel)
                multiply_panel<S, V, Most>(product, rows, column);
        }
}

using Multiply = void (*)(const Product&, std::int64_t, std::int64_t);

template <Slot S>
void multiply_by_4(const Product& product, std::int64_t first, std::int64_t last) {
    multiply_rows<S, Vector4, 4>(product, first, last);
}

#if defined(__x86_64__)
template <Slot S>
__attribute__((target("avx2,fma"))) void multiply_by_8(const Product& product, std::int64_t first,
                                                       std::int64_t last) {
    multiply_rows<S, Vector8, 6>(product, first, last);
}
template <Slot S>
__attribute__((target("avx512f"))) void multiply_by_16(const Product& product, std::int64_t first,
                                                       std::int64_t last) {
    multiply_rows<S, Vector16, 12>(product, first, last);
}
#endif
#if defined(FIGURANT_BFLOAT16)
__attribute__((target("avx512f,avx512bw,avx512bf16"))) void multiply_pairs(const Product& product,
                                                                           std::int64_t first,
                                                                           std::int64_t last) {
    multiply_rows<Slot::pair, Vector16, 12>(product, first, last);
}
#endif

struct Kernel {
    Multiply multiply;
    std::int64_t panel;  ///< columns
    Slot slot;
};

/// The fastest for each kind of factors.
struct Kernels {
    Kernel float32, bfloat16;
};

Kernels chosen_kernels() {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        const Kernel single{multiply_by_16<Slot::number>, 32, Slot::number};
#if defined(FIGURANT_BFLOAT16)
        if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw"))
            return {single, {multiply_pairs, 32, Slot::pair}};
#endif
        return {single, {multiply_by_16<Slot::rounded>, 32, Slot::rounded}};
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {{multiply_by_8<Slot::number>, 16, Slot::number},
                {multiply_by_8<Slot::rounded>, 16, Slot::rounded}};
#endif
    return {{multiply_by_4<Slot::number>, 8, Slot::number}, {multiply_by_4<Slot::rounded>, 8, Slot::rounded}};
}

const Kernel& kernel(Factors factors) {
    static const Kernels chosen = chosen_kernels();
    return factors == Factors::float32 ? chosen.float32 : chosen.bfloat16;
}

/// The slots of a row, or two, of a matrix for one panel.
void pack(const float* row, const float* next, Slot slot, std::int64_t count, float* slots) {
    for (std::int64_t i = 0; i < count; ++i)
        if (slot == Slot::number)
            slots[i] = row[i];
        else if (slot == Slot::rounded)
            slots[i] = rounded(row[i]);
        else
            slots[i] =
                std::bit_cast<float>(bfloat16_bits(row[i]) | (next ? bfloat16_bits(next[i]) << 16 : 0U));
}

}  // namespace

bool multiplies_bfloat16() { return kernel(Factors::bfloat16).slot == Slot::pair; }

PackedMatrix::PackedMatrix(const float* numbers, std::int64_t rows, std::int64_t columns, Factors factors)
    : rows_(rows), columns_(columns), slots_(rows), factors_(factors) {
    const auto& chosen = kernel(factors);
    const std::int64_t panel = chosen.panel, per_slot = chosen.slot == Slot::pair ? 2 : 1;
    slots_ = (rows + per_slot - 1) / per_slot;
    numbers_.resize(static_cast<std::size_t>((columns + panel - 1) / panel * panel * slots_), 0.0F);
    for (std::int64_t column = 0; column < columns; column += panel)
        for (std::int64_t slot = 0; slot < slots_; ++slot) {
            const std::int64_t row = slot * per_slot;
            const float* from = numbers + row * columns + column;
            pack(from, row + 1 < rows ? from + columns : nullptr, chosen.slot,
                 std::min(panel, columns - column), numbers_.data() + column * slots_ + slot * panel);
        }
}

void multiply(const float* a, std::int64_t a_stride, std::int64_t rows, const PackedMatrix& b,
              const Finish& finish, float* c, std::int64_t c_stride) {
    const Product product{a, a_stride, b, finish, c, c_stride};
    const auto run = kernel(b.factors()).multiply;
#pragma omp parallel for schedule(static) if (rows > row_block)
    for (std::int64_t first = 0; first < rows; first += row_block)
        run(product, first, std::min(rows, first + row_block));
}

}  // namespace figurant::mask_rcnn
