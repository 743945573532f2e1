// Puts figures on a map: alone, in rows and crowds, in panels along its edge.

#include <algorithm>
#include <cmath>

#include "synthesis/casting.h"
#include "synthesis/lettering.h"
#include "synthesis/ornaments.h"
#include "synthesis/overlay.h"

namespace figurant::synthesis {
namespace {

void place(Scene& scene, const PersonPlan& plan, cv::Point2f ground, const Random& random) {
    if (static_cast<int>(scene.standing.size()) >= most_figures) return;
    Person person = draw_person(plan, random);
    if (plan.treatment != Treatment::as_it_is) {
        Random r = random.fork(1);
        treat(person.sheet, plan.treatment, scene.style, plan.look, plan.height, r);
    }
    const cv::Point corner(cvRound(ground.x - person.ground.x), cvRound(ground.y - person.ground.y));
    Standing standing;
    standing.height = plan.height;
    for (std::size_t i = 0; i < 16; ++i)
        standing.joint[i] =
            person.joint[i] + cv::Point2f(static_cast<float>(corner.x), static_cast<float>(corner.y));
    standing.feet = (*standing.joint[0] + *standing.joint[5]) * 0.5F;
    standing.drawn = overlay(scene, person.sheet, corner, static_cast<int>(scene.standing.size()));
    scene.standing.push_back(standing);
}

void place(Scene& scene, const CutOutPlan& plan, cv::Point2f ground, const Random& random) {
    if (static_cast<int>(scene.standing.size()) >= most_figures) return;
    const PlacedCutOut placed = draw_cut_out(plan, scene.style, unparted, random);
    Standing standing;
    standing.height = plan.height;
    standing.feet = ground;
    standing.drawn = overlay(scene, placed.sheet, cv::Point(ground - placed.ground),
                             static_cast<int>(scene.standing.size()));
    scene.standing.push_back(standing);
}

/// A group: people drawn, or cut out of pictures, of those that may be drawn `height` pixels high.
class Group {
  public:
    Group(const MapStyle& style, const FigureOptions& options, const std::vector<CutOut>& pictures,
          float height, Random& r)
        : style_(style), company_(random_company(style, r)) {
        if (!r.chance(static_cast<float>(options.pictures_share))) return;
        for (const CutOut& picture : pictures)
            if (largest_height(picture) >= height) pictures_.push_back(&picture);
        if (drawn()) return;
        if (r.chance(0.25F)) same_ = r.pick(pictures_);
        if (r.chance(0.6F)) treatment_ = random_treatment(r);
    }
    bool drawn() const { return pictures_.empty(); }
    void place_member(Scene& scene, float height, cv::Point2f at, bool facing_right, bool faces, Random& r,
                      const Random& own) const {
        if (drawn()) {
            PersonPlan plan = random_member(company_, style_, height, r);
            if (faces && !plan.pose.mounted)
                plan.azimuth = (facing_right ? 1.0F : -1.0F) * r.real(0.5F, 1.6F);
            place(scene, plan, at, own);
            return;
        }
        const CutOut& picture = same_ ? *same_ : *r.pick(pictures_);
        CutOutPlan plan = random_cut_out(picture, company_.look, height, r);
        if (treatment_) plan.treatment = *treatment_;
        place(scene, plan, at, own);
    }

