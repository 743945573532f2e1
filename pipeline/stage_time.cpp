#include "pipeline/stage_time.h"

#include <thread>

namespace figurant::pipeline {

const char* want_text(Want want) {
    switch (want) {
        case Want::thread:
            return "a thread";
        case Want::batch:
            return "a batch";
        case Want::room:
            return "room";
        case Want::resource:
            return "a resource";
        case Want::input:
            break;
    }
    return "input";
}

Want Wants::decided() const {
    const Want gate = gate_.load(std::memory_order_relaxed);
    if (gate == Want::resource) return gate;
    if (parked_.load(std::memory_order_relaxed) > 0) return Want::room;
    if (gate != Want::input) return gate;
    return sent_.load(std::memory_order_relaxed) > 0 ? Want::thread : Want::input;
}

void Wants::set_want(Want next, std::int64_t now) {
    const Want before = want_.load(std::memory_order_relaxed);
    const std::int64_t since = since_.load(std::memory_order_relaxed);
    auto& clock = clocks_[static_cast<std::size_t>(before)];
    now = std::max(now, since);  // of two processors' clocks one may be behind
    const std::uint64_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    clock.store(clock.load(std::memory_order_relaxed) + now - since, std::memory_order_release);
    since_.store(now, std::memory_order_release);
    want_.store(next, std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
}

Wants::Reading Wants::read() const {
    for (;;) {
        Reading reading;
        reading.version = version_.load(std::memory_order_acquire);
        for (std::size_t i = 0; i < want_count; ++i)
            reading.clocks[i] = clocks_[i].load(std::memory_order_acquire);
        reading.since = since_.load(std::memory_order_acquire);
        reading.want = want_.load(std::memory_order_acquire);
        if (reading.version % 2 == 0 && version_.load(std::memory_order_relaxed) == reading.version)
            return reading;
        std::this_thread::yield();
    }
}

double Durations::middle(std::size_t bucket) {
    if (bucket < 8) return static_cast<double>(bucket);
    const auto width = static_cast<double>(std::uint64_t{1} << (bucket / 8 - 1));
    return (static_cast<double>(8 + bucket % 8) + 0.5) * width;
}

}  // namespace figurant::pipeline
