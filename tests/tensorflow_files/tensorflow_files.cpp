#include "tests/tensorflow_files/tensorflow_files.h"

#include <leveldb/env.h>
#include <leveldb/options.h>
#include <leveldb/table_builder.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace figurant::tests {

namespace {

class TextFile : public leveldb::WritableFile {
  public:
    leveldb::Status Append(const leveldb::Slice& data) override {
        text.append(data.data(), data.size());
        return leveldb::Status::OK();
    }
    leveldb::Status Close() override { return leveldb::Status::OK(); }
    leveldb::Status Flush() override { return leveldb::Status::OK(); }
    leveldb::Status Sync() override { return leveldb::Status::OK(); }
    std::string text;
};

std::string little32(std::uint32_t value) { return bytes_of(std::vector<std::uint32_t>{value}); }

std::string trailer(std::string_view block) {
    const std::string covered = std::string(block) + '\0';
    return std::string(1, '\0') + little32(slow_masked_crc(covered));
}

std::string handle(std::size_t offset, std::size_t size) { return varint(offset) + varint(size); }

/// A block with one entry.
std::string block_of(const std::string& key, const std::string& value) {
    return varint(0) + varint(key.size()) + varint(value.size()) + key + value + little32(0) + little32(1);
}

std::string finished_table(std::string body, std::string_view index) {
    const std::string empty = little32(0) + little32(1);
    const std::string properties = handle(body.size(), empty.size());
    body += empty + trailer(empty);
    std::string footer = properties + handle(body.size(), index.size());
    body += std::string(index) + trailer(index);
    footer.resize(40, '\0');
    return body + footer + "\x57\xfb\x80\x8b\x24\x75\x47\xdb";
}

void put(const std::filesystem::path& path, std::string_view bytes) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
}

std::string number_field(int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}

std::string bytes_field(int field, std::string_view bytes) {
    return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

std::string fixed32_field(int field, std::uint32_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3 | 5) + little32(value);
}

std::uint32_t slow_masked_crc(std::string_view bytes) {
    static const auto steps = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i < 256; ++i) {
            std::uint32_t state = i;
            for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ (state & 1 ? 0x82f63b78u : 0);
            made[i] = state;
        }
        return made;
    }();
    std::uint32_t state = ~0u;
    for (const char byte : bytes)
        state = (state >> 8) ^ steps[(state ^ static_cast<std::uint8_t>(byte)) & 0xff];
    state = ~state;
    return ((state >> 15) | (state << 17)) + 0xa282ead8u;
}

std::string table(const std::map<std::string, std::string>& entries, bool snappy) {
    TextFile file;
    leveldb::Options options;
    options.compression = snappy ? leveldb::kSnappyCompression : leveldb::kNoCompression;
    leveldb::TableBuilder builder(options, &file);
    for (const auto& [key, value] : entries) builder.Add(key, value);
    if (!builder.Finish().ok()) throw std::runtime_error("the table cannot be made");
    return file.text;
}

std::string table_around(std::string_view block) {
    return finished_table(std::string(block) + trailer(block), block_of("\xff", handle(0, block.size())));
}

std::string table_with_index(std::string_view index) {
    const std::string block = block_of("", bundle_header(1));
    return finished_table(block + trailer(block), index);
}

std::string bundle_header(int shards, int endianness, int min_consumer) {
    std::string version = number_field(1, 1);
    if (min_consumer) version += number_field(2, static_cast<std::uint64_t>(min_consumer));
    std::string header = number_field(1, static_cast<std::uint64_t>(static_cast<std::int64_t>(shards)));
    if (endianness) header += number_field(2, static_cast<std::uint64_t>(endianness));
    return header + bytes_field(3, version);
}

namespace {

std::string shape_proto(const std::vector<std::int64_t>& shape) {
    std::string dims;
    for (const auto side : shape)
        dims += bytes_field(2, side == 0 ? "" : number_field(1, static_cast<std::uint64_t>(side)));
    return dims;
}

}  // namespace

std::string bundle_entry(int type, const std::vector<std::int64_t>& shape, int shard, std::int64_t offset,
                         std::int64_t size, std::uint32_t crc) {
    std::string entry =
        number_field(1, static_cast<std::uint64_t>(type)) + bytes_field(2, shape_proto(shape));
    if (shard) entry += number_field(3, static_cast<std::uint64_t>(static_cast<std::int64_t>(shard)));
    if (offset) entry += number_field(4, static_cast<std::uint64_t>(offset));
    if (size) entry += number_field(5, static_cast<std::uint64_t>(size));
    return entry + fixed32_field(6, crc);
}

std::filesystem::path shard_path(const std::filesystem::path& prefix, int shard, int shards) {
    char end[32];
    std::snprintf(end, sizeof end, ".data-%05d-of-%05d", shard, shards);
    return prefix.string() + end;
}

void write_checkpoint(const std::filesystem::path& prefix, const std::vector<StoredTensor>& tensors,
                      const CheckpointForm& form) {
    std::map<std::string, std::string> entries = {{"", bundle_header(form.shards)}};
    std::vector<std::string> data(static_cast<std::size_t>(form.shards));
    int turn = 0;
    for (const auto& tensor : tensors) {
        const int shard = turn++ % form.shards;
        auto& file = data[static_cast<std::size_t>(shard)];
        entries[tensor.name] =
            bundle_entry(tensor.type, tensor.shape, shard, static_cast<std::int64_t>(file.size()),
                         static_cast<std::int64_t>(tensor.bytes.size()), slow_masked_crc(tensor.bytes));
        file += tensor.bytes;
    }
    for (int shard = 0; shard < form.shards; ++shard)
        put(shard_path(prefix, shard, form.shards), data[static_cast<std::size_t>(shard)]);
    put(prefix.string() + ".index", table(entries, form.snappy));
}

std::string tensor_proto(const StoredTensor& tensor) {
    return number_field(1, static_cast<std::uint64_t>(tensor.type)) +
           bytes_field(2, shape_proto(tensor.shape)) + bytes_field(4, tensor.bytes);
}

std::string constant_node(std::string_view name, std::string_view tensor) {
    const std::string type = bytes_field(1, "dtype") + bytes_field(2, number_field(6, dt_float));
    const std::string value = bytes_field(1, "value") + bytes_field(2, bytes_field(8, tensor));
    return bytes_field(1, name) + bytes_field(2, "Const") + bytes_field(5, type) + bytes_field(5, value);
}

std::string identity_node(std::string_view name, std::string_view input) {
    return bytes_field(1, name) + bytes_field(2, "Identity") + bytes_field(3, input);
}

std::string graph_def(const std::vector<std::string>& nodes) {
    std::string graph;
    for (const auto& node : nodes) graph += bytes_field(1, node);
    return graph + bytes_field(4, number_field(1, 24));
}

}  // namespace figurant::tests
