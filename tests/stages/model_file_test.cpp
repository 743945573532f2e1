#include "stages/detect/model_file.h"

#include <doctest/doctest.h>

#include "base/file_writer.h"
#include "mask_rcnn/config.h"

using namespace figurant;

TEST_CASE("the embedded model is a network of the configuration that says how it was made") {
    const std::string file = "configs/figures_small.toml";
    const auto shipped = mask_rcnn::parse_config(read_file(file), file).network;
    auto embedded = mask_rcnn::parse_config(stages::read_model("embedded").config, "embedded").network;
    // But for what was found out about its scores once it was trained.
    CHECK(embedded.score_calibration.size() == 3);
    embedded.score_calibration = shipped.score_calibration;
    embedded.detection_score_threshold = shipped.detection_score_threshold;
    CHECK(mask_rcnn::config_text(embedded) == mask_rcnn::config_text(shipped));
}
