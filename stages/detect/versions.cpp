// What `figurant --version` says of the libraries that the stages bring along.

#include <filesystem>

#include "data_formats/versions.h"
#include "mask_rcnn/versions.h"
#include "pipeline/version_lines.h"
#include "stages/detect/network.h"
#include "synthesis/typeface.h"

namespace figurant::stages {
namespace {

const pipeline::VersionLine libtorch([] { return mask_rcnn::libtorch_version(); });
const pipeline::VersionLine formats([] {
    std::string line;
    auto versions = data_formats::library_versions();
    for (auto& version : synthesis::font_library_versions()) versions.push_back(std::move(version));
    for (const auto& version : versions) line += (line.empty() ? "" : ", ") + version;
    return line;
});
/// Whether a driver of a GPU is here: NVIDIA's, AMD's, or Windows' below Linux. Where there is none LibTorch,
/// which takes longer to load than all else that --version does, need not be asked.
bool has_gpu_driver() {
    for (const char* file : {"/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/kfd", "/dev/dxg"})
        if (std::error_code failed; std::filesystem::exists(file, failed)) return true;
    return false;
}

const pipeline::VersionLine devices(
    [] { return "devices: " + (has_gpu_driver() ? network().devices_found() : std::string("cpu")); }, false);

}  // namespace
}  // namespace figurant::stages
