// Map images of all kinds, by GDAL: opened, a window read, and the georeference.

#include "data_formats/map_image/map_image.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

using namespace figurant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::MemoryFile file(fuzz::text_of(data, size));
    fuzz::may_refuse([&] {
        const auto map = data_formats::open_map(file.path(), "fuzz");
        const auto& info = map->info();
        map->read({0, 0, static_cast<int>(std::min<std::int64_t>(64, info.width)),
                   static_cast<int>(std::min<std::int64_t>(64, info.height))});
    });
    fuzz::may_refuse([&] { data_formats::read_geo_transform(file.path()); });
    return 0;
}
