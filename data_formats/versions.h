#pragma once
// Which versions of the libraries behind the formats are at work.

#include <string>
#include <vector>

namespace figurant::data_formats {

/// "GDAL 3.6.2", "HDF5 1.10.8", …
std::vector<std::string> library_versions();

}  // namespace figurant::data_formats
