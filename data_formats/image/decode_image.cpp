#include "data_formats/gdal/gdal_functions.h"
#include "data_formats/image/image.h"

namespace figurant::data_formats {

cv::Mat read_image(const std::filesystem::path& path, std::int64_t most_pixels) {
    return gdal_functions().read_image(path, most_pixels);
}

cv::Size image_size(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    return gdal_functions().image_size(bytes, name, most_pixels);
}

cv::Mat decode_image(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    return gdal_functions().decode_image(bytes, name, most_pixels);
}

cv::Mat decode_label_png(std::string_view bytes, const std::string& name, std::int64_t most_pixels) {
    return gdal_functions().decode_label_png(bytes, name, most_pixels);
}

}  // namespace figurant::data_formats
