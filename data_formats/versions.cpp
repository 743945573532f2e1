#include "data_formats/versions.h"

#include <gdal_version.h>
#include <hdf5.h>
#include <png.h>

#include <opencv2/core/version.hpp>

namespace figurant::data_formats {

std::vector<std::string> library_versions() {
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    return {"OpenCV " + std::string(CV_VERSION), "GDAL " + std::string(GDAL_RELEASE_NAME),
            "HDF5 " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release),
            "libpng " + std::string(png_get_libpng_ver(nullptr))};
}

}  // namespace figurant::data_formats
