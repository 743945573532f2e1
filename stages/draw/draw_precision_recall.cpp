// draw_precision_recall: a plot of precision over recall, for boxes and for masks, with scores along the
// curves.
//
//     [stages.plot]
//     type = "draw_precision_recall"
//     from = "curves"

#include <array>
#include <cstdio>
#include <opencv2/imgproc.hpp>

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

constexpr int plot = 600, left = 70, top = 30, bottom = 60, right = 30;
const cv::Scalar ink(0, 0, 0), grid(220, 220, 220), paper(255, 255, 255);
const cv::Scalar bbox_color(0, 90, 200), segm_color(200, 60, 0);

cv::Point place(double recall, double precision) {
    return {left + cvRound(recall * plot), top + cvRound((1 - precision) * plot)};
}

void write_text(cv::Mat& picture, const std::string& text, cv::Point at, const cv::Scalar& color) {
    cv::putText(picture, text, at, cv::FONT_HERSHEY_SIMPLEX, 0.5, color, 1, cv::LINE_AA);
}

std::string decimal(double value) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%.1f", value);
    return text.data();
}

cv::Mat empty_plot() {
    cv::Mat picture(top + plot + bottom, left + plot + right, CV_8UC3, paper);
    for (int tenth = 0; tenth <= 10; ++tenth) {
        const double value = tenth / 10.0;
        cv::line(picture, place(value, 0), place(value, 1), grid);
        cv::line(picture, place(0, value), place(1, value), grid);
        write_text(picture, decimal(value), place(value, 0) + cv::Point(-12, 20), ink);
        write_text(picture, decimal(value), place(0, value) + cv::Point(-36, 5), ink);
    }
    cv::rectangle(picture, place(0, 1), place(1, 0), ink);
    write_text(picture, "recall: share of the true figures that is found",
               {left + plot / 2 - 180, top + plot + 48}, ink);
    write_text(picture, "precision: share of the finds that is right; the numbers are score thresholds",
               {left, top - 10}, ink);
    return picture;
}

/// The curve from the strictest threshold that keeps a find to the laxest, a dot at every tenth of a score.
void draw_curve(cv::Mat& picture, const metrics::PartPrecisionRecall& part, const cv::Scalar& color,
                int labels_below) {
    std::vector<cv::Point> line;
    for (const auto& point : part.points)
        if (point.finds > 0 && point.to_find > 0) line.push_back(place(point.recall(), point.precision()));
    cv::polylines(picture, line, false, color, 2, cv::LINE_AA);
    for (std::size_t i = 10; i < part.points.size(); i += 10) {
        const auto& point = part.points[i];
        if (point.finds == 0 || point.to_find == 0) continue;
        const auto at = place(point.recall(), point.precision());
        cv::circle(picture, at, 4, color, cv::FILLED, cv::LINE_AA);
        write_text(picture, decimal(point.score), at + cv::Point(labels_below ? -34 : 8, labels_below),
                   color);
    }
}

void draw_name(cv::Mat& picture, const std::string& name, const cv::Scalar& color, int line) {
    const cv::Point at(left + 16, top + plot - 20 - 22 * line);
    cv::line(picture, at + cv::Point(0, -5), at + cv::Point(28, -5), color, 2);
    write_text(picture, name, at + cv::Point(38, 0), color);
}

class DrawPrecisionRecall : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Draws precision over recall, for boxes and for masks, with the scores along both curves.";
    static constexpr In<metrics::PrecisionRecall> curves{
        "precision_recall", "precision and recall by score, and what became of each true figure"};
    static constexpr Out<figures::MapHandle> plotted{"map", "the plot, named precision_recall"};
    static auto ports() { return std::tuple(curves, plotted); }

    void process(const Inputs& in, Outputs& out, Context&) const override {
        const metrics::PrecisionRecall& measured = in[curves];
        cv::Mat picture = empty_plot();
        if (measured.bbox) draw_curve(picture, *measured.bbox, bbox_color, 0);
        if (measured.segm) draw_curve(picture, *measured.segm, segm_color, 14);
        if (measured.bbox) draw_name(picture, "boxes", bbox_color, 1);
        if (measured.segm) draw_name(picture, "masks", segm_color, 0);
        out.emit(plotted, figures::memory_map("precision_recall", std::move(picture)));
    }
};

const Registered<DrawPrecisionRecall> registered("draw_precision_recall");

}  // namespace
}  // namespace figurant::stages
