// A chain of eight stages against the same chain written by hand on oneTBB function nodes.
// Wanted: at most 400 ns an item and stage with no work; at least 0.95 of its items a second with 10 us of
// work.

#include "framework_bench.h"

int main() {
    using namespace figurant::pipeline::bench;
    return measure(chain_shape("chain of eight", 1, 8), 100'000, 7);
}
