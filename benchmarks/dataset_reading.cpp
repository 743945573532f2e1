// Reading back examples, decoded to pixels and masks, in random order, on two threads: from a dataset file,
// against the same data folder decoded with OpenCV (imread of image and mask, a comparison for each figure).
//
//     build/benchmarks/dataset_reading [--maps N] [--seconds S]
//
// Each round reads all examples once, first the one way, then the other; the best round of each counts. Every
// example's pixels and masks are checked against the other way's.

#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/example_set/example_set.h"
#include "synthesis/compose.h"
#include "synthesis/dataset_layout.h"

using namespace figurant;
namespace fs = std::filesystem;

namespace {

/// What was read of one example, in a few numbers: the sum of its pixels, and a hash of its masks.
struct Answer {
    double pixels = 0;
    std::uint64_t masks = 0;
    std::size_t figures = 0;
    bool operator==(const Answer&) const = default;
};

std::uint64_t hash_of(const cv::Mat& mask, std::uint64_t seed) {
    const cv::Mat whole = mask.isContinuous() ? mask : mask.clone();
    return hash64({reinterpret_cast<const char*>(whole.data), whole.total()}, seed);
}

void write(const fs::path& path, const void* bytes, std::size_t size) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
}

/// A data folder as synthesize_maps writes it.
void make_folder(const fs::path& folder, int maps) {
    for (int i = 0; i < maps; ++i) {
        const auto map = synthesis::compose_map(synthesis::ComposeOptions{}, static_cast<std::uint64_t>(i));
        const std::string name = "map_" + std::to_string(1000 + i);
        const auto image = synthesis::encode_image(map, synthesis::ImageKind::jpeg);
        const auto mask = synthesis::encode_mask(map);
        const auto keypoints = synthesis::keypoints_json(map);
        write(folder / "images" / (name + ".jpg"), image.data(), image.size());
        write(folder / "masks" / (name + ".png"), mask.data(), mask.size());
        write(folder / "keypoints" / (name + ".json"), keypoints.data(), keypoints.size());
    }
}

/// Pixels and one mask for each figure, as the network learns from them.
Answer read_dataset(const data_formats::ExampleSet& set, std::size_t index) {
    const auto example = set.example(index);
    Answer answer{cv::sum(example.rgb).dot(cv::Scalar(1, 1, 1)), 0, example.figures.size()};
    for (const auto& figure : example.figures)
        answer.masks = hash_of(figure.mask.local.decode(), answer.masks);
    return answer;
}

/// The same with OpenCV alone, as a script would: the mask picture, and for each number that occurs its
/// pixels.
Answer read_with_opencv(const fs::path& folder, const std::string& stem) {
    cv::Mat rgb = cv::imread((folder / "images" / (stem + ".jpg")).string());
    cv::cvtColor(rgb, rgb, cv::COLOR_BGR2RGB);
    const cv::Mat labels = cv::imread((folder / "masks" / (stem + ".png")).string());
    cv::Mat numbers;
    cv::extractChannel(labels, numbers, 2);
    bool occurs[256] = {};
    for (int y = 0; y < numbers.rows; ++y)
        for (int x = 0; x < numbers.cols; ++x) occurs[numbers.at<std::uint8_t>(y, x)] = true;
    Answer answer{cv::sum(rgb).dot(cv::Scalar(1, 1, 1)), 0, 0};
    for (int number = 0; number < 255; ++number) {
        if (!occurs[number]) continue;
        const cv::Mat whole = numbers == number;
        const cv::Mat mask = whole(cv::boundingRect(whole)) & 1;
        answer.masks = hash_of(mask, answer.masks);
        ++answer.figures;
    }
    return answer;
}

/// Images a second of `read(index)` over all, in this order, on two threads; the answers go into `answers`.
double images_per_second(const std::vector<std::size_t>& order, std::vector<Answer>& answers,
                         const std::function<Answer(std::size_t)>& read) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t i = next++; i < order.size(); i = next++) answers[order[i]] = read(order[i]);
    };
    const auto begin = std::chrono::steady_clock::now();
    std::thread other(work);
    work();
    other.join();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    return static_cast<double>(order.size()) / taken.count();
}

long argument(int count, char** words, const char* name, long otherwise) {
    for (int i = 1; i + 1 < count; ++i)
        if (std::strcmp(words[i], name) == 0) return std::atol(words[i + 1]);
    return otherwise;
}

}  // namespace

int main(int count, char** words) {
    cv::setNumThreads(1);  // two readers, a thread each
    const int maps = static_cast<int>(argument(count, words, "--maps", 60));
    const double seconds = static_cast<double>(argument(count, words, "--seconds", 20));
    const fs::path folder =
        fs::temp_directory_path() / ("figurant_dataset_reading_" + std::to_string(::getpid()));
    make_folder(folder, maps);
    const auto from_folder = data_formats::open_example_set(folder);
    {
        data_formats::DatasetWriter writer(folder / "dataset.h5");
        for (std::size_t i = 0; i < from_folder->size(); ++i) writer.add(from_folder->read(i));
        writer.commit();
    }
    const auto from_file = data_formats::open_example_set(folder / "dataset.h5");
    std::vector<std::size_t> order(from_file->size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<Answer> ours(order.size()), theirs(order.size());
    double best_file = 0, best_opencv = 0;
    const auto stop = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    for (unsigned round = 0; round < 3 || std::chrono::steady_clock::now() < stop; ++round) {
        std::shuffle(order.begin(), order.end(), std::mt19937(round));
        best_file = std::max(best_file, images_per_second(order, ours, [&](std::size_t i) {
                                 return read_dataset(*from_file, i);
                             }));
        best_opencv = std::max(best_opencv, images_per_second(order, theirs, [&](std::size_t i) {
                                   return read_with_opencv(folder, "map_" + std::to_string(1000 + i));
                               }));
    }
    const auto bytes = fs::file_size(folder / "dataset.h5");
    fs::remove_all(folder);
    const bool right = ours == theirs;
    std::printf("%d maps, %.1f MB, two threads, shuffled\n", maps, static_cast<double>(bytes) / 1e6);
    std::printf("dataset file:        %7.1f images/s\n", best_file);
    std::printf("folder with OpenCV:  %7.1f images/s\n", best_opencv);
    std::printf("ratio:               %7.2f\n", best_file / best_opencv);
    std::printf("answers: %s\n", right ? "the same pixels and masks" : "DIFFERENT");
    return right ? 0 : 1;
}
