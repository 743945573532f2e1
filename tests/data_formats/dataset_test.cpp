#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/file_writer.h"
#include "data_formats/dataset/block_hashes.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/dataset/example_message.h"
#include "tests/data_formats/damage.h"
#include "tests/data_formats/dataset_columns.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/data_formats/stored_examples.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::data_formats::test;

namespace {

std::vector<StoredExample> examples(int count, Content content = Content::folder) {
    std::vector<StoredExample> all;
    for (int i = 0; i < count; ++i)
        all.push_back(stored_example(static_cast<std::uint64_t>(i), content, i % 4));
    return all;
}

std::filesystem::path write(const ScratchFolder& folder, const std::vector<StoredExample>& all,
                            const char* name = "dataset.h5") {
    DatasetWriter writer(folder / name);
    for (const auto& example : all) CHECK(writer.add(example).empty());
    CHECK(writer.examples() == all.size());
    writer.commit();
    return folder / name;
}

/// Counts what is read of a file, by blocks of the hashes.
class CountingSource : public ByteSource {
  public:
    explicit CountingSource(std::string bytes) : bytes_(std::move(bytes)), inner_(memory_source(bytes_)) {}
    std::uint64_t size() const override { return inner_->size(); }
    void read(std::uint64_t offset, std::span<char> into) const override {
        count += into.size();
        inner_->read(offset, into);
    }
    static inline std::size_t count = 0;

  private:
    std::string bytes_;
    std::unique_ptr<ByteSource> inner_;
};

std::string refusal_of(const ColumnBytes& columns) {
    const std::string bytes = dataset_of(columns);
    return refusal([&] { DatasetFile(memory_source(bytes), "d.h5").read(0); });
}

}  // namespace

TEST_CASE("what is written is read, example by example in any order, of every kind of figure") {
    const ScratchFolder folder;
    for (const Content content : {Content::folder, Content::coco}) {
        const auto all = examples(9, content);
        const DatasetFile file(write(folder, all));
        REQUIRE(file.size() == all.size());
        for (const std::size_t i : {8, 0, 3, 3, 7, 1, 2, 6, 5, 4}) {
            CHECK(file.name(i) == all[i].name);
            CHECK(file.digest(i) == digest(all[i]));
            CHECK(file.read(i) == all[i]);
        }
    }
}

TEST_CASE("the same examples give the same bytes, and nothing stands under the name before commit") {
    const ScratchFolder folder;
    const auto all = examples(3);
    CHECK(read_file(write(folder, all, "a.h5")) == read_file(write(folder, all, "b.h5")));
    {
        DatasetWriter writer(folder / "c.h5");
        writer.add(all[0]);
        CHECK_FALSE(std::filesystem::exists(folder / "c.h5"));
    }
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.path())) ++files;
    CHECK(files == 2);
}

TEST_CASE("reading one example reads its own bytes, whatever else the file holds") {
    const ScratchFolder folder;
    std::vector<StoredExample> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(stored_example(static_cast<std::uint64_t>(2 * i + 1), Content::folder));
        cv::Mat noise(300, 400, CV_8UC3);
        cv::randu(noise, 0, 256);
        all.back().image = encode_png(noise);
        all.back().width = 400, all.back().height = 300;
        all.back().body_parts = {};
    }
    const DatasetFile file(std::make_unique<CountingSource>(read_file(write(folder, all))), "counted.h5");
    for (const std::size_t i : {17, 19, 0}) {
        CountingSource::count = 0;
        CHECK(file.read(i) == all[i]);
        // The picture, a block at each of its ends, and some blocks for each of the columns.
        CHECK(CountingSource::count < all[i].image.size() + 60 * hashed_block_size);
        INFO("read ", CountingSource::count, " bytes for a picture of ", all[i].image.size());
        CHECK(CountingSource::count < file.size() * all[i].image.size() / 2);
    }
}

TEST_CASE("many threads read one file at once") {
    const ScratchFolder folder;
    const auto all = examples(8);
    const DatasetFile file(write(folder, all));
    std::vector<int> same(4, 0);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 40; ++i) {
                const std::size_t k = (i * 5 + t) % all.size();
                same[t] += file.read(k) == all[k];
            }
        });
    for (auto& thread : threads) thread.join();
    for (const int count : same) CHECK(count == 40);
}

