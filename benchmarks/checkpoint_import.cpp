// How fast a TensorFlow checkpoint of the full network (ResNet-101, as the original's: 250 MB, of which the
// network has 190) is read from a warm cache, every checksum verified, each tensor under its variable's name:
// gigabytes a second of what is taken. Goal: 1. usage: checkpoint_import [REPETITIONS]
//
// Before and after, the numbers are compared with those that were written.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/digest.h"
#include "base/file_writer.h"
#include "data_formats/tensors/tensor_file.h"
#include "data_formats/weights/weights.h"
#include "mask_rcnn/variables.h"
#include "stages/convert/tensors.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;
namespace fs = std::filesystem;

namespace {

std::string numbers_of(const std::string& name, std::size_t count) {
    std::uint64_t state = hash64(name) | 1;
    std::vector<float> values(count);
    for (auto& value : values) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        value = static_cast<float>(state >> 40) * 0x1p-23f - 1;
    }
    return tests::bytes_of(values);
}

std::size_t count_of(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const auto side : shape) count *= static_cast<std::size_t>(side);
    return count;
}

/// Gives the bytes of the network's variables. The first stage's last block, which nothing uses, is there
/// too.
std::size_t write_checkpoint(const fs::path& prefix, const mask_rcnn::NetworkConfig& network) {
    const std::string second = "SecondStageFeatureExtractor/";
    std::vector<tests::StoredTensor> tensors;
    std::size_t bytes = 0;
    for (const auto& variable : mask_rcnn::file_variables(network)) {
        tensors.push_back({variable.name, tests::dt_float, variable.shape,
                           numbers_of(variable.name, count_of(variable.shape))});
        bytes += tensors.back().bytes.size();
        if (!variable.name.starts_with(second)) continue;
        tensors.push_back(tensors.back());
        tensors.back().name = "FirstStageFeatureExtractor/" + variable.name.substr(second.size());
    }
    tests::write_checkpoint(prefix, tensors, {1, true});
    return bytes;
}

std::vector<NamedArray> import(const fs::path& prefix, const mask_rcnn::NetworkConfig& network) {
    using mask_rcnn::MappingExtent;
    const auto file = data_formats::open_tensors(prefix);
    const auto mapping = mask_rcnn::map_weights(network, mask_rcnn::file_variables(network),
                                                stages::tensor_list(*file), MappingExtent::everything);
    mask_rcnn::check_mapping(mapping, MappingExtent::everything, prefix.string());
    return stages::read_mapped(*file, mapping);
}

void check(const std::vector<NamedArray>& arrays) {
    for (const auto& array : arrays) {
        const auto expected = numbers_of(array.name, count_of(array.shape));
        if (array.bytes.size() != expected.size() ||
            std::memcmp(array.bytes.data(), expected.data(), expected.size()) != 0) {
            std::fprintf(stderr, "wrong: %s\n", array.name.c_str());
            std::exit(1);
        }
    }
}

}  // namespace

int main(int count, char** words) {
    const int repetitions = count > 1 ? std::atoi(words[1]) : 7;
    const auto network =
        mask_rcnn::parse_config(read_file("configs/mask_rcnn_resnet101_atrous.toml"), "config").network;
    const fs::path folder = fs::temp_directory_path() / "figurant_checkpoint_import";
    fs::create_directories(folder);
    const std::size_t bytes = write_checkpoint(folder / "model.ckpt", network);
    check(import(folder / "model.ckpt", network));
    std::vector<double> seconds;
    for (int i = 0; i < repetitions; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const auto arrays = import(folder / "model.ckpt", network);
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        if (i + 1 == repetitions) check(arrays);
    }
    std::sort(seconds.begin(), seconds.end());
    const double median = seconds[seconds.size() / 2];
    std::printf("%.1f MB, %d times: median %.3f s (%.3f to %.3f), %.2f GB/s\n",
                static_cast<double>(bytes) / 1e6, repetitions, median, seconds.front(), seconds.back(),
                static_cast<double>(bytes) / 1e9 / median);
    fs::remove_all(folder);
}
