#pragma once
// How a caller lends its threads to a measurement.

#include <cstddef>
#include <functional>

namespace figurant::metrics {

/// Calls body(0) … body(count - 1), in any order and on any threads, and returns when all are done.
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)>& body)>;

}  // namespace figurant::metrics