TEST_CASE("a file cut short anywhere, or with anything behind it, is refused when it is opened") {
    const ScratchFolder folder;
    const std::string bytes = read_file(write(folder, examples(2)));
    for (std::size_t length = 0; length < bytes.size(); length += length < 1000 ? 1 : 397) {
        const std::string cut = bytes.substr(0, length);
        const auto what = refusal([&] { DatasetFile(memory_source(cut), "d.h5"); });
        CHECK_MESSAGE(what.starts_with("input: d.h5: "), length, " ", what);
    }
    const auto more = bytes + "x";
    CHECK(holds(refusal([&] { DatasetFile(memory_source(more), "d.h5"); }), "cut short or added to"));
}

TEST_CASE("a turned bit is told, with its block, before HDF5 sees it; never are other numbers given") {
    const ScratchFolder folder;
    const auto all = examples(2);
    const std::string bytes = read_file(write(folder, all));
    INFO(bytes.size(), " bytes");
    std::size_t refused = 0, tried = 0;
    for_each_flipped_bit(bytes, 2003, [&](const std::string& damaged, const std::string& what) {
        ++tried;
        const auto said = refusal([&] {
            const DatasetFile file(memory_source(damaged), "d.h5");
            for (std::size_t i = 0; i < file.size(); ++i) {
                const auto example = file.read(i);
                CHECK_MESSAGE(example == all[i], what);
            }
        });
        refused += !said.empty();
        if (!said.empty()) CHECK_MESSAGE(said.starts_with("input: d.h5: "), what, ": ", said);
    });
    // What is never read (room that HDF5 left over) may be damaged unseen, unless it shares a block with what
    // is.
    CHECK(refused * 2 > tried);
    std::string damaged = bytes;
    damaged[frame_head_size + 100] = static_cast<char>(damaged[frame_head_size + 100] ^ 1);
    const auto said = refusal([&] { DatasetFile(memory_source(damaged), "d.h5"); });
    CHECK(holds(said, "the 32768 bytes at byte 512 are damaged: their hash should be "));
}

TEST_CASE("columns that contradict each other are refused with the example and what is expected") {
    CHECK(holds(refusal_of(sound_columns()), "its digest should be 0, but is"));
    const auto with = [](const char* column, std::string bytes) {
        auto columns = sound_columns();
        columns[column] = std::move(bytes);
        return refusal_of(columns);
    };
    using U64 = std::vector<std::uint64_t>;
    using I64 = std::vector<std::int64_t>;
    constexpr std::uint64_t huge = ~std::uint64_t{0};
    for (const std::uint64_t end : {huge, std::uint64_t{10}, std::uint64_t{1} << 40})
        CHECK(holds(with("images/bytes_end", bytes_of(U64{end})),
                    "images/bytes_end[0] is " + std::to_string(end)));
    CHECK(holds(with("images/bytes_end", bytes_of(U64{8})), "images/bytes_end ends at 8 of 9"));
    CHECK(holds(with("images/figures_end", bytes_of(U64{huge})), "must be 0 to 1"));
    CHECK(holds(with("figures/runs_end", bytes_of(U64{huge})),
                "figures/runs_end[0] is " + std::to_string(huge)));
    CHECK(holds(with("figures/runs_end", bytes_of(U64{3})), "must be 0 to 2"));
    CHECK(holds(with("figures/keypoints_end", bytes_of(U64{2})), "must end at 0 to 1"));
    CHECK(holds(with("images/size", bytes_of(I64{-4, 4})), "a side of its picture is -4"));
    CHECK(holds(with("images/size", bytes_of(I64{4, INT64_MAX})),
                "a side of its picture is 9223372036854775807"));
    for (const auto& window :
         {I64{-1, 1, 2, 2}, I64{1, 1, INT64_MAX, 2}, I64{3, 1, 2, 2}, I64{1, INT64_MIN, 2, 2}})
        CHECK(holds(with("figures/window", bytes_of(window)),
                    "figure 0: the window of its mask leaves the picture"));
    CHECK(holds(with("figures/runs", bytes_of(std::vector<std::uint32_t>{1, 4})),
                "the mask's runs cover 5 pixels"));
    CHECK(holds(with("figures/runs", bytes_of(std::vector<std::uint32_t>{4294967295U, 5})), "figure 0"));
    CHECK(
        holds(with("body_parts/lengths", bytes_of(std::vector<std::uint32_t>{15})), "cover 15 pixels of 16"));
    CHECK(holds(with("figures/bbox", bytes_of(std::vector<double>{1, 1, -2, 2})), "negative side"));
    CHECK(holds(with("figures/bbox", bytes_of(std::vector<double>{NAN, 1, 2, 2})), "no number"));
    CHECK(holds(with("figures/area", bytes_of(std::vector<double>{INFINITY})), "no number"));
    CHECK(holds(with("images/id", bytes_of(I64{1, 2})), "images/id: has 2 rows, but 1 are expected"));
    for (const char* name : {"../../etc/passwd", "/etc/passwd", "a/../b", "a//b", ".", "a\\b", "a\nb"}) {
        auto columns = sound_columns();
        columns["images/names"] = name;
        columns["images/names_end"] = bytes_of(U64{std::string(name).size()});
        CHECK(holds(refusal_of(columns), "is no relative path inside a folder"));
    }
    for (const auto& [path, bytes] : sound_columns()) {
        auto columns = sound_columns();
        columns.erase(path);
        CHECK(holds(refusal_of(columns), path + ": is missing"));
    }
}

