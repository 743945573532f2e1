#include <cstdio>
#include <map>

#include "base/error.h"
#include "data_formats/crc32c/crc32c.h"
#include "data_formats/tensorflow_checkpoint/tensorflow_checkpoint.h"
#include "data_formats/tensors/element_types.h"
#include "data_formats/tensors/input_file.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t largest_index = std::uint64_t{1} << 28;

fs::path with_end(const fs::path& prefix, const std::string& end) { return prefix.string() + end; }

std::string shard_end(int shard, int shards) {
    char text[32];
    std::snprintf(text, sizeof text, ".data-%05d-of-%05d", shard, shards);
    return text;
}

class TensorFlowCheckpoint : public TensorFile {
  public:
    explicit TensorFlowCheckpoint(fs::path prefix) : prefix_(std::move(prefix)) {
        const InputFile file(with_end(prefix_, ".index"));
        index_ = parse_checkpoint_index(file.text(largest_index), file.path().string());
        for (const auto& entry : index_.entries) {
            TensorInfo info{entry.name, tensorflow_type_name(entry.type), entry.shape, {}};
            if (entry.in_slices)
                info.unreadable = "it is stored in slices";
            else if (!readable_type(entry.type))
                info.unreadable = "its type is " + info.type;
            tensors_.push_back(std::move(info));
            if (!entry.in_slices) check_place(entry);
        }
    }

    std::string kind() const override { return "TensorFlow checkpoint"; }

    NamedArray read(std::size_t place) const override {
        const CheckpointEntry& entry = index_.entries.at(place);
        const std::string what = "the tensor \"" + entry.name + "\"";
        if (const auto& why = tensors_[place].unreadable; !why.empty())
            throw Error(Cause::model, prefix_.string() + ": " + what + " cannot be read: " + why,
                        "only float32, float16, bfloat16, int32 and int64 are");
        NamedArray array{entry.name, {}, entry.shape, ArrayBytes(entry.size)};
        const InputFile& file = shard(entry);
        file.read(entry.offset, array.bytes);
        if (const auto found = masked_crc32c(array.bytes); found != entry.masked_crc)
            throw Error(Cause::model,
                        file.path().string() + ": " + what + " is damaged between byte " +
                            std::to_string(entry.offset) + " and " +
                            std::to_string(entry.offset + entry.size) + ": expected checksum " +
                            std::to_string(entry.masked_crc) + ", found " + std::to_string(found),
                        "copy the checkpoint again, or take another");
        convert_elements(*readable_type(entry.type), array);
        return array;
    }

  private:
    /// Each file of data is opened once, when the checkpoint is.
    const InputFile& shard(const CheckpointEntry& entry) const { return *shards_.at(entry.shard); }

    void check_place(const CheckpointEntry& entry) {
        auto& file = shards_[entry.shard];
        if (!file)
            file = std::make_unique<InputFile>(with_end(prefix_, shard_end(entry.shard, index_.shards)));
        if (entry.offset > file->size() || entry.size > file->size() - entry.offset)
            throw Error(Cause::model,
                        file->path().string() + ": has " + std::to_string(file->size()) +
                            " bytes, where the tensor \"" + entry.name + "\" takes " +
                            std::to_string(entry.size) + " from byte " + std::to_string(entry.offset) +
                            " on: it is cut short, or belongs to another checkpoint",
                        "copy the checkpoint again, all its files together");
    }

    fs::path prefix_;
    CheckpointIndex index_;
    std::map<int, std::unique_ptr<InputFile>> shards_;
};

}  // namespace

std::unique_ptr<TensorFile> open_tensorflow_checkpoint(const fs::path& prefix_or_index) {
    fs::path prefix = prefix_or_index;
    if (prefix.extension() == ".index") prefix.replace_extension();
    return std::make_unique<TensorFlowCheckpoint>(std::move(prefix));
}

}  // namespace figurant::data_formats