  private:
    const MapStyle& style_;
    Company company_;
    std::vector<const CutOut*> pictures_;
    const CutOut* same_ = nullptr;
    std::optional<Treatment> treatment_;
};

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

float random_height(const FigureOptions& options, Random& r) {
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
int place_in_panels(Scene& scene, const FigureOptions& options, const std::vector<CutOut>& pictures, int most,
                    Random r) {
    const auto w = static_cast<float>(scene.map.size().width),
               h = static_cast<float>(scene.map.size().height);
    const bool upright = r.chance(0.5F), oval = r.chance(0.25F);
    const int cells = r.whole(3, 7);
    const float cell = (upright ? h : w) / static_cast<float>(cells),
                depth = cell * (upright ? r.real(0.55F, 0.95F) : r.real(1.1F, 1.7F));
    const bool far_side = r.chance(0.5F);
    const auto least = static_cast<float>(options.smallest), largest = static_cast<float>(options.largest);
    const float area_height = upright ? cell : depth;
    const Group group(scene.style, options, pictures, std::clamp(area_height * 0.76F, least, largest), r);
    int placed = 0;
    for (int i = 0; i < cells && placed < most; ++i) {
        const float start = cell * static_cast<float>(i);
        const cv::Rect2f area = upright ? cv::Rect2f(far_side ? w - depth : 0, start, depth, cell)
                                        : cv::Rect2f(start, far_side ? h - depth : 0, cell, depth);
        const float ground =
            draw_panel(scene.map, scene.style, area, oval, r.fork(static_cast<std::uint64_t>(i)));
        const int count = r.whole(1, 2);
        for (int k = 0; k < count && placed < most; ++k, ++placed) {
            const float height = std::clamp(area.height * r.real(0.6F, 0.76F), least, largest);
            const float x =
                area.x + area.width * (count == 1 ? r.real(0.4F, 0.6F) : 0.3F + 0.4F * static_cast<float>(k));
            group.place_member(
                scene, height, {x, ground}, k == 0, false, r,
                Random(mix(mix(scene.seed, panel_stream), static_cast<std::uint64_t>(placed))));
        }
    }
    return placed;
}

/// Something stands before the figure placed last.
void hide_some(Scene& scene, float height, Random r) {
    if (scene.standing.empty()) return;
    const float size = height * r.real(0.3F, 0.8F);
    const auto side = static_cast<int>(size * 3) + 4;
    Sheet sheet = Sheet::transparent({side, side});
    draw_foreground(sheet, scene.style, {size * 1.5F, size * 2.2F}, size, r.fork(0));
    const cv::Point2f feet = scene.standing.back().feet;
    const cv::Point2f off(r.bell(height * 0.4F), r.real(-0.05F, 0.3F) * height);
    overlay(scene, sheet, cv::Point(feet + off - cv::Point2f(size * 1.5F, size * 2.2F)), no_figure);
}

/// The members of one group; gives how many.
int place_group(Scene& scene, const FigureOptions& options, const std::vector<CutOut>& pictures, int left,
                std::uint64_t& ordinal, Random& r) {
    const auto least = static_cast<float>(options.smallest), most = static_cast<float>(options.largest);
    const float height = random_height(options, r);
    const auto arrangement = static_cast<Arrangement>(r.weighted({5, 1.5F, 1.5F, 0.7F, 1.5F, 1, 0.4F}));
    const int count = std::min(left, group_size(arrangement, height, scene.map.size(), r));
    const Group group(scene.style, options, pictures, height, r);
    int member = 0;
    for (const cv::Point2f& at : arrange(arrangement, count, height, scene.map.size(), r)) {
        const float spread = arrangement == Arrangement::scattered ? 0.25F : 0.06F;
        const bool child = count > 1 && r.chance(0.1F);
        const float wanted = height * (1 + r.bell(spread)) * (child ? r.real(0.45F, 0.7F) : 1.0F);
        group.place_member(scene, std::clamp(wanted, least, most), at, member == 0,
                           arrangement == Arrangement::pair, r,
                           Random(mix(mix(scene.seed, person_stream), ordinal++)));
        ++member;
    }
    if (r.chance(std::min(1.0F, 0.2F * static_cast<float>(options.hidden))))
        hide_some(scene, height, r.fork(mix(foreground_stream, ordinal)));
    return count;
}

}  // namespace

void add_figures(Scene& scene, const FigureOptions& options, const std::vector<CutOut>& pictures) {
    check(options);
    Random r = stream(scene.seed, cast_stream);
    int left = r.whole(static_cast<int>(options.figures_least), static_cast<int>(options.figures_most));
    if (left > 2 && r.chance(0.14F))
        left -= place_in_panels(scene, options, pictures, left, r.fork(panel_stream));
    std::uint64_t ordinal = 0;
    while (left > 0) left -= place_group(scene, options, pictures, left, ordinal, r);
}

}  // namespace figurant::synthesis
