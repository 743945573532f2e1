#include "base/file_writer.h"
#include "stages/payloads.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::CocoPair;
using metrics::Mistake;

namespace {

const cv::Vec3b red(230, 0, 0), green(0, 190, 0);

/// The truth of coco_pairs.h with a find on nothing, one too far off, one double; the last figure is missed.
CocoPair mistaken() {
    CocoPair pair{some_truth(), some_results()};
    const auto add = [&](std::int64_t image, double score, const figures::Figure& figure) {
        pair.results.push_back({image, 1, score,
                                std::array<double, 4>{figure.box.x_min, figure.box.y_min, figure.box.width(),
                                                      figure.box.height()},
                                figure.mask.on_image(90, 120)});
    };
    add(11, 0.95, ellipse(2, 70, 15, 15));
    add(11, 0.3, ellipse(100, 2, 12, 12));
    pair.results.erase(pair.results.begin() + 3);
    add(12, 0.9, ellipse(52, 40, 30, 30));
    add(12, 0.2, ellipse(5, 5, 20, 20));
    return pair;
}

/// The maps of coco_pairs.h, grey.
std::filesystem::path grey_maps(const ScratchFolder& folder) {
    for (const std::string name : {"west.png", "east.png"})
        write_picture(folder / "maps" / name, cv::Mat(90, 120, CV_8UC3, cv::Scalar(128, 128, 128)));
    return folder / "maps";
}

std::map<std::string, cv::Mat> sheets(StageRun& draw, const CocoPair& pair) {
    const auto mistakes = metrics::find_mistakes(pair.truth, pair.results);
    std::map<std::string, cv::Mat> drawn;
    for (const auto& item : draw.expand({payload(mistakes), payload(pair)})) {
        const auto& map = *get<figures::MapHandle>(item);
        const auto& info = map.info();
        drawn[info.stem] = map.read({0, 0, static_cast<int>(info.width), static_cast<int>(info.height)});
    }
    return drawn;
}

int count_of(const cv::Mat& picture, const cv::Vec3b& color) {
    cv::Mat of_color;
    cv::inRange(picture, color, color, of_color);
    return cv::countNonZero(of_color);
}

}  // namespace

TEST_CASE("a sheet for each kind of mistake there is, the find red and the figure green") {
    const ScratchFolder folder;
    StageRun draw("draw_mistakes", {{"maps", many(grey_maps(folder))}});
    const auto drawn = sheets(draw, mistaken());
    std::vector<std::string> names;
    for (const auto& [name, sheet] : drawn) names.push_back(name);
    CHECK(names == std::vector<std::string>{"mistakes_background", "mistakes_duplicate",
                                            "mistakes_localization", "mistakes_missed"});
    const auto has = [&](const std::string& kind, bool find, bool figure) {
        CAPTURE(kind);
        CHECK((count_of(drawn.at("mistakes_" + kind), red) > 100) == find);
        CHECK((count_of(drawn.at("mistakes_" + kind), green) > 100) == figure);
    };
    has("background", true, false);
    has("localization", true, true);
    has("missed", false, true);
    CHECK(draw.context.warnings.empty());
}

TEST_CASE("outlines lie where the masks' edges are") {
    const ScratchFolder folder;
    StageRun draw("draw_mistakes", {{"maps", many(grey_maps(folder))}});
    auto pair = mistaken();
    pair.results.clear();
    pair.truth.annotations.resize(1);  // an ellipse of 30 x 40 at (10, 10), missed
    const cv::Mat sheet = sheets(draw, pair).at("mistakes_missed");
    cv::Mat outline;
    cv::inRange(sheet, green, green, outline);
    const cv::Rect around = cv::boundingRect(outline);
    // The window is 68 pixels wide, cut at the map's left and upper edge, and drawn 220 wide.
    const double scale = 220.0 / 68;
    CHECK(std::abs(around.width - 30 * scale) < 2 * scale);
    CHECK(std::abs(around.height - 40 * scale) < 2 * scale);
    CHECK(std::abs(around.x - 3 - 10 * scale) < 2 * scale);
}

