#include "data_formats/geojson/outline.h"

#include <array>
#include <cstdint>
#include <opencv2/imgproc.hpp>

namespace figurant::data_formats {

namespace {

/// Right, down, left, up: turning right is the next one.
const std::array<cv::Point, 4> steps = {cv::Point(1, 0), cv::Point(0, 1), cv::Point(-1, 0), cv::Point(0, -1)};

/// For each corner of the pixel grid, which unit edges leave it, as bits by direction; inside lies to their
/// right.
cv::Mat edges_of(const cv::Mat& mask) {
    cv::Mat edges(mask.rows + 1, mask.cols + 1, CV_8UC1, cv::Scalar(0));
    const auto inside = [&](int x, int y) {
        return x >= 0 && y >= 0 && x < mask.cols && y < mask.rows && mask.at<std::uint8_t>(y, x) != 0;
    };
    const auto leave = [&](int x, int y, int direction) {
        auto& bits = edges.at<std::uint8_t>(y, x);
        bits = static_cast<std::uint8_t>(bits | 1 << direction);
    };
    for (int y = 0; y < mask.rows; ++y)
        for (int x = 0; x < mask.cols; ++x) {
            if (!inside(x, y)) continue;
            if (!inside(x, y - 1)) leave(x, y, 0);
            if (!inside(x + 1, y)) leave(x + 1, y, 1);
            if (!inside(x, y + 1)) leave(x + 1, y + 1, 2);
            if (!inside(x - 1, y)) leave(x, y + 1, 3);
        }
    return edges;
}

/// Takes the edges of one ring away. Where two ways go on, the sharper right turn: pixels that only touch at
/// a corner are not connected.
Ring take_ring(cv::Mat& edges, cv::Point start) {
    Ring ring;
    cv::Point at = start;
    int direction = -1;
    for (;;) {
        auto& bits = edges.at<std::uint8_t>(at);
        int next = -1;
        for (const int turn : {1, 0, 3, 2}) {
            const int candidate = direction < 0 ? turn % 4 : (direction + turn) % 4;
            if (bits >> candidate & 1 && next < 0) next = candidate;
        }
        if (next < 0) return ring;  // back at the start, whose edges are used up
        bits = static_cast<std::uint8_t>(bits & ~(1 << next));
        if (next != direction) ring.push_back(at);
        direction = next;
        at += steps[static_cast<std::size_t>(next)];
        if (at == start) return ring;
    }
}

/// The part that a hole lies in: the smallest around a point of its edge, which no other ring goes through.
Outline& part_around(const Ring& hole, std::vector<Outline>& parts) {
    const cv::Point along = hole[1] - hole[0];
    const auto sign = [](int value) { return static_cast<float>((value > 0) - (value < 0)); };
    const cv::Point2f point = cv::Point2f(hole[0]) + 0.5f * cv::Point2f(sign(along.x), sign(along.y));
    Outline* best = nullptr;
    for (auto& part : parts)
        if (cv::pointPolygonTest(part.outer, point, false) > 0 &&
            (!best || shoelace(part.outer) < shoelace(best->outer)))
            best = &part;
    return best ? *best : parts.front();
}

}  // namespace

std::int64_t shoelace(const Ring& ring) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < ring.size(); ++i) {
        const cv::Point& a = ring[i];
        const cv::Point& b = ring[(i + 1) % ring.size()];
        sum += std::int64_t{a.x} * b.y - std::int64_t{b.x} * a.y;
    }
    return sum;
}

std::vector<Outline> trace_outlines(const cv::Mat& mask) {
    cv::Mat edges = edges_of(mask);
    std::vector<Outline> parts;
    std::vector<Ring> holes;
    for (int y = 0; y < edges.rows; ++y)
        for (int x = 0; x < edges.cols; ++x)
            while (edges.at<std::uint8_t>(y, x) != 0) {
                Ring ring = take_ring(edges, {x, y});
                if (shoelace(ring) > 0) {
                    parts.push_back({std::move(ring), {}});
                } else {
                    holes.push_back(std::move(ring));
                }
            }
    for (auto& hole : holes) part_around(hole, parts).holes.push_back(std::move(hole));
    return parts;
}

}  // namespace figurant::data_formats