TEST_CASE("a file that is none of ours is told from a damaged one, with what to do") {
    const auto said = [](const std::string& bytes) {
        return refusal([&] { DatasetFile(memory_source(bytes), "d.h5"); });
    };
    CHECK(holds(said(""), "is empty"));
    CHECK(holds(said("\x89HDF\r\n\x1a\nand more"), "not written as a dataset by this program"));
    CHECK(holds(said("figurant weights, format 1\n"), "is a weights file"));
    CHECK(holds(said("figurant dataset, format 2\nbytes 5\n"),
                "has format 2 of dataset files; this program knows 1"));
    CHECK(holds(said("GIF89a something"), "is no dataset file"));
    CHECK(holds(refusal([] { DatasetFile("no/such.h5"); }), "cannot be opened"));
}

TEST_CASE("the digest differs when anything of an example does, but for ids and categories' names") {
    const auto sound = stored_example(5, Content::folder);
    std::vector<std::uint64_t> digests{digest(sound)};
    const auto changed = [&](auto change) {
        auto example = sound;
        change(example);
        digests.push_back(digest(example));
    };
    changed([](auto& e) { e.name += "x"; });
    changed([](auto& e) { e.image.back() = 'x'; });
    changed([](auto& e) { ++e.width; });
    changed([](auto& e) { std::swap(e.figures[0], e.figures[1]); });
    changed([](auto& e) { e.figures.pop_back(); });
    changed([](auto& e) { e.figures[0].category = 2; });
    changed([](auto& e) { e.figures[0].crowd = true; });
    changed([](auto& e) { e.figures[0].mask.x += 1; });
    changed([](auto& e) { e.figures[0].keypoints[0].known ^= true; });
    changed([](auto& e) { e.body_parts.labels[0] ^= 1; });
    changed([](auto& e) { e.figures[0].bbox[2] += 1; });
    std::sort(digests.begin(), digests.end());
    CHECK(std::unique(digests.begin(), digests.end()) == digests.end());
    auto same = sound;
    same.id = 99;
    same.figures[0].id = 99;
    same.categories[0].name = "figure";
    CHECK(digest(same) == digest(sound));
}

TEST_CASE("labels as runs give the picture again, also the empty one and one label") {
    for (const int labels : {1, 2, 7, 256}) {
        cv::Mat pixels(13, 17, CV_8UC1);
        cv::randu(pixels, 0, labels);
        const auto runs = LabelRuns::encode(pixels);
        CHECK(cv::countNonZero(runs.decode(13, 17) != pixels) == 0);
        CHECK_THROWS_AS(runs.decode(13, 18), Error);
        if (labels == 1) CHECK(runs.lengths == std::vector<std::uint32_t>{221});
    }
}

TEST_CASE("an example goes through its message as it is; a damaged message is refused") {
    for (const Content content : {Content::folder, Content::coco}) {
        const auto example = stored_example(4, content, 4);
        const auto bytes = example_to_bytes(example);
        CHECK(example_from_bytes(bytes, "x") == example);
        CHECK(refusal([&] { example_from_bytes(bytes.substr(0, bytes.size() - 3), "x"); }) ==
              "input: x: is damaged");
    }
}
