#include "mask_rcnn/library.h"

#include "mask_rcnn/versions.h"

namespace figurant::mask_rcnn {

namespace {

std::unique_ptr<const AbstractDetector> detector(const WeightsFile& weights, const DetectorOptions& options) {
    return std::make_unique<const Detector>(weights, options);
}

std::unique_ptr<AbstractTrainer> trainer(const NetworkConfig& network, const TrainingConfig& training,
                                         const TrainerOptions& options) {
    return std::make_unique<Trainer>(network, training, options);
}

std::unique_ptr<AbstractTrainer> trainer_from(const WeightsFile& checkpoint, const TrainingConfig& training,
                                              const TrainerOptions& options) {
    return std::make_unique<Trainer>(checkpoint, training, options);
}

}  // namespace

extern "C" const Functions& figurant_mask_rcnn() {
    static constexpr Functions all = {detector,          trainer,        trainer_from,
                                      StepLosses::names, file_variables, silence_unfit_anchors,
                                      devices_found};
    return all;
}

}  // namespace figurant::mask_rcnn
