// What the library figurant_gdal offers.

#include "data_formats/gdal/gdal_functions.h"

namespace figurant::data_formats {

extern "C" const GdalFunctions& figurant_gdal() {
    static constexpr GdalFunctions all = {
        gdal::open_map,   gdal::read_geo_transform, gdal::set_map_cache,    gdal::read_image,
        gdal::image_size, gdal::decode_image,       gdal::decode_label_png, gdal::to_degrees};
    return all;
}

}  // namespace figurant::data_formats
