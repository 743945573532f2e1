#pragma once
// How many threads LibTorch uses in the calling thread, and there only.

namespace figurant::mask_rcnn {

/// While it lives, LibTorch, oneDNN and the BLAS compute with `size` threads when called from this thread.
/// Other threads are not touched: OpenMP keeps the number for each thread by itself, unlike
/// at::set_num_threads, which also sets what threads to come will start with.
class ThreadTeam {
  public:
    explicit ThreadTeam(int size);
    ~ThreadTeam();
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

  private:
    int before_;
};

}  // namespace figurant::mask_rcnn
