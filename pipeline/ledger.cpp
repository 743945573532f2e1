#include "pipeline/ledger.h"

namespace figurant::pipeline {

void Credits::note_peak(std::int64_t held) {
    std::int64_t peak = peak_.load(std::memory_order_relaxed);
    while (held > peak && !peak_.compare_exchange_weak(peak, held, std::memory_order_relaxed)) {
    }
}

bool Credits::take(std::int64_t bytes, bool pull) {
    const std::int64_t limit = pull ? pull_limit_ : budget_;
    std::int64_t held = held_.load();
    do {
        if (held + bytes > limit) return false;
    } while (!held_.compare_exchange_weak(held, held + bytes));
    note_peak(held + bytes);
    return true;
}

void Credits::force(std::int64_t bytes) { note_peak(held_.fetch_add(bytes) + bytes); }

}  // namespace figurant::pipeline
