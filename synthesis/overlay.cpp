#include "synthesis/overlay.h"

#include <opencv2/imgproc.hpp>

namespace figurant::synthesis {
namespace {

std::uint8_t part_of(std::uint8_t owner) {
    if (owner == unparted) return unknown_part;
    return owner < 6 ? owner : no_part;
}

/// One row: colours blended, figure and part written.
struct Row {
    const std::uint8_t *cover, *owner;
    const cv::Vec3b* color;
    cv::Vec3b* onto;
    std::uint8_t *figure, *part;
};

void overlay_row(const Row& row, int first, int last, int number) {
    for (int x = first; x < last; ++x) {
        const int cover = row.cover[x];
        // Between the lines of a drawing a figure below is seen, and stays what is there.
        const bool owned = row.owner[x] != nobody && (cover > 0 || row.figure[x] == no_figure);
        if (cover == 0 && !owned) continue;
        auto& pixel = row.onto[x];
        for (int c = 0; c < 3; ++c)
            pixel[c] =
                static_cast<std::uint8_t>((pixel[c] * (255 - cover) + row.color[x][c] * cover + 127) / 255);
        if (owned) {
            row.figure[x] = static_cast<std::uint8_t>(number);
            row.part[x] = part_of(row.owner[x]);
        } else if (cover >= 128) {
            row.figure[x] = no_figure;
            row.part[x] = no_part;
        }
    }
}

}  // namespace

int overlay(Scene& scene, const Sheet& sheet, cv::Point corner, int figure) {
    const cv::Rect window =
        (cv::Rect(corner, sheet.size()) & cv::Rect(cv::Point(0, 0), scene.map.size())) - corner;
    for (int y = window.y; y < window.y + window.height; ++y) {
        const int on_map = y + corner.y;
        overlay_row({sheet.cover.ptr(y), sheet.owner.ptr(y), sheet.color.ptr<cv::Vec3b>(y),
                     scene.map.color.ptr<cv::Vec3b>(on_map) + corner.x, scene.figure.ptr(on_map) + corner.x,
                     scene.part.ptr(on_map) + corner.x},
                    window.x, window.x + window.width, figure);
    }
    return cv::countNonZero(sheet.owner != static_cast<int>(nobody));
}

}  // namespace figurant::synthesis
