#include <algorithm>
#include <cstdio>

#include "base/error.h"
#include "data_formats/tensorflow_checkpoint/bundle.pb.h"
#include "data_formats/tensorflow_checkpoint/table.h"
#include "data_formats/tensorflow_checkpoint/tensorflow_checkpoint.h"
#include "data_formats/tensors/element_types.h"

namespace figurant::data_formats {

namespace {

namespace pb = tensorflow_checkpoint;

constexpr int most_shards = 99999;  // their numbers have five digits
constexpr int most_sides = 8;
constexpr std::size_t longest_name = 4096;

class IndexReader {
  public:
    IndexReader(std::string_view bytes, const std::string& name)
        : bytes_(bytes), name_(name), room_for_names_(64 * bytes.size()) {}

    CheckpointIndex read() {
        read_table(bytes_, name_, [this](std::string_view key, std::string_view value) {
            if (!header_) {
                read_header(key, value);
            } else if (key.front() != '\0') {  // such keys are slices of tensors that have an entry
                read_entry(std::string(key), value);
            }
        });
        if (!header_) reject("it is empty, where an entry for the whole is expected");
        check_overlap();
        return std::move(index_);
    }

  private:
    [[noreturn]] void reject(const std::string& why) const {
        throw Error(Cause::model, name_ + ": " + why, "copy the checkpoint again, or take another");
    }

    void read_header(std::string_view key, std::string_view value) {
        pb::BundleHeader header;
        if (!key.empty() || !header.ParseFromArray(value.data(), static_cast<int>(value.size())))
            reject(
                "its first entry is not the header of a TensorFlow checkpoint (a LevelDB table of another "
                "program?)");
        if (header.endianness() != 0) reject("its data are big-endian; only little-endian ones are read");
        if (header.version().min_consumer() > 1)
            reject("it asks for readers of version " + std::to_string(header.version().min_consumer()) +
                   "; this program knows version 1");
        if (header.num_shards() < 1 || header.num_shards() > most_shards)
            reject("it says " + std::to_string(header.num_shards()) + " files of data; expected 1 to " +
                   std::to_string(most_shards));
        index_.shards = header.num_shards();
        header_ = true;
    }

    void read_entry(std::string name, std::string_view value) {
        const std::string what = "the tensor \"" + name.substr(0, 200) + "\"";
        if (name.size() > longest_name || name.size() > room_for_names_)
            reject(what + ": names are longer than the file can hold");
        room_for_names_ -= name.size();
        if (std::any_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            reject("the name of tensor " + std::to_string(index_.entries.size()) +
                   " holds a control character");
        pb::BundleEntry entry;
        if (!entry.ParseFromArray(value.data(), static_cast<int>(value.size())))
            reject(what + ": its entry is damaged");
        check(entry, what);
        CheckpointEntry result{std::move(name),
                               entry.dtype(),
                               {},
                               entry.shard_id(),
                               static_cast<std::uint64_t>(entry.offset()),
                               static_cast<std::uint64_t>(entry.size()),
                               entry.crc32c(),
                               entry.slices_size() > 0};
        for (const auto& side : entry.shape().dim()) result.shape.push_back(side.size());
        check_size(result, what);
        index_.entries.push_back(std::move(result));
    }

    void check(const pb::BundleEntry& entry, const std::string& what) const {
        if (entry.shard_id() < 0 || entry.shard_id() >= index_.shards)
            reject(what + ": lies in file of data " + std::to_string(entry.shard_id()) + "; there are " +
                   std::to_string(index_.shards) + ", from 0 on");
        if (entry.offset() < 0 || entry.size() < 0)
            reject(what + ": expected a place in its file, found " + std::to_string(entry.size()) +
                   " bytes from " + std::to_string(entry.offset()) + " on");
        if (entry.shape().dim_size() > most_sides || entry.shape().unknown_rank())
            reject(what + ": expected at most " + std::to_string(most_sides) + " sides, found " +
                   (entry.shape().unknown_rank() ? "none" : std::to_string(entry.shape().dim_size())));
        for (const auto& side : entry.shape().dim())
            if (side.size() < 0) reject(what + ": a side of its shape is " + std::to_string(side.size()));
    }

    void check_size(const CheckpointEntry& entry, const std::string& what) const {
        const auto type = readable_type(entry.type);
        if (!type || entry.in_slices) return;
        const auto bytes = dense_bytes(entry.shape, stored_size(*type), entry.size);
        if (bytes != entry.size)
            reject(what + ": shape " + shape_text(entry.shape) + " of " + stored_name(*type) +
                   " does not take the " + std::to_string(entry.size) + " bytes that its entry says");
    }

    void check_overlap() const {
        std::vector<const CheckpointEntry*> placed;
        for (const auto& entry : index_.entries)
            if (!entry.in_slices && entry.size > 0) placed.push_back(&entry);
        std::sort(placed.begin(), placed.end(), [](const auto* a, const auto* b) {
            return a->shard != b->shard ? a->shard < b->shard : a->offset < b->offset;
        });
        for (std::size_t i = 1; i < placed.size(); ++i)
            if (placed[i]->shard == placed[i - 1]->shard &&
                placed[i]->offset - placed[i - 1]->offset < placed[i - 1]->size)
                reject("the tensors \"" + placed[i - 1]->name + "\" and \"" + placed[i]->name +
                       "\" overlap at byte " + std::to_string(placed[i]->offset) + " of file of data " +
                       std::to_string(placed[i]->shard));
    }

    std::string_view bytes_;
    const std::string& name_;
    std::size_t room_for_names_;
    bool header_ = false;
    CheckpointIndex index_;
};

}  // namespace

CheckpointIndex parse_checkpoint_index(std::string_view bytes, const std::string& name) {
    return IndexReader(bytes, name).read();
}

}  // namespace figurant::data_formats
