#pragma once
// A record's data: tf.train.Example with the features of the Object Detection API. See tf_record.md.

#include <string>
#include <string_view>

#include "data_formats/dataset/stored_example.h"

namespace figurant::data_formats {

/// An example from a record's data. `where` stands for the record in messages. The name is
/// image/filename, of a path of some other place its last part. Error(Cause::input): no tf.train.Example;
/// features missing (all that are, named), of another type, of another number than the boxes; a box outside
/// the picture; a mask that is no PNG, or of another size than the picture. Of the picture itself only the
/// size is read.
StoredExample parse_tf_example(std::string_view data, const std::string& where);

/// The features of an example, as bytes that are the same for the same example. Body parts, keypoints and ids
/// have no place there. Masks are PNGs of the whole picture, 1 inside, when all figures have one.
/// Error(Cause::limit) beyond 2 GiB, which the format cannot hold.
std::string tf_example_bytes(const StoredExample& example);

}  // namespace figurant::data_formats
