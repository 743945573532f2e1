// What `figurant --version` says of the libraries that the stages bring along.

#include "data_formats/versions.h"
#include "mask_rcnn/versions.h"
#include "pipeline/version_lines.h"
#include "stages/detect/network.h"

namespace figurant::stages {
namespace {

const pipeline::VersionLine libtorch([] { return mask_rcnn::libtorch_version(); });
const pipeline::VersionLine formats([] {
    std::string line;
    for (const auto& version : data_formats::library_versions()) line += (line.empty() ? "" : ", ") + version;
    return line;
});
const pipeline::VersionLine devices([] { return "devices: " + network().devices_found(); }, false);

}  // namespace
}  // namespace figurant::stages
