#include "data_formats/data_folder/data_folder.h"

#include <doctest/doctest.h>

#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/image/image.h"
#include "tests/data_formats/damage.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

/// A mask of 40 x 30 with figures as upright bars of 4 x 10, numbered from `first`; red the figure, green the
/// body part.
cv::Mat bars(int figures, int first, int background) {
    cv::Mat mask(30, 40, CV_8UC3, cv::Scalar(background, 255, 0));
    for (int i = 0; i < figures; ++i) {
        mask(cv::Rect(2 + 6 * i, 5 + i, 4, 10)).setTo(cv::Scalar(first + i, 0, 0));
        mask(cv::Rect(2 + 6 * i, 5 + i, 4, 2)).setTo(cv::Scalar(first + i, 1, 0));
    }
    return mask;
}

std::string keypoints(int figures) {
    std::string text = "[";
    for (int i = 0; i < figures; ++i)
        text +=
            std::string(i ? "," : "") + "{\"0\": [" + std::to_string(3 + 6 * i) + ", 14.5], \"15\": [1, 2]}";
    return text + "]";
}

struct Folder : ScratchFolder {
    void add(const std::string& stem, const cv::Mat& mask, const std::string& points,
             const char* extension = ".png") const {
        const cv::Mat rgb(mask.size(), CV_8UC3, cv::Scalar(200, 100, 50));
        put("images/" + stem + extension,
            std::string(extension) == ".png" ? encode_png(rgb) : encode_jpeg(rgb));
        put("masks/" + stem + ".png", encode_png(mask));
        if (!points.empty()) put("keypoints/" + stem + ".json", points);
    }
    std::string refusal(FirstFigure first = FirstFigure::detect) const {
        try {
            for (const auto& entry : list_examples(path())) read_example(entry, first);
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::input);
            CHECK(!error.next_step().empty());
            return error.what();
        }
        return "";
    }
};

}  // namespace

TEST_CASE("examples come sorted, with picture, figures, boxes, masks and keypoints") {
    const Folder folder;
    folder.add("b", bars(3, 0, 255), keypoints(3), ".jpg");
    folder.add("a", bars(2, 1, 0), keypoints(2));
    folder.add("sub/c", bars(1, 0, 255), keypoints(1));
    const auto entries = list_examples(folder.path());
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].name == "a.png");
    CHECK(entries[1].name == "b.jpg");
    CHECK(entries[2].name == "sub/c.png");
    const auto example = read_example(entries[0]);
    CHECK(example.info.name == "a.png");
    CHECK(example.info.width == 40);
    CHECK(example.rgb.at<cv::Vec3b>(0, 0) == cv::Vec3b(200, 100, 50));
    REQUIRE(example.figures.size() == 2);
    CHECK(example.figures[1].box == figures::Box{8, 6, 12, 16});
    CHECK(example.figures[1].mask.x == 8);
    CHECK(example.figures[1].mask.local.area() == 40);
    REQUIRE(example.figures[1].keypoints.size() == figures::joints);
    CHECK(example.figures[1].keypoints[0] == figures::Keypoint{9, 14.5, true});
    CHECK(!example.figures[1].keypoints[1].known);
    CHECK(read_example(entries[1]).figures.size() == 3);
    const cv::Mat parts = read_body_parts(entries[0]);
    CHECK(parts.at<uchar>(5, 2) == 1);
    CHECK(parts.at<uchar>(8, 2) == 0);
    CHECK(parts.at<uchar>(0, 0) == 255);
}

TEST_CASE("whether figures count from zero or from one is found out") {
    for (const bool body_parts : {true, false})
        for (const int n : {1, 2, 5})
            for (const int missing : {-1, 0, n - 1}) {
                if (missing >= 0 && n < 2) continue;
                CAPTURE(n);
                CAPTURE(missing);
                const Folder folder;
                cv::Mat from_zero = bars(n, 0, 255), from_one = bars(n, 1, 0);
                if (missing >= 0) {
                    const cv::Rect gone(2 + 6 * missing, 5 + missing, 4, 10);
                    from_zero(gone).setTo(cv::Scalar(255, 255, 0));
                    from_one(gone).setTo(cv::Scalar(0, 255, 0));
                }
                if (!body_parts) {
                    cv::extractChannel(from_zero.clone(), from_zero, 0);
                    cv::extractChannel(from_one.clone(), from_one, 0);
                }
                folder.add("one", from_one, keypoints(n));
                folder.add("zero", from_zero, keypoints(n));
                const auto entries = list_examples(folder.path());
                CHECK(detect_first_figure(entries[0]) == FirstFigure::one);
                CHECK(detect_first_figure(entries[1]) == FirstFigure::zero);
                const std::size_t left = static_cast<std::size_t>(missing >= 0 ? n - 1 : n);
                for (const auto& entry : entries) {
                    const auto example = read_example(entry);
                    REQUIRE(example.figures.size() == left);
                    // The keypoints stay with their figure when one before it has no pixels.
                    for (const auto& figure : example.figures)
                        CHECK(figure.keypoints[0].x == figure.box.x_min + 1);
                }
            }
}

