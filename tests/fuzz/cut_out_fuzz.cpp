// Cut-outs: PNGs of any kind, scaled down as they are read.

#include "data_formats/cut_out/cut_out.h"

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const data_formats::CutOutLimits limits{32, 1 << 20, std::size_t{4} << 20};
    fuzz::may_refuse([&] { data_formats::decode_cut_out(fuzz::text_of(data, size), "fuzz", limits); });
    return 0;
}
