#include <algorithm>
#include <cmath>
#include <cstring>

#include "data_formats/tensors/tensor_file.h"

namespace figurant::data_formats {

namespace {

template <class Element>
TensorSummary summary_of(std::span<const std::byte> bytes) {
    const std::size_t count = bytes.size() / sizeof(Element);
    TensorSummary summary;
    double sum = 0;
    bool numbers = true;
    for (std::size_t i = 0; i < count; ++i) {
        Element element;
        std::memcpy(&element, bytes.data() + i * sizeof(Element), sizeof(Element));
        const auto value = static_cast<double>(element);
        if (i == 0) summary.min = summary.max = value;
        summary.min = std::min(summary.min, value);
        summary.max = std::max(summary.max, value);
        numbers = numbers && !std::isnan(value);
        sum += value;
    }
    summary.mean = sum / static_cast<double>(count);
    if (!numbers) summary.min = summary.max = summary.mean;
    return summary;
}

}  // namespace

std::optional<TensorSummary> summarize(const NamedArray& array) {
    if (array.bytes.empty()) return std::nullopt;
    return array.type == ElementType::float32 ? summary_of<float>(array.bytes)
                                              : summary_of<std::int64_t>(array.bytes);
}

}  // namespace figurant::data_formats
