#pragma once
// What the library figurant_mask_rcnn offers to a program that does not link it, but loads it when it first
// needs a network (base/loaded_library.h): LibTorch takes most of a second to load.

#include <memory>
#include <string>
#include <vector>

#include "mask_rcnn/detector.h"
#include "mask_rcnn/trainer.h"
#include "mask_rcnn/variables.h"

namespace figurant::mask_rcnn {

struct Functions {
    /// As the constructors of Detector and Trainer.
    std::unique_ptr<const AbstractDetector> (*detector)(const WeightsFile& weights,
                                                        const DetectorOptions& options);
    std::unique_ptr<AbstractTrainer> (*trainer)(const NetworkConfig& network, const TrainingConfig& training,
                                                const TrainerOptions& options);
    std::unique_ptr<AbstractTrainer> (*trainer_from)(const WeightsFile& checkpoint,
                                                     const TrainingConfig& training,
                                                     const TrainerOptions& options);
    const std::vector<std::string>& (*loss_names)();                           ///< StepLosses::names
    std::vector<FileVariable> (*file_variables)(const NetworkConfig& config);  ///< as in variables.h
    /// As in trainer.h.
    void (*silence_unfit_anchors)(WeightsFile& model, std::int64_t height, std::int64_t width);
    std::string (*devices_found)();  ///< as in versions.h
};

}  // namespace figurant::mask_rcnn
