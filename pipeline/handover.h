#pragma once
// What oneTBB orders between threads, told to the thread sanitizer, for which oneTBB is not built: it would
// take what was handed over for a race. Only what oneTBB promises is told. Nothing in other builds. Internal.

#if defined(__SANITIZE_THREAD__)
#include <atomic>

/// A function that reads what oneTBB has copied, and nothing else.
#define FIGURANT_RECEIVES __attribute__((no_sanitize("thread"), noinline))

namespace figurant::pipeline {

/// What was done before a `give` is seen after a `take` that follows it.
class Handover {
  public:
    void give() { given_.fetch_add(1, std::memory_order_release); }
    void take() { given_.load(std::memory_order_acquire); }

  private:
    std::atomic<unsigned> given_{0};
};

}  // namespace figurant::pipeline
#else
#define FIGURANT_RECEIVES

namespace figurant::pipeline {

class Handover {
  public:
    void give() {}
    void take() {}
};

}  // namespace figurant::pipeline
#endif
