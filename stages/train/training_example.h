#pragma once
// From a picture with figures to what the trainer takes.

#include "figures/example.h"
#include "mask_rcnn/trainer.h"

namespace figurant::stages {

/// The same example in the trainer's plain memory; figures without a mask get their whole box as one.
mask_rcnn::TrainingExample training_example(const figures::Example& example);

}  // namespace figurant::stages
