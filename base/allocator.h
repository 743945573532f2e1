#pragma once
// How the process's allocator treats large blocks.

namespace figurant {

/// Makes malloc keep what large blocks (up to 32 MiB) gave back for the next ones, up to 128 MiB at the end
/// of each of its heaps. Left alone, it returns them to the system, and a network's tensors, which are
/// allocated anew for each image, cost a page fault for every 4 KiB. For a program to call first; memory that
/// is held so is still given back by malloc_trim, as the scheduler does when its budget gets short. Does
/// nothing without glibc.
void keep_freed_memory();

}  // namespace figurant
