#include "synthesis/scene.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/ageing.h"
#include "synthesis/ground.h"
#include "synthesis/lettering.h"
#include "synthesis/ornaments.h"
#include "synthesis/overlay.h"

namespace figurant::synthesis {
namespace {

/// A piece of the picture as large as the map, at a scale of its own.
cv::Mat piece_of(const cv::Mat& picture, cv::Size size, Random r) {
    cv::Mat turned = picture;
    if (r.chance(0.5F)) cv::flip(picture, turned, 1);
    if ((turned.cols > turned.rows) != (size.width > size.height)) cv::transpose(turned.clone(), turned);
    const float least = std::max(static_cast<float>(size.width) / static_cast<float>(turned.cols),
                                 static_cast<float>(size.height) / static_cast<float>(turned.rows));
    const float scale = least * r.real(1.0F, 1.5F);
    const auto part = [&](int wanted, int all) {
        return std::clamp(static_cast<int>(static_cast<float>(wanted) / scale), 1, all);
    };
    const cv::Size cut(part(size.width, turned.cols), part(size.height, turned.rows));
    const cv::Point corner(r.whole(0, turned.cols - cut.width), r.whole(0, turned.rows - cut.height));
    cv::Mat out;
    cv::resize(turned(cv::Rect(corner, cut)), out, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    return out;
}

void place_distractors(Scene& scene, float amount, const std::vector<CutOut>& pictures, Random r) {
    const cv::Size size = scene.map.size();
    const float room = std::sqrt(static_cast<float>(size.area()) / (1024 * 768));
    for (int i = static_cast<int>(amount * room * room * r.real(0, 16)); i > 0; --i) {
        const CutOut& picture = r.pick(pictures);
        const float height = std::min(16 * std::pow(20.0F, r.unit()), largest_height(picture));
        const CutOutPlan plan = random_cut_out(picture, scene.style.figure_look(r), height, r);
        const PlacedCutOut thing =
            draw_cut_out(plan, scene.style, nobody, r.fork(static_cast<std::uint64_t>(i)));
        const cv::Point2f at(r.real(0, static_cast<float>(size.width)),
                             r.real(0, static_cast<float>(size.height) + height * 0.3F));
        overlay(scene, thing.sheet, cv::Point(at - thing.ground), no_figure);
    }
}

/// The same for all that is written on a map.
Hand hand_of(const Scene& scene, const Typefaces& typefaces) {
    return choose_hand(typefaces, stream(scene.seed, hand_stream));
}

/// One figure cut out of the scene; none when too little of it can be seen.
std::optional<ComposedFigure> cut_out(const Scene& scene, int index, const cv::Rect& box, int visible,
                                      const PrintOptions& options) {
    const Standing& standing = scene.standing[static_cast<std::size_t>(index)];
    if (visible < options.pixels_least || visible < options.visible_least * standing.drawn)
        return std::nullopt;
    ComposedFigure figure;
    figure.height = standing.height;
    figure.offset = box.tl();
    figure.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.br().x),
                  static_cast<float>(box.br().y)};
    figure.mask = scene.figure(box) == index;
    figure.parts = cv::Mat(box.size(), CV_8UC1, cv::Scalar(no_part));
    scene.part(box).copyTo(figure.parts, figure.mask);
    const cv::Rect2f area(0, 0, static_cast<float>(scene.map.size().width),
                          static_cast<float>(scene.map.size().height));
    for (std::size_t i = 0; i < 16; ++i)
        if (standing.joint[i] && area.contains(*standing.joint[i])) figure.joints[i] = standing.joint[i];
    return figure;
}

/// What can be seen of each figure: pixels and the box around them.
struct Sight {
    std::vector<int> pixels;
    std::vector<cv::Rect> boxes;
};

Sight look_over(const Scene& scene) {
    struct Range {
        int x0 = 1 << 30, y0 = 1 << 30, x1 = -1, y1 = -1;
    };
    Sight sight;
    sight.pixels.assign(256, 0);
    std::vector<Range> ranges(256);
    for (int y = 0; y < scene.figure.rows; ++y) {
        const auto* row = scene.figure.ptr<std::uint8_t>(y);
        for (int x = 0; x < scene.figure.cols; ++x) {
            if (row[x] == no_figure) continue;
            ++sight.pixels[row[x]];
            Range& r = ranges[row[x]];
            r = {std::min(r.x0, x), std::min(r.y0, y), std::max(r.x1, x), std::max(r.y1, y)};
        }
    }
    for (const auto& r : ranges)
        sight.boxes.push_back(r.x1 < 0 ? cv::Rect() : cv::Rect(r.x0, r.y0, r.x1 - r.x0 + 1, r.y1 - r.y0 + 1));
    return sight;
}

void collect(ComposedMap& map, const Scene& scene, const PrintOptions& options) {
    const Sight sight = look_over(scene);
    map.figure_index = cv::Mat(scene.map.size(), CV_8UC3, cv::Scalar(no_figure, no_part, 0));
    for (int i = 0; i < static_cast<int>(scene.standing.size()); ++i) {
        const auto index = static_cast<std::size_t>(i);
        if (sight.pixels[index] == 0) continue;
        auto figure = cut_out(scene, i, sight.boxes[index], sight.pixels[index], options);
        if (!figure) continue;
        const auto number = static_cast<std::uint8_t>(map.figures.size());
        cv::Mat window = map.figure_index(sight.boxes[index]);
        for (int y = 0; y < window.rows; ++y)
            for (int x = 0; x < window.cols; ++x)
                if (figure->mask.at<std::uint8_t>(y, x) != 0)
                    window.at<cv::Vec3b>(y, x) = {number, figure->parts.at<std::uint8_t>(y, x), 0};
        map.figures.push_back(std::move(*figure));
    }
}

}  // namespace

