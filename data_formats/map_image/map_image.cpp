#include "data_formats/map_image/map_image.h"

#include "base/loaded_library.h"
#include "data_formats/gdal/gdal_functions.h"

namespace figurant::data_formats {

const GdalFunctions& gdal_functions() {
    static const auto& functions = loaded_functions<GdalFunctions>("figurant_gdal");
    return functions;
}

figures::MapHandle open_map(const std::filesystem::path& path, std::string name, const MapOptions& options) {
    return gdal_functions().open_map(path, name, options);
}

std::optional<GeoTransform> read_geo_transform(const std::filesystem::path& path) {
    return gdal_functions().read_geo_transform(path);
}

void set_map_cache(std::size_t bytes) { gdal_functions().set_map_cache(bytes); }

}  // namespace figurant::data_formats
