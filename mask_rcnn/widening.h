#pragma once
// A narrower network's weights inside a wider one that does, to begin with, what the narrower one did. The
// idea is Net2Net's (Chen, Goodfellow, Shlens, 2015); channels are added as random ones, unheard, instead of
// as copies.

#include <optional>

#include "base/named_array.h"
#include "mask_rcnn/network.h"

namespace figurant::mask_rcnn {

/// Whether a network of `narrow` can begin inside one of `wide`: no deeper and no wider anywhere,
/// otherwise with the same variables, and computing the same with them. The second stage, and a last block in
/// which nothing strides, may have fewer units; the mask head may see no detail. Both must be
/// batch-normalised: groups of channels would become others.
bool is_narrower(const NetworkConfig& narrow, const NetworkConfig& wide);

/// `fresh` values of the network, with the narrower network's weights as each variable's first channels. What
/// the new channels say to the first ones begins at 0, and so does what new units add to their input; all
/// else stays as it is. Nothing where `weights` are not a narrower network's (is_narrower), or as wide as
/// this one. Error(Cause::model) when weights are missing, misshapen or not finite.
std::optional<Values> widened(const Network& network, const Values& fresh, const WeightsFile& weights);

}  // namespace figurant::mask_rcnn