Scene Scene::copy() const {
    Scene own = *this;
    own.map.color = map.color.clone();
    own.figure = figure.clone();
    own.part = part.clone();
    return own;
}

std::size_t Scene::bytes() const {
    const auto size = [](const cv::Mat& mat) { return mat.total() * mat.elemSize(); };
    return sizeof(Scene) + size(map.color) + size(land) + size(figure) + size(part) + size(style.noise) +
           standing.size() * sizeof(Standing);
}

Scene begin_scene(const GroundOptions& options, std::uint64_t seed, const std::vector<cv::Mat>& pictures) {
    check(options);
    const cv::Size size(static_cast<int>(options.width), static_cast<int>(options.height));
    Scene scene;
    scene.seed = seed;
    Random style_random = stream(seed, style_stream);
    scene.style = MapStyle::random(style_random, manner_of(options.manner));
    Random r = stream(seed, picture_stream);
    if (!pictures.empty() && r.chance(static_cast<float>(options.pictures_share))) {
        scene.map = Sheet::opaque(piece_of(r.pick(pictures), size, r.fork(1)));
        scene.land = cv::Mat(size, CV_8UC1, cv::Scalar(255));
    } else {
        Ground ground = draw_ground(size, scene.style, stream(seed, ground_stream));
        scene.map = Sheet::opaque(ground.color);
        scene.land = ground.land;
    }
    scene.figure = cv::Mat(size, CV_8UC1, cv::Scalar(no_figure));
    scene.part = cv::Mat(size, CV_8UC1, cv::Scalar(no_part));
    return scene;
}

void add_ornaments(Scene& scene, const OrnamentOptions& options, const std::vector<CutOut>& distractors,
                   const Typefaces& typefaces) {
    check(options);
    const auto clutter = static_cast<float>(options.clutter);
    const Ground ground{scene.map.color, scene.land};
    draw_ornaments(scene.map, ground, scene.style, clutter, stream(scene.seed, ornament_stream));
    draw_underlay(scene.map, scene.style, clutter, hand_of(scene, typefaces),
                  stream(scene.seed, underlay_stream));
    if (!distractors.empty())
        place_distractors(scene, static_cast<float>(options.distractors), distractors,
                          stream(scene.seed, distractor_stream));
}

void add_lettering(Scene& scene, const LetteringOptions& options, const Typefaces& typefaces) {
    check(options);
    draw_lettering(scene.map, scene.style, static_cast<float>(options.lettering), hand_of(scene, typefaces),
                   stream(scene.seed, lettering_stream));
}

ComposedMap print_scene(Scene scene, const PrintOptions& options) {
    check(options);
    ComposedMap map;
    collect(map, scene, options);
    age(scene.map.color, scene.style, static_cast<float>(options.ageing), stream(scene.seed, ageing_stream));
    map.rgb = scene.map.color;
    return map;
}

}  // namespace figurant::synthesis
