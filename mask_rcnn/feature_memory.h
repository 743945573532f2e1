#pragma once
// The memory that features lie in while a call of the detector computes. The system clears each page that it
// hands out, and a large tensor is handed out anew each time: up to a third of an inference's time went
// there. A range is asked for once, and serves call after call.

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace figurant::mask_rcnn {

/// One range of memory, handed out by pieces: always the first free place that is large enough, so that what
/// is touched stays small. Pieces may be given back on any thread.
class MemoryRange {
  public:
    /// Reserves `bytes`; the system gives pages as they are touched.
    explicit MemoryRange(std::size_t bytes);
    ~MemoryRange();
    MemoryRange(const MemoryRange&) = delete;
    MemoryRange& operator=(const MemoryRange&) = delete;

    std::size_t bytes() const { return bytes_; }
    /// Aligned to 64 bytes; null where no free place is large enough.
    void* take(std::size_t bytes);
    void give(void* piece);

  private:
    std::byte* begin_ = nullptr;
    std::size_t bytes_;
    std::mutex mutex_;
    std::map<std::size_t, std::size_t> free_, taken_;  ///< place -> bytes
};

/// Ranges for calls that run side by side, kept for the next ones.
class FeatureMemory {
  public:
    /// While it lives, the calling thread's empty_tensor lies in its range; with LibTorch 1 every large
    /// tensor.
    class Lease {
      public:
        Lease(FeatureMemory& memory, std::size_t bytes);
        ~Lease();
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;

      private:
        FeatureMemory& memory_;
        std::shared_ptr<MemoryRange> range_, before_;
    };

  private:
    std::shared_ptr<MemoryRange> take(std::size_t bytes);

    std::mutex mutex_;
    std::vector<std::shared_ptr<MemoryRange>> idle_;
};

/// A float32 tensor on the CPU of any content, in the calling thread's range where it has one with room. It
/// may outlive the lease.
torch::Tensor empty_tensor(torch::IntArrayRef shape);
/// The same as features [images, channels, height, width], channels-last.
torch::Tensor empty_features(std::int64_t images, std::int64_t channels, std::int64_t height,
                             std::int64_t width);

}  // namespace figurant::mask_rcnn
