#pragma once
// Products of dense matrices with what follows a convolution: biases, addition, activation. The weights are
// laid out once, the rows of the other matrix are read as they lie; a row's result depends on that row and
// the weights alone, whatever is computed beside it.

#include <cstdint>
#include <limits>
#include <vector>

namespace figurant::mask_rcnn {

/// What both factors of a product are rounded to before they are multiplied; sums are float32 in either case.
enum class Factors { float32, bfloat16 };

/// Whether the processor multiplies bfloat16 faster than float32; else products of bfloat16 take the longer.
bool multiplies_bfloat16();

/// A matrix [rows, columns] in panels of as many columns as fit the registers of this machine's processor.
class PackedMatrix {
  public:
    PackedMatrix() = default;
    /// `numbers`: rows x columns, row by row.
    PackedMatrix(const float* numbers, std::int64_t rows, std::int64_t columns,
                 Factors factors = Factors::float32);

    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }
    Factors factors() const { return factors_; }

    /// A panel has a slot for each row and column: a float32, or where the processor multiplies bfloat16 the
    /// numbers of two rows.
    std::int64_t slots() const { return slots_; }
    /// slots() x (columns of a panel) of the panel that begins with `column`; zeros beyond the matrix.
    const float* panel(std::int64_t column) const { return numbers_.data() + column * slots_; }

  private:
    std::int64_t rows_ = 0, columns_ = 0, slots_ = 0;
    Factors factors_ = Factors::float32;
    std::vector<float> numbers_;
};

/// What happens to a sum before it is written: biases (one for each column) and the residual (laid out as the
/// result, and possibly the result's own memory) are added where they are not null, then it is bounded.
/// Numbers that are not finite stay as they are.
struct Finish {
    const float* biases = nullptr;
    const float* residual = nullptr;
    float least = -std::numeric_limits<float>::infinity(), most = std::numeric_limits<float>::infinity();
};

/// c = finish(a * b) with a: [rows, b.rows()], c: [rows, b.columns()]; strides in floats from row to row.
/// Each sum in the order of b's rows, in blocks whose sums are then added. Runs on the calling thread's
/// OpenMP team.
void multiply(const float* a, std::int64_t a_stride, std::int64_t rows, const PackedMatrix& b,
              const Finish& finish, float* c, std::int64_t c_stride);

}  // namespace figurant::mask_rcnn
