#pragma once
// One map as the files of the dataset layout: images/NAME.jpg|png, masks/NAME.png, keypoints/NAME.json.
// Encodes to memory; who writes, writes.

#include <cstdint>
#include <string>
#include <vector>

#include "synthesis/compose.h"

namespace figurant::synthesis {

enum class ImageKind { png, jpeg };

/// "png" or "jpg": the extension that goes with the bytes.
std::string extension(ImageKind kind);

/// The map's picture. `quality`: of a JPEG, 1 to 100. Error(Cause::output) when it cannot be encoded.
std::vector<std::uint8_t> encode_image(const ComposedMap& map, ImageKind kind, int quality = 90);

/// The mask picture, PNG: red the figure (from 0; 255 none), green the body part (255 none), blue 0.
std::vector<std::uint8_t> encode_mask(const ComposedMap& map);

/// The keypoints, a JSON list with one object a figure in the order of `map.figures`: {"0": [x, y], ...}, the
/// keys from "0" to "15" as in joint_names, joints outside the map left out; one decimal place.
std::string keypoints_json(const ComposedMap& map);

}  // namespace figurant::synthesis