TEST_CASE("what does not fit together is named with file and figure") {
    const Folder a;
    a.add("m", bars(4, 0, 255), keypoints(3));
    CHECK(a.refusal(FirstFigure::zero).find("masks/m.png: figure 3 has 40 pixels") != std::string::npos);
    CHECK(a.refusal(FirstFigure::zero).find("keypoints/m.json lists 3 figures") != std::string::npos);
    const Folder b;
    b.add("m", bars(2, 0, 255), keypoints(2));
    b.put("images/m.png", encode_png(cv::Mat(31, 40, CV_8UC3, cv::Scalar())));
    CHECK(b.refusal().find("masks/m.png: is 40 x 30 pixels, but") != std::string::npos);
    const Folder c;
    c.add("m", bars(1, 0, 255), "[{\"0\": [1]}]");
    CHECK(c.refusal().find("keypoints/m.json: [0].0: must be 2 numbers") != std::string::npos);
    c.put("keypoints/m.json", "[{\"16\": [1, 2]}]");
    CHECK(c.refusal().find("[0].16: is no joint") != std::string::npos);
    c.put("keypoints/m.json", "[{\"0\": [1, 2]}");
    CHECK(c.refusal().find("keypoints/m.json: ") != std::string::npos);
    const Folder d;
    CHECK(d.refusal().find("has no folder \"images\"") != std::string::npos);
    d.put("images/x.png", encode_png(cv::Mat(3, 3, CV_8UC3, cv::Scalar())));
    CHECK(d.refusal().find("masks/x.png: is missing") != std::string::npos);
    d.put("masks/x.png", "no picture");
    CHECK(d.refusal().find("masks/x.png: is no PNG") != std::string::npos);
    CHECK_THROWS_AS(list_examples("/nowhere"), Error);
}

TEST_CASE("two pictures never share a mask, also where others come between them") {
    const Folder folder;
    folder.add("a", bars(1, 0, 255), keypoints(1));
    folder.add("a.k", bars(1, 0, 255), keypoints(1));
    folder.put("images/a.jpg", read_file(folder / "images/a.png"));
    CHECK(folder.refusal().find("masks/a.png: is the mask of both a.jpg and a.png") != std::string::npos);
}

TEST_CASE("keypoints cut at any byte or with any bit turned are read or refused by their file's name") {
    const Folder folder;
    const std::string good = keypoints(3);
    folder.add("m", bars(3, 0, 255), good);
    const auto entry = list_examples(folder.path()).at(0);
    const auto answer = [&](const std::string& text) {
        folder.put("keypoints/m.json", text);
        const std::string told = test::refusal([&] { read_stored_example(entry); });
        CHECK_MESSAGE((told.empty() || (test::holds(told, "input: ") && test::holds(told, "m.json"))), told);
        return told.empty();
    };
    CHECK(answer(good));
    test::for_each_cut(good, [&](const std::string& cut, const std::string& what) {
        CHECK_MESSAGE(answer(cut) == false, what);
    });
    std::size_t refused = 0;
    test::for_each_flipped_bit(
        good, 1, [&](const std::string& bad, const std::string&) { refused += answer(bad) ? 0 : 1; });
    CHECK(refused > good.size());
}

TEST_CASE("listed figures without a pixel are left out, and told by file and number") {
    const Folder folder;
    cv::Mat mask = bars(3, 1, 0);
    mask.setTo(cv::Scalar(0, 255, 0), [&] {
        cv::Mat number;
        cv::extractChannel(mask, number, 0);
        return cv::Mat(number == 2);
    }());
    folder.add("m", mask, keypoints(3));
    folder.add("whole", bars(3, 0, 255), keypoints(3));
    const auto entries = list_examples(folder.path());
    const auto example = read_stored_example(entries.at(0));
    CHECK(example.figures.size() == 2);
    REQUIRE(example.left_out.size() == 1);
    CHECK(test::holds(example.left_out[0], "keypoints/m.json: figures without a pixel in "));
    CHECK(example.left_out[0].ends_with("masks/m.png, left out: 2"));
    CHECK(read_stored_example(entries.at(1)).left_out.empty());
}

TEST_CASE("without keypoints every number but the background's is a figure") {
    const Folder folder;
    folder.add("one", bars(3, 1, 0), "");
    folder.add("zero", bars(3, 0, 255), "");
    for (const auto& entry : list_examples(folder.path())) {
        CHECK(entry.keypoints.empty());
        const auto example = read_example(entry);
        CHECK(example.figures.size() == 3);
        CHECK(example.figures[0].keypoints.empty());
    }
}

TEST_CASE("told how masks count, nothing is guessed") {
    const Folder folder;
    folder.add("m", bars(3, 1, 0), keypoints(3));
    const auto entry = list_examples(folder.path()).at(0);
    CHECK(read_example(entry, FirstFigure::one).figures.size() == 3);
    CHECK_THROWS_AS(read_example(entry, FirstFigure::zero), Error);
}
