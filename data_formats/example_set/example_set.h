#pragma once
// The examples of a data set, whatever it is kept in: a data folder, COCO JSON with images, TFRecord files, a
// dataset file. See example_set.md.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data_formats/data_folder/data_folder.h"
#include "data_formats/dataset/stored_example.h"

namespace figurant::data_formats {

/// Safe to call from several threads.
class ExampleSet {
  public:
    virtual ~ExampleSet() = default;
    virtual std::size_t size() const = 0;
    /// What an example is called in messages and lists; unique in the set.
    virtual std::string name(std::size_t index) const = 0;
    /// Error(Cause::input) when a file of the example is missing, as far as that can be told without reading.
    virtual void check(std::size_t) const {}
    /// Differs when the example was changed; worked out without reading all of it. Error(Cause::input).
    virtual std::string digest(std::size_t index) const = 0;
    /// At most how much memory `read` gives, in bytes, without reading the example. Of data folders and
    /// records, whose masks are packed, an estimate that only masks of a repeating pattern exceed.
    virtual std::size_t bytes(std::size_t index) const = 0;
    /// One example; the others are not read. Its picture is not decoded. Error(Cause::input), or a limit,
    /// naming the file and the place in it.
    virtual StoredExample read(std::size_t index) const = 0;
    /// The same with its picture decoded, as the network learns from it.
    virtual figures::Example example(std::size_t index) const;
};

/// "0", "1", or anything else for `detect`: as parameters name the countings of figures.
FirstFigure first_figure_of(std::string_view text);

struct ExampleSetOptions {
    FirstFigure first_figure = FirstFigure::detect;  ///< of data folders
    std::filesystem::path images;  ///< of COCO JSON; empty: the folder images/ beside the file, or its own
};

/// The examples of what is given: a folder with images/ and masks/; a folder of *.record or *.tfrecord files
/// (also cut into shards: NAME.record-00000-of-00010); such a file; a COCO ground truth (*.json); a dataset
/// file (*.h5); a folder with dataset.h5, or with coco_ground_truth.json and without masks/. In the order of
/// their names, of the file's pictures, of its records. An example of which a part is missing is listed, and
/// fails when it is read. Error(Cause::input), or of truth, when there is nothing to read at `path`.
std::shared_ptr<const ExampleSet> open_example_set(const std::filesystem::path& path,
                                                   const ExampleSetOptions& options = {});

// One of each kind.

std::shared_ptr<const ExampleSet> open_folder_set(const std::filesystem::path& folder, FirstFigure first);
std::shared_ptr<const ExampleSet> open_coco_set(const std::filesystem::path& json,
                                                const std::filesystem::path& images);
std::shared_ptr<const ExampleSet> open_record_set(const std::filesystem::path& file);
std::shared_ptr<const ExampleSet> open_dataset_set(const std::filesystem::path& file);

/// Several as one, in this order. Where two have examples of one name, the names of their files or folders
/// are put in front.
std::shared_ptr<const ExampleSet> joined_sets(
    std::vector<std::pair<std::string, std::shared_ptr<const ExampleSet>>> named_sets);

}  // namespace figurant::data_formats
