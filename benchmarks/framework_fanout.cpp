// 1 -> 10,000 -> 1 (expand, map, gather) against the same by hand on oneTBB, and as wanted of the chain.

#include "framework_bench.h"

int main() {
    using namespace figurant::pipeline::bench;
    return measure(chain_shape("1 -> 10,000 -> 1", 10, 1), 10'000, 7);
}
