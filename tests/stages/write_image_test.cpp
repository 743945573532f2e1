#include "base/file_writer.h"
#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

cv::Mat read_picture(const std::filesystem::path& file) {
    cv::Mat bgr = cv::imread(file.string(), cv::IMREAD_COLOR), rgb;
    REQUIRE_FALSE(bgr.empty());
    cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
    return rgb;
}

/// Makes its pixels when they are read, and remembers the largest window that was asked for.
class Painted : public figures::Map {
  public:
    Painted(std::string name, int width, int height) : info_{name, width, height, figures::map_stem(name)} {}
    const figures::MapInfo& info() const override { return info_; }
    cv::Mat read(const cv::Rect& window, cv::Size size) const override {
        CHECK(window.size() == size);
        largest = std::max(largest, static_cast<std::size_t>(window.area()) * 3);
        cv::Mat pixels(size, CV_8UC3);
        for (int y = 0; y < size.height; ++y)
            for (int x = 0; x < size.width; ++x) pixels.at<cv::Vec3b>(y, x) = at(window.x + x, window.y + y);
        return pixels;
    }
    std::size_t workspace(const cv::Rect&, cv::Size) const override { return 0; }
    static cv::Vec3b at(int x, int y) {
        return {static_cast<std::uint8_t>(x / 8), static_cast<std::uint8_t>(y / 8),
                static_cast<std::uint8_t>((x + y) / 16)};
    }
    mutable std::size_t largest = 0;

  private:
    figures::MapInfo info_;
};

}  // namespace

TEST_CASE("the image is the map, pixel by pixel, under the map's stem, also in subfolders") {
    const ScratchFolder folder;
    StageRun write("write_image", {{"folder", one(folder.path())}});
    write.sink({payload(figures::memory_map("west.jpg", noise(57, 33, 1)))});
    write.sink({payload(figures::memory_map("deep/er/east.tif", noise(40, 60, 2)))});
    write.sink({payload(figures::memory_map("dot.png", noise(1, 1, 3)))});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"deep/er/east.png", "dot.png", "west.png"});
    CHECK(same(read_picture(folder / "west.png"), noise(57, 33, 1)));
    CHECK(same(read_picture(folder / "deep/er/east.png"), noise(40, 60, 2)));
    CHECK(same(read_picture(folder / "dot.png"), noise(1, 1, 3)));
}

TEST_CASE("a map is never replaced by its own picture") {
    const ScratchFolder folder;
    write_picture(folder / "west.png", noise(40, 30));
    const std::string before = read_file(folder / "west.png");
    StageRun maps("read_maps", {{"paths", many(folder / "west.png")}});
    StageRun write("write_image", {{"folder", one(folder.path())}});
    const auto map = maps.open(maps.inputs()[0]);
    const auto error = error_of(Cause::input, [&] { write.sink({map}); });
    CHECK(contains(error.what(), "west.png: is the map itself"));
    CHECK(read_file(folder / "west.png") == before);
    CHECK(files_below(folder.path()) == std::vector<std::string>{"west.png"});
}

TEST_CASE("a large map is read in strips that are a small part of it") {
    const ScratchFolder folder;
    const auto map = std::make_shared<Painted>("large.tif", 2000, 3000);
    StageRun write("write_image", {{"folder", one(folder.path())}});
    write.sink({payload(figures::MapHandle(map))});
    CHECK(map->largest <= write.stage().needs().workspace);
    CHECK(map->largest < std::size_t{2000} * 3000 * 3 / 2);
    const cv::Mat written = read_picture(folder / "large.png");
    REQUIRE(written.size() == cv::Size(2000, 3000));
    int wrong = 0;
    for (int y = 0; y < written.rows; ++y)
        for (int x = 0; x < written.cols; ++x) wrong += written.at<cv::Vec3b>(y, x) != Painted::at(x, y);
    CHECK(wrong == 0);
}

TEST_CASE("nothing has its final name before commit, and nothing stays of a part that is given up") {
    const ScratchFolder folder;
    StageRun write("write_image", {{"folder", one(folder.path())}});
    auto part = write.part({payload(figures::memory_map("west.jpg", noise(57, 33)))});
    part->flush();
    CHECK_FALSE(std::filesystem::exists(folder / "west.png"));
    part.reset();
    CHECK(files_below(folder.path()).empty());
}

TEST_CASE("disabled, it writes nothing and takes no memory") {
    const ScratchFolder folder;
    StageRun write("write_image", {{"folder", one(folder.path())}, {"enabled", one(false)}});
    write.sink({payload(figures::memory_map("west.jpg", noise(57, 33)))});
    CHECK(files_below(folder.path()).empty());
    CHECK(write.stage().needs().workspace == 0);
}

TEST_CASE("a folder that cannot be written to is an error of the output, with its path") {
    const ScratchFolder folder;
    folder.put("taken", "a file");
    StageRun write("write_image", {{"folder", one(folder / "taken")}});
    const auto error =
        error_of(Cause::output, [&] { write.sink({payload(figures::memory_map("a.png", noise(8, 8)))}); });
    CHECK(contains(error.what(), "taken"));
}
