#pragma once
// Where a stage's time goes, told apart exactly and at little cost. Internal to the framework.
//
// A stage has places: as many as the calls that it may have at once. Over a run each place is at every moment
// either busy, a call running there, or free; and what a free place waits for is what its stage waits for at
// that moment, which is one thing (Want). With clock[w] the time during which the stage waited for w, and
// busy[w] the part of its calls' time that fell into it,
//
//     places x wall = busy + sum over w of (places x clock[w] - busy[w])
//
// holds exactly, whatever the threads do. The clocks change only when a stage's want does, which no call of a
// chain that simply goes on causes; a call looks at them when it begins and when it ends.

#include <tbb/spin_mutex.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace figurant::pipeline {

/// What a stage waits for. Where it is several things, the last of these in this order.
enum class Want : std::uint8_t {
    input,     ///< nothing has come that it could run on
    thread,    ///< a call is ready; all threads do something else
    batch,     ///< items are here, and more of them may come soon
    room,      ///< the budget is used up, or those behind it have enough
    resource,  ///< another call has a thing that only one can have at a time
};
constexpr std::size_t want_count = 5;
const char* want_text(Want want);  ///< "input", "a thread", …

/// To a counter that only the calling thread writes.
template <class Counter, class Amount>
void bump(Counter& counter, Amount amount) {
    counter.store(counter.load(std::memory_order_relaxed) +
                      static_cast<decltype(counter.load(std::memory_order_relaxed))>(amount),
                  std::memory_order_relaxed);
}

/// What one stage waits for, and for how long it has. Times are nanoseconds of one steady clock.
class alignas(128) Wants {
  public:
    /// The clocks at one moment.
    struct Reading {
        std::uint64_t version = 0;
        Want want = Want::input;
        std::int64_t since = 0;
        std::array<std::int64_t, want_count> clocks{};
        /// During which the stage wanted `what`, from its start until `now`.
        std::int64_t spent(Want what, std::int64_t now) const {
            return clocks[static_cast<std::size_t>(what)] + (what == want ? now - since : 0);
        }
    };

    void start(std::int64_t now) { since_.store(now); }
    // The time is looked at only where what is wanted changes, and then at that very moment: so no change
    // comes into the clocks before a call that had already ended when it was made.

    /// Calls that are on their way to a thread; `now` gives the time.
    template <class Clock>
    void change_sent(std::int64_t change, const Clock& now) {
        change_wants(now, [&] { bump(sent_, change); });
    }
    /// Calls that are parked until there is room.
    template <class Clock>
    void change_parked(std::int64_t change, const Clock& now) {
        change_wants(now, [&] { bump(parked_, change); });
    }
    /// What the first call in the stage's gate waits for (input: there is none), and how many wait there.
    template <class Clock>
    void set_gate(Want why, std::size_t queued, const Clock& now) {
        queued_.store(static_cast<std::int64_t>(queued), std::memory_order_relaxed);
        if (gate_.load(std::memory_order_relaxed) != why)
            change_wants(now, [&] { gate_.store(why, std::memory_order_relaxed); });
    }
    /// Calls that are ready, wherever they wait.
    std::int64_t waiting() const {
        return std::max<std::int64_t>(sent_.load(std::memory_order_relaxed), 0) +
               std::max<std::int64_t>(parked_.load(std::memory_order_relaxed), 0) +
               queued_.load(std::memory_order_relaxed);
    }

    /// Differs from a reading's when the clocks are no longer as they were.
    std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
    Reading read() const;

  private:
    template <class Clock, class Change>
    void change_wants(const Clock& now, const Change& change) {
        const tbb::spin_mutex::scoped_lock lock(mutex_);
        change();
        const Want next = decided();
        if (next != want_.load(std::memory_order_relaxed)) set_want(next, now());
    }
    Want decided() const;
    void set_want(Want next, std::int64_t now);

    tbb::spin_mutex mutex_;
    std::atomic<std::int64_t> sent_{0}, parked_{0}, queued_{0};
    std::atomic<Want> gate_{Want::input};
    // Read by calls without the mutex: the version is odd while they change.
    alignas(64) std::atomic<std::uint64_t> version_{2};
    std::atomic<Want> want_{Want::input};
    std::atomic<std::int64_t> since_{0};
    std::array<std::atomic<std::int64_t>, want_count> clocks_{};
};

/// How often calls took how long, in buckets that are each an eighth of a power of two wide (a percentile is
/// known to 6 percent). Written by one thread, read by any.
class Durations {
  public:
    static constexpr std::size_t buckets = 328;  ///< the last begins at two hours
    static std::size_t bucket(std::int64_t nanoseconds);
    /// The middle of a bucket, in nanoseconds.
    static double middle(std::size_t bucket);

    void add(std::int64_t nanoseconds) {
        bump(counts_[bucket(nanoseconds)], 1);
        if (nanoseconds > longest_.load(std::memory_order_relaxed))
            longest_.store(nanoseconds, std::memory_order_relaxed);
    }
    std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }
    std::int64_t longest() const { return longest_.load(std::memory_order_relaxed); }

  private:
    std::array<std::atomic<std::uint32_t>, buckets> counts_{};
    std::atomic<std::int64_t> longest_{0};
};

inline std::size_t Durations::bucket(std::int64_t nanoseconds) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
    if (value < 8) return static_cast<std::size_t>(value);
    const auto power = static_cast<std::size_t>(std::bit_width(value)) - 1;
    return std::min((power - 2) * 8 + static_cast<std::size_t>((value >> (power - 3)) & 7), buckets - 1);
}

/// Counters of one stage on one worker; written by it alone.
struct StageCounters {
    std::atomic<std::uint64_t> calls{0}, items_in{0}, items_out{0}, bytes_out{0}, skipped{0}, retried{0};
    std::array<std::atomic<std::int64_t>, want_count> busy_while{};  ///< its calls' time, by what it wanted
    Wants::Reading seen;                                             ///< when its last call began
    Durations durations;
};

}  // namespace figurant::pipeline
