// 1 -> 10,000 -> 1 (expand, map, gather) against the same by hand on oneTBB, and as wanted of the chain.

#include "framework_bench.h"

int main() { return figurant::pipeline::bench::measure("1 -> 10,000 -> 1", 10, 10'000, 1, 5) ? 0 : 1; }
