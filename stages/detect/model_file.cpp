#include "stages/detect/model_file.h"

#include "data_formats/weights/weights.h"
#include "weights/embedded_model.h"

namespace figurant::stages {

WeightsFile read_model(const std::filesystem::path& path) {
    if (path == "embedded")
        return data_formats::parse_weights(embedded_model(), "the embedded model", "model");
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed))
        return data_formats::read_weights(path / "model.h5", "model");
    return data_formats::read_weights(path, "model");
}

}  // namespace figurant::stages
