#include "mask_rcnn/threads.h"

#include <ATen/Parallel.h>
#include <omp.h>

namespace figurant::mask_rcnn {

ThreadTeam::ThreadTeam(int size) {
    // LibTorch sets a thread's number on its first call in that thread; let it do so before, not in between.
    // It notes that in an inline function, of which this library may have a copy of its own: both are called.
    at::internal::lazy_init_num_threads();
    at::get_num_threads();
    before_ = omp_get_max_threads();
    omp_set_num_threads(size);
}

ThreadTeam::~ThreadTeam() { omp_set_num_threads(before_); }

}  // namespace figurant::mask_rcnn
