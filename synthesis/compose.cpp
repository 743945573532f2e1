#include "synthesis/compose.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>

#include "synthesis/ageing.h"
#include "synthesis/casting.h"
#include "synthesis/lettering.h"
#include "synthesis/ornaments.h"

namespace figurant::synthesis {
namespace {

constexpr std::uint8_t no_figure = 255;
constexpr int most_figures = 255;  // the mask image numbers them in eight bits

// The streams of random numbers, so that changing one part of a map leaves the others as they were.
enum Stream : std::uint64_t {
    style_stream,
    ground_stream,
    ornament_stream,
    cast_stream,
    person_stream,
    lettering_stream,
    ageing_stream,
    underlay_stream,
    foreground_stream,
    panel_stream
};

struct Standing {
    float height = 0;
    std::array<cv::Point2f, 16> joint;
    int drawn = 0;  ///< pixels of the figure as drawn, on the map or beyond it
};

/// The map while figures are being put on it.
struct Scene {
    Sheet map;
    cv::Mat figure, part;  ///< CV_8UC1
    std::vector<Standing> standing;
};

/// Puts a sheet onto the map: its figure hides those before, its other pixels (a horse, a bush) hide them as
/// well.
int overlay(Scene& scene, const Sheet& sheet, cv::Point corner, int figure) {
    int drawn = 0;
    const cv::Rect map_area(cv::Point(0, 0), scene.map.size());
    for (int y = 0; y < sheet.color.rows; ++y) {
        const auto* cover = sheet.cover.ptr<std::uint8_t>(y);
        const auto* owner = sheet.owner.ptr<std::uint8_t>(y);
        const auto* color = sheet.color.ptr<cv::Vec3b>(y);
        for (int x = 0; x < sheet.color.cols; ++x) {
            const bool owned = owner[x] != nobody;
            if (cover[x] == 0 && !owned) continue;
            if (owned) ++drawn;
            const cv::Point p(corner.x + x, corner.y + y);
            if (!map_area.contains(p)) continue;
            auto& pixel = scene.map.color.at<cv::Vec3b>(p);
            for (int c = 0; c < 3; ++c)
                pixel[c] = static_cast<std::uint8_t>(
                    (pixel[c] * (255 - cover[x]) + color[x][c] * cover[x] + 127) / 255);
            if (owned) {
                scene.figure.at<std::uint8_t>(p) = static_cast<std::uint8_t>(figure);
                scene.part.at<std::uint8_t>(p) = owner[x] < 6 ? owner[x] : no_part;
            } else if (cover[x] >= 128) {
                scene.figure.at<std::uint8_t>(p) = no_figure;
                scene.part.at<std::uint8_t>(p) = no_part;
            }
        }
    }
    return drawn;
}

void place(Scene& scene, const PersonPlan& plan, cv::Point2f ground, const Random& random) {
    if (static_cast<int>(scene.standing.size()) >= most_figures) return;
    const Person person = draw_person(plan, random);
    const cv::Point corner(cvRound(ground.x - person.ground.x), cvRound(ground.y - person.ground.y));
    Standing standing;
    standing.height = plan.height;
    for (std::size_t i = 0; i < 16; ++i)
        standing.joint[i] =
            person.joint[i] + cv::Point2f(static_cast<float>(corner.x), static_cast<float>(corner.y));
    standing.drawn = overlay(scene, person.sheet, corner, static_cast<int>(scene.standing.size()));
    scene.standing.push_back(standing);
}

enum class Arrangement { alone, row, crowd, procession, scattered, pair, ring };

/// Where the members of one group stand, nearer ones last.
std::vector<cv::Point2f> arrange(Arrangement arrangement, int count, float height, cv::Size size, Random& r) {
    const auto w = static_cast<float>(size.width), h = static_cast<float>(size.height);
    // Feet also beyond the edges: some figures are cut there.
    const float top = height * r.real(0.35F, 1.05F), bottom = h + height * r.real(0, 0.45F);
    const cv::Point2f at(r.real(-0.05F, 1.05F) * w, top < bottom ? r.real(top, bottom) : bottom);
    std::vector<cv::Point2f> places;
    const float gap = height * r.real(0.25F, 0.75F);
    const float slope = r.bell(0.12F);
    float angle = r.real(0, 6.28F);
    cv::Point2f p = at;
    for (int i = 0; i < count; ++i) {
        const float k = static_cast<float>(i) - static_cast<float>(count - 1) / 2;
        switch (arrangement) {
            case Arrangement::alone:
                places.push_back(at);
                break;
            case Arrangement::row:
                places.push_back(at + cv::Point2f(k * gap + r.bell(gap * 0.06F),
                                                  k * gap * slope + r.bell(height * 0.01F)));
                break;
            case Arrangement::crowd:
                places.push_back(at +
                                 cv::Point2f(r.bell(gap * 0.5F * std::sqrt(static_cast<float>(count))),
                                             r.bell(height * 0.16F * std::sqrt(static_cast<float>(count)))));
                break;
            case Arrangement::procession:
                places.push_back(p);
                angle += r.bell(0.3F);
                p += along(angle, gap * 1.2F);
                break;
            case Arrangement::pair:
                places.push_back(at + cv::Point2f(k * gap, 0));
                break;
            case Arrangement::ring: {
                const float turn = 6.2831853F * static_cast<float>(i) / static_cast<float>(count);
                const float radius = gap * static_cast<float>(count) / 5;
                places.push_back(at + cv::Point2f(std::cos(turn) * radius, std::sin(turn) * radius * 0.45F));
                break;
            }
            case Arrangement::scattered:
                places.emplace_back(r.real(-0.03F, 1.03F) * w,
                                    r.real(std::min(height * 0.5F, h), h + height * 0.3F));
                break;
        }
    }
    if (arrangement != Arrangement::row || r.chance(0.5F))
        std::stable_sort(places.begin(), places.end(),
                         [](cv::Point2f a, cv::Point2f b) { return a.y < b.y; });
    return places;
}

float random_height(const ComposeOptions& options, Random& r) {
    const auto least = static_cast<float>(options.smallest), most = static_cast<float>(options.largest);
    return least * std::pow(most / least, r.unit());
}

/// Most members in a group of this size that a map still holds without being only them.
int group_size(Arrangement arrangement, float height, cv::Size size, Random& r) {
    if (arrangement == Arrangement::alone) return 1;
    if (arrangement == Arrangement::pair) return 2;
    const float room = static_cast<float>(size.area()) / (height * height);
    const int most = std::clamp(static_cast<int>(room * 0.7F), 2, arrangement == Arrangement::row ? 10 : 16);
    return r.whole(2, most);
}

/// A strip of panels or medallions along one side, one or two figures in each, as around old maps of
/// countries.
int place_in_panels(Scene& scene, const ComposeOptions& options, const MapStyle& style, int most, Random r,
                    std::uint64_t seed) {
    const auto w = static_cast<float>(scene.map.size().width),
               h = static_cast<float>(scene.map.size().height);
    const bool upright = r.chance(0.5F), oval = r.chance(0.25F);
    const int cells = r.whole(3, 7);
    const float cell = (upright ? h : w) / static_cast<float>(cells),
                depth = cell * (upright ? r.real(0.55F, 0.95F) : r.real(1.1F, 1.7F));
    const bool far_side = r.chance(0.5F);
    const Company company = random_company(style, r);
    int placed = 0;
    for (int i = 0; i < cells && placed < most; ++i) {
        const float start = cell * static_cast<float>(i);
        const cv::Rect2f area = upright ? cv::Rect2f(far_side ? w - depth : 0, start, depth, cell)
                                        : cv::Rect2f(start, far_side ? h - depth : 0, cell, depth);
        const float ground = draw_panel(scene.map, style, area, oval, r.fork(static_cast<std::uint64_t>(i)));
        const int count = r.whole(1, 2);
        for (int k = 0; k < count && placed < most; ++k, ++placed) {
            const float height =
                std::clamp(area.height * r.real(0.6F, 0.76F), static_cast<float>(options.smallest),
                           static_cast<float>(options.largest));
            const float x =
                area.x + area.width * (count == 1 ? r.real(0.4F, 0.6F) : 0.3F + 0.4F * static_cast<float>(k));
            place(scene, random_member(company, style, height, r), {x, ground},
                  Random(mix(mix(seed, panel_stream), static_cast<std::uint64_t>(placed))));
        }
    }
    return placed;
}

/// Something stands before the figure placed last.
void hide_some(Scene& scene, const MapStyle& style, float height, Random r) {
    if (scene.standing.empty()) return;
    const float size = height * r.real(0.3F, 0.8F);
    const auto side = static_cast<int>(size * 3) + 4;
    Sheet sheet = Sheet::transparent({side, side});
    draw_foreground(sheet, style, {size * 1.5F, size * 2.2F}, size, r.fork(0));
    const cv::Point2f feet = (scene.standing.back().joint[0] + scene.standing.back().joint[5]) * 0.5F;
    const cv::Point2f off(r.bell(height * 0.4F), r.real(-0.05F, 0.3F) * height);
    overlay(scene, sheet, cv::Point(feet + off - cv::Point2f(size * 1.5F, size * 2.2F)), no_figure);
}

void place_figures(Scene& scene, const ComposeOptions& options, const MapStyle& style, Random r,
                   std::uint64_t seed) {
    int left = r.whole(static_cast<int>(options.figures_least), static_cast<int>(options.figures_most));
    if (left > 2 && r.chance(0.14F))
        left -= place_in_panels(scene, options, style, left, r.fork(panel_stream), seed);
    std::uint64_t ordinal = 0;
    while (left > 0) {
        const float height = random_height(options, r);
        const auto arrangement = static_cast<Arrangement>(r.weighted({5, 1.5F, 1.5F, 0.7F, 1.5F, 1, 0.4F}));
        const int count = std::min(left, group_size(arrangement, height, scene.map.size(), r));
        const Company company = random_company(style, r);
        int member = 0;
        for (const cv::Point2f& at : arrange(arrangement, count, height, scene.map.size(), r)) {
            const float spread = arrangement == Arrangement::scattered ? 0.25F : 0.06F;
            const bool child = count > 1 && r.chance(0.1F);
            const float wanted = height * (1 + r.bell(spread)) * (child ? r.real(0.45F, 0.7F) : 1.0F);
            const float own =
                std::clamp(wanted, static_cast<float>(options.smallest), static_cast<float>(options.largest));
            PersonPlan plan = random_member(company, style, own, r);
            if (arrangement == Arrangement::pair && !plan.pose.mounted)  // face to face
                plan.azimuth = (member == 0 ? 1.0F : -1.0F) * r.real(0.5F, 1.6F);
            place(scene, plan, at, Random(mix(mix(seed, person_stream), ordinal++)));
            ++member;
        }
        left -= count;
        if (r.chance(0.2F * static_cast<float>(options.clutter)))
            hide_some(scene, style, height, r.fork(mix(foreground_stream, ordinal)));
    }
}

/// One figure cut out of the scene; none when too little of it can be seen.
std::optional<ComposedFigure> cut_out(const Scene& scene, int index, const cv::Rect& box, int visible,
                                      const ComposeOptions& options) {
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
        if (area.contains(standing.joint[i])) figure.joints[i] = standing.joint[i];
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

void collect(ComposedMap& map, const Scene& scene, const ComposeOptions& options) {
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

void refuse(const std::string& what, const std::string& next) {
    throw Error(Cause::configuration, what, next);
}

}  // namespace

const ParameterList<ComposeOptions>& compose_parameters() {
    static const auto list =
        ParameterList<ComposeOptions>{}
            .add("width", &ComposeOptions::width, "width of a map, in pixels", range(64, 16384))
            .add("height", &ComposeOptions::height, "height of a map, in pixels", range(64, 16384))
            .add("figures_least", &ComposeOptions::figures_least,
                 "fewest figures drawn on a map; those that end up hidden count as well", range(0, 255))
            .add("figures_most", &ComposeOptions::figures_most, "most figures on a map", range(0, 255))
            .add("smallest", &ComposeOptions::smallest, "height of the smallest figures, standing, in pixels",
                 range(8, 4096))
            .add("largest", &ComposeOptions::largest, "height of the largest figures, standing, in pixels",
                 range(8, 4096))
            .add("clutter", &ComposeOptions::clutter, "how full of symbols and letters the map is",
                 range(0, 4))
            .add("ageing", &ComposeOptions::ageing, "how often printing, age and scanning show", range(0, 1))
            .add("visible_least", &ComposeOptions::visible_least,
                 "figures of which a smaller share can be seen are not in the truth", range(0, 1))
            .add("pixels_least", &ComposeOptions::pixels_least,
                 "figures of which fewer pixels can be seen are not in the truth", range(1, 100000));
    return list;
}

void check(const ComposeOptions& options) {
    const auto& list = compose_parameters();
    const ParameterValues values = list.values(options);
    for (const auto& declaration : list.declarations()) {
        try {
            declaration.checked(values.at(declaration.name));
        } catch (const Error& error) {
            throw Error(Cause::configuration, declaration.name + ": " + error.what(), error.next_step());
        }
    }
    if (options.figures_least > options.figures_most)
        refuse("figures_least is " + std::to_string(options.figures_least) + ", more than figures_most, " +
                   std::to_string(options.figures_most),
               "give a figures_least of at most figures_most");
    if (options.smallest > options.largest)
        refuse("smallest is " + std::to_string(options.smallest) + " pixels, more than largest, " +
                   std::to_string(options.largest),
               "give a smallest of at most largest");
}

ComposedMap compose_map(const ComposeOptions& options, std::uint64_t seed) {
    check(options);
    const auto stream = [&](Stream which) { return Random(mix(seed, which)); };
    const cv::Size size(static_cast<int>(options.width), static_cast<int>(options.height));
    const auto clutter = static_cast<float>(options.clutter);
    Random style_random = stream(style_stream);
    const MapStyle style = MapStyle::random(style_random);
    const Ground ground = draw_ground(size, style, stream(ground_stream));
    Scene scene{Sheet::opaque(ground.color),
                cv::Mat(size, CV_8UC1, cv::Scalar(no_figure)),
                cv::Mat(size, CV_8UC1, cv::Scalar(no_part)),
                {}};
    draw_ornaments(scene.map, ground, style, clutter, stream(ornament_stream));
    draw_underlay(scene.map, style, clutter, stream(underlay_stream));
    place_figures(scene, options, style, stream(cast_stream), seed);
    draw_lettering(scene.map, style, clutter, stream(lettering_stream));
    ComposedMap map;
    collect(map, scene, options);
    age(scene.map.color, style, static_cast<float>(options.ageing), stream(ageing_stream));
    map.rgb = scene.map.color;
    return map;
}

}  // namespace figurant::synthesis
