// A chain of eight stages against the same chain written by hand on oneTBB function nodes.
// Wanted: at most 400 ns an item and stage with no work; at least 0.95 of its items a second with 10 us of
// work; at most 3 % for a trace of such a run (--trace measures that alone).

#include <cstring>
#include "framework_bench.h"

int main(int count, char** words) {
    using namespace figurant::pipeline::bench;
    const bool only_trace = count > 1 && std::strcmp(words[1], "--trace") == 0;
    const bool right =
        (only_trace || measure("chain of eight", 1, 100'000, 8, 5)) & measure_trace(50'000, 8, 5);
    return right ? 0 : 1;
}
