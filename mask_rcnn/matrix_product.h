#pragma once
// Products of dense matrices with what follows a convolution: biases, addition, activation. The weights are
// laid out once, the rows of the other matrix are read as they lie; a row's result depends on that row and
// the weights alone, whatever is computed beside it.

#include <cstdint>
#include <limits>
#include <vector>

namespace figurant::mask_rcnn {

/// A matrix [rows, columns] in panels of as many columns as fit the registers of this machine's processor.
class PackedMatrix {
  public:
    PackedMatrix() = default;
    /// `numbers`: rows x columns, row by row.
    PackedMatrix(const float* numbers, std::int64_t rows, std::int64_t columns);

    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }
    /// rows x (columns of a panel) numbers of the panel that begins with `column`; zeros beyond the matrix.
    const float* panel(std::int64_t column) const { return numbers_.data() + column * rows_; }

  private:
    std::int64_t rows_ = 0, columns_ = 0;
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
/// float32; each sum in the order of b's rows, in blocks whose sums are then added. Runs on the calling
/// thread's OpenMP team.
void multiply(const float* a, std::int64_t a_stride, std::int64_t rows, const PackedMatrix& b,
              const Finish& finish, float* c, std::int64_t c_stride);

}  // namespace figurant::mask_rcnn
