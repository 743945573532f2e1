#pragma once
// Which versions of the libraries behind the formats the program was built with.

#include <string>
#include <vector>

namespace figurant::data_formats {

/// "GDAL 3.6.2", "HDF5 1.10.8", … GDAL is not loaded for it.
std::vector<std::string> library_versions();

}  // namespace figurant::data_formats