TEST_CASE("a sheet holds the surest mistakes, so many at the most") {
    const ScratchFolder folder;
    StageRun all("draw_mistakes", {{"maps", many(grey_maps(folder))}});
    StageRun one_only("draw_mistakes", {{"maps", many(grey_maps(folder))}, {"most", one(1)}});
    const auto pair = mistaken();
    auto surest = pair;
    std::erase_if(surest.results, [](const auto& find) { return find.score == 0.3; });
    const auto reduced = sheets(one_only, pair).at("mistakes_background");
    CHECK(reduced.cols <= sheets(all, pair).at("mistakes_background").cols);
    // Apart from the heading, which counts them all, it is the sheet of the surest alone.
    const auto below = [](const cv::Mat& sheet) { return sheet.rowRange(28, sheet.rows).clone(); };
    CHECK(same(below(reduced), below(sheets(all, surest).at("mistakes_background"))));
}

TEST_CASE("boxes are drawn where there are no masks") {
    const ScratchFolder folder;
    StageRun draw("draw_mistakes", {{"maps", many(grey_maps(folder))}});
    auto pair = mistaken();
    for (auto& each : pair.truth.annotations) each.segmentation.reset();
    for (auto& each : pair.results) each.segmentation.reset();
    const auto drawn = sheets(draw, pair);
    CHECK(count_of(drawn.at("mistakes_background"), red) > 100);
    CHECK(count_of(drawn.at("mistakes_missed"), green) > 100);
}

TEST_CASE(
    "without maps nothing is drawn; a map that is missing or damaged costs its own mistakes, with a "
    "warning") {
    const ScratchFolder folder;
    const auto pair = mistaken();
    StageRun none("draw_mistakes");
    CHECK(sheets(none, pair).empty());

    const auto maps = grey_maps(folder);
    std::filesystem::remove(maps / "west.png");
    StageRun missing("draw_mistakes", {{"maps", many(maps)}});
    CHECK_FALSE(sheets(missing, pair).contains("mistakes_background"));  // they are all on west.png
    CHECK(sheets(missing, pair).contains("mistakes_missed"));
    REQUIRE_FALSE(missing.context.warnings.empty());
    CHECK(contains(missing.context.warnings[0], "west.png is not among the maps"));

    const std::string east = read_file(maps / "east.png");
    std::filesystem::remove(maps / "east.png");
    folder.put("maps/east.png", east.substr(0, east.size() / 2));
    write_picture(maps / "west.png", cv::Mat(90, 120, CV_8UC3, cv::Scalar(128, 128, 128)));
    StageRun damaged("draw_mistakes", {{"maps", many(maps)}});
    CHECK(sheets(damaged, pair).contains("mistakes_background"));
    CHECK_FALSE(sheets(damaged, pair).contains("mistakes_missed"));
    REQUIRE_FALSE(damaged.context.warnings.empty());
    CHECK(contains(damaged.context.warnings[0], "east.png"));
}

TEST_CASE("maps are matched by their whole name, else by its last component where that is one map's") {
    const ScratchFolder folder;
    auto pair = mistaken();
    pair.truth.images[0].file_name = "elsewhere/west.png";
    StageRun draw("draw_mistakes", {{"maps", many(grey_maps(folder))}});
    CHECK(sheets(draw, pair).contains("mistakes_background"));
    for (const std::string part : {"north", "south"})
        write_picture(folder / "maps" / part / "west.png", noise(120, 90));
    std::filesystem::remove(folder / "maps/west.png");
    StageRun ambiguous("draw_mistakes", {{"maps", many(folder / "maps")}});
    CHECK_FALSE(sheets(ambiguous, pair).contains("mistakes_background"));
    pair.truth.images[0].file_name = "south/west.png";
    CHECK(sheets(ambiguous, pair).contains("mistakes_background"));
}

TEST_CASE("a map smaller than its truth says, and boxes beyond all bounds, are drawn all the same") {
    const ScratchFolder folder;
    const auto maps = grey_maps(folder);
    write_picture(maps / "west.png", cv::Mat(5, 5, CV_8UC3, cv::Scalar(128, 128, 128)));
    auto pair = mistaken();
    for (auto& each : pair.truth.annotations) each.segmentation.reset();
    for (auto& each : pair.results) each.segmentation.reset();
    pair.results[0].bbox = {-1e300, 1e300, 1e300, 1e300};
    StageRun draw("draw_mistakes", {{"maps", many(maps)}});
    CHECK(sheets(draw, pair).contains("mistakes_background"));
}
