#include "synthesis/person.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "synthesis/beasts.h"

namespace figurant::synthesis {
namespace {

constexpr float pi = 3.14159265F;
constexpr auto either_leg = static_cast<Owner>(77);

/// Draws one figure on a sheet `scale` pixels a figure height; the sheet's `origin` is the ground below the
/// figure.
class Painter {
  public:
    Painter(Sheet& sheet, const PersonPlan& plan, const Skeleton& skeleton, cv::Point2f origin, float scale,
            float sheet_per_map, Random& random)
        : sheet_(sheet),
          plan_(plan),
          dress_(plan.dress),
          look_(plan.look),
          k_(skeleton),
          origin_(origin),
          scale_(scale),
          per_map_(sheet_per_map),
          random_(random) {
        fat_ = plan.build.thickness;
        if (look_.rendering == Rendering::stick) fat_ *= 0.55F;
    }

    void draw() {
        if (plan_.ground_shadow) shadow();
        const int near = k_.joint[left_shoulder].near > k_.joint[right_shoulder].near ? 1 : 0;
        const int far = 1 - near;
        const bool from_behind = std::cos(k_.azimuth) < -0.25F;
        const bool behind_torso = arm_behind(far);
        if (dress_.wings) wings();
        if (dress_.pack && !from_behind) pack();
        if (dress_.cloak && !from_behind) cloak();
        if (plan_.seat == Seat::animal) {
            leg(far);
            mount();
        } else if (plan_.seat != Seat::none) {
            seat();
        }
        if (behind_torso) arm(far);
        const bool near_behind = arm_behind(near) && std::abs(std::cos(k_.azimuth)) > 0.7F;
        if (near_behind) arm(near);
        const bool legs_late = k_.seated && !from_behind;
        if (!legs_late) legs(far, near);
        torso_and_skirt();
        if (legs_late) {
            legs(far, near);
            if (long_skirt()) skirt();
        }
        if (dress_.coat && !k_.seated) coat();
        if (dress_.cloak && from_behind) cloak();
        if (dress_.pack && from_behind) pack();
        head();
        if (!behind_torso) arm(far);
        if (!near_behind) arm(near);
    }

  private:
    cv::Point2f at(const Seen& s) const { return origin_ + s.at * scale_; }
    cv::Point2f at(Joint j) const { return at(k_.joint[j]); }
    float px(float heights) const { return heights * scale_; }
    Stroke stroke(float factor = 1) const {
        const Rendering r = look_.rendering;
        if (r == Rendering::flat || r == Rendering::silhouette) return {};
        if (r == Rendering::painted || r == Rendering::shaded) factor *= 0.5F;
        return {look_.ink, std::max(look_.line * scale_, 0.8F * per_map_) * factor, r == Rendering::sketched};
    }
    Paint fill(const Color& color) const { return paint_of(look_, color, per_map_); }
    Paint cloth(const Color& color, Pattern pattern) const {
        Paint p = fill(color);
        if (look_.rendering == Rendering::silhouette || look_.rendering == Rendering::stick) return p;
        p.pattern = pattern;
        p.pattern_color = mixed(look_.paper, pattern == Pattern::folds ? color * 0.6F : dress_.accent,
                                look_.color_strength * 0.8F + 0.2F);
        p.pattern_size = std::max(3.0F, px(pattern == Pattern::folds ? 0.045F : 0.04F));
        return p;
    }
    Polygon rough(const Polygon& polygon) { return wobbled(polygon, px(look_.wobble), true, random_); }
    void put(const Polygon& polygon, const Paint& p, Owner owner, float line_factor = 1) {
        paint(sheet_, rough(polygon), p, stroke(line_factor), owner);
    }

    bool arm_behind(int i) const {
        const Seen& wrist = k_.joint[i == 0 ? right_wrist : left_wrist];
        const Seen& elbow = k_.joint[i == 0 ? right_elbow : left_elbow];
        return (wrist.near + elbow.near) / 2 < k_.joint[thorax].near - 0.02F;
    }
    bool long_skirt() const { return dress_.legs == Lower::skirt || dress_.legs == Lower::robe; }

    void shadow() {
        Paint p;
        p.color = look_.ink;
        p.opacity = 0.25F;
        Sheet ground{sheet_.color, sheet_.cover, {}};
        paint(ground, ellipse(origin_ + cv::Point2f(px(0.08F), 0), px(0.22F), px(0.045F)), p, {});
    }

    void leg(int i) {
        const Owner owner = i == 0 ? right_leg : left_leg;
        const cv::Point2f hip = at(i == 0 ? right_hip : left_hip), knee = at(i == 0 ? right_knee : left_knee),
                          ankle = at(i == 0 ? right_ankle : left_ankle);
        const auto side = static_cast<std::size_t>(i);
        const Color stocking = dress_.legs == Lower::breeches ? dress_.accent : dress_.skin;
        const bool covered = dress_.legs == Lower::trousers;
        const float wide = covered ? 1.15F : 1.0F;
        const Paint upper = cloth(covered || dress_.legs == Lower::breeches ? dress_.lower : dress_.skin,
                                  covered ? dress_.lower_pattern : Pattern::plain);
        const Polygon shoe = convex_hull([&] {
            Polygon points = ellipse(at(k_.heel[side]), px(0.02F) * fat_, px(0.02F) * fat_, 0, 10);
            const Polygon toe = ellipse(at(k_.toe[side]), px(0.02F) * fat_, px(0.016F) * fat_, 0, 10);
            points.insert(points.end(), toe.begin(), toe.end());
            const Polygon top = ellipse(ankle, px(0.024F) * fat_, px(0.024F) * fat_, 0, 10);
            points.insert(points.end(), top.begin(), top.end());
            return points;
        }());
        const Polygon thigh = capsule(hip, px(0.052F) * fat_ * wide, knee, px(0.036F) * fat_ * wide);
        const Polygon calf =
            capsule(knee, px(0.035F) * fat_ * wide, ankle, px(covered ? 0.03F : 0.02F) * fat_);
        if (dress_.legs == Lower::breeches) {
            put(calf, fill(stocking), owner);
            put(thigh, upper, owner);
        } else {
            paint(sheet_, {rough(thigh), rough(calf)}, upper, stroke(), owner);
        }
        if (dress_.boots && dress_.legs != Lower::trousers)
            put(capsule(knee * 0.6F + ankle * 0.4F, px(0.036F) * fat_, ankle, px(0.027F) * fat_),
                fill(dress_.shoes), owner);
        put(shoe, fill(dress_.barefoot ? dress_.skin : dress_.shoes), owner);
        if (dress_.armour) plates(knee, ankle, px(0.03F) * fat_, owner);
    }

    /// Bands across a limb: armour, bandages, gaiters.
    void plates(cv::Point2f from, cv::Point2f to, float half_width, Owner owner) {
        const cv::Point2f axis = to - from;
        const float n = length(axis);
        if (n < 4 || plan_.height < 60) return;
        const cv::Point2f across = cv::Point2f(-axis.y, axis.x) * (half_width / n);
        for (int i = 0; i < 4; ++i) {
            const cv::Point2f c = from + axis * (0.12F + 0.25F * static_cast<float>(i));
            line(sheet_, {c - across, c + across}, stroke(0.7F), owner);
        }
    }

    void legs(int far, int near) {
        if (plan_.seat != Seat::animal) leg(far);
        leg(near);
    }

    Polygon circles(std::initializer_list<std::pair<cv::Point2f, float>> list) const {
        Polygon points;
        for (const auto& [center, radius] : list) {
            const Polygon circle = ellipse(center, radius, radius, 0, 14);
            points.insert(points.end(), circle.begin(), circle.end());
        }
        return convex_hull(std::move(points));
    }

    cv::Point2f waist() const { return at(middle_hip) * 0.62F + at(thorax) * 0.38F; }

    std::vector<Polygon> torso_outline() {
        const float r = px(0.04F) * std::sqrt(fat_);
        const float w = px(0.062F) * plan_.build.belly * std::sqrt(fat_);
        const cv::Point2f waist_at = waist();
        return {rough(circles({{at(right_shoulder), r},
                               {at(left_shoulder), r},
                               {at(k_.chest_front), px(0.03F)},
                               {at(k_.back), px(0.03F)},
                               {waist_at, w}})),
                rough(circles({{waist_at, w},
                               {at(k_.belly_front), px(0.025F)},
                               {at(right_hip), px(0.052F) * fat_},
                               {at(left_hip), px(0.052F) * fat_}}))};
    }

    void torso_and_skirt() {
        const bool bare = dress_.straps && dress_.sleeves == Sleeves::none;
        paint(sheet_, capsule(at(thorax), px(0.03F), at(neck), px(0.028F)), fill(dress_.skin), stroke(),
              head_owner());
        if (look_.rendering == Rendering::stick) {
            put(capsule(at(thorax), px(0.04F), at(middle_hip), px(0.035F)), fill(dress_.upper), torso);
            if (long_skirt()) skirt();
            return;
        }
        if (!k_.seated && long_skirt() && dress_.legs == Lower::skirt) skirt();
        paint(sheet_, torso_outline(), cloth(bare ? dress_.skin : dress_.upper, dress_.upper_pattern),
              stroke(), torso);
        if (dress_.legs == Lower::robe || dress_.legs == Lower::tunic || dress_.legs == Lower::loincloth)
            skirt();
        trimmings();
    }

    static Owner head_owner() { return Owner::head; }

    void trimmings() {
        const bool detail = plan_.height > 45 && look_.rendering != Rendering::silhouette;
        if (!detail) return;
        const bool front = std::cos(k_.azimuth) > 0.3F;
        if (dress_.belt) {
            const cv::Point2f c = waist(), up = at(thorax) - at(middle_hip);
            const float n = std::max(1.0F, length(up));
            const cv::Point2f across = cv::Point2f(-up.y, up.x) * (px(0.068F) * plan_.build.belly / n);
            line(sheet_, {c - across, c + across},
                 {mixed(look_.paper, dress_.accent * 0.7F, look_.color_strength), px(0.018F)}, torso);
        }
        if (front && dress_.collar)
            put({at(right_shoulder) * 0.35F + at(neck) * 0.65F, at(left_shoulder) * 0.35F + at(neck) * 0.65F,
                 at(k_.chest_front)},
                fill(dress_.accent), torso, 0.7F);
        if (front && dress_.straps) {
            line(sheet_, {at(right_shoulder) * 0.8F + at(neck) * 0.2F, at(left_hip)},
                 {dress_.accent * 0.8F, px(0.014F)}, torso);
            if (random_.chance(0.4F))
                line(sheet_, {at(left_shoulder) * 0.8F + at(neck) * 0.2F, at(right_hip)},
                     {dress_.accent * 0.8F, px(0.014F)}, torso);
        }
        if (front && dress_.buttons)
            for (int i = 0; i < 5; ++i) {
                const float t = 0.15F + 0.16F * static_cast<float>(i);
                put(ellipse(at(k_.chest_front) * (1 - t) + at(k_.belly_front) * t, px(0.009F), px(0.009F), 0,
                            8),
                    fill(dress_.accent), torso, 0.4F);
            }
        if (dress_.armour) plates(at(thorax), at(middle_hip), px(0.06F), torso);
        if (dress_.ruff)
            put(ellipse(at(neck) * 0.7F + at(thorax) * 0.3F, px(0.075F), px(0.028F)),
                fill(mixed({250, 248, 240}, look_.paper, 0.3F)), torso);
        if (front && dress_.apron) {
            const cv::Point2f w = waist(), low = (at(right_knee) + at(left_knee)) * 0.5F;
            put({w + cv::Point2f(-px(0.05F), 0), w + cv::Point2f(px(0.05F), 0),
                 low + cv::Point2f(px(0.085F), 0), low - cv::Point2f(px(0.085F), 0)},
                fill(mixed(dress_.accent, look_.paper, 0.6F)), either_leg, 0.7F);
            share_between_legs();
        }
    }

    void skirt() {
        const cv::Point2f knees = (at(right_knee) + at(left_knee)) * 0.5F;
        const cv::Point2f ankles = (at(right_ankle) + at(left_ankle)) * 0.5F;
        const float hips = px(0.06F) * fat_;
        const bool is_long = long_skirt();
        const float hem = px(is_long ? 0.15F : 0.1F) * dress_.flare;
        const bool folded = k_.seated || k_.mounted;
        Polygon points = circles({{at(right_hip), hips}, {at(left_hip), hips}});
        const cv::Point2f end = is_long                           ? ankles
                                : dress_.legs == Lower::loincloth ? knees * 0.45F + at(middle_hip) * 0.55F
                                                                  : knees * 0.85F + at(middle_hip) * 0.15F;
        const auto add = [&](const Polygon& more) { points.insert(points.end(), more.begin(), more.end()); };
        add(ellipse(end, folded ? px(0.06F) : hem, px(0.025F), 0, 20));
        if (is_long || folded) {
            add(ellipse(at(right_knee), hips * 0.9F, hips * 0.9F, 0, 12));
            add(ellipse(at(left_knee), hips * 0.9F, hips * 0.9F, 0, 12));
        }
        if (is_long && !folded) {
            add(ellipse(at(right_ankle), px(0.04F), px(0.02F), 0, 12));
            add(ellipse(at(left_ankle), px(0.04F), px(0.02F), 0, 12));
        }
        const bool with_torso = dress_.legs == Lower::robe || dress_.legs == Lower::tunic;
        put(convex_hull(points),
            cloth(with_torso ? dress_.upper : dress_.lower,
                  with_torso ? dress_.upper_pattern : dress_.lower_pattern),
            either_leg);
        fold_lines(end, hem);
        share_between_legs();
    }

    void fold_lines(cv::Point2f hem_center, float hem) {
        const Stroke s = stroke(0.7F);
        if (s.width <= 0 || plan_.height < 50) return;
        const int count = random_.whole(0, 5);
        for (int i = 0; i < count; ++i) {
            const float t = random_.real(-0.8F, 0.8F);
            const cv::Point2f low = hem_center + cv::Point2f(t * hem, 0),
                              top = waist() + cv::Point2f(t * px(0.05F), px(0.06F));
            line(sheet_, {top * 0.4F + low * 0.6F + cv::Point2f(random_.bell(px(0.01F)), 0), low}, s);
        }
    }

    /// An open coat hanging from the shoulders to the calves, over the sides of the body.
    void coat() {
        const cv::Point2f low =
            (at(right_ankle) + at(left_ankle)) * 0.35F + (at(right_knee) + at(left_knee)) * 0.15F;
        const float wide = px(0.11F) * dress_.flare, gap = std::cos(k_.azimuth) > 0.3F ? px(0.035F) : 0.0F;
        for (const float side : {-1.0F, 1.0F}) {
            const cv::Point2f w = waist();
            put({w + cv::Point2f(side * gap * 0.4F, 0), w + cv::Point2f(side * px(0.065F), 0),
                 low + cv::Point2f(side * wide, 0), low + cv::Point2f(side * gap, px(0.01F))},
                cloth(dress_.upper, dress_.upper_pattern), either_leg);
        }
        share_between_legs();
    }

    void wings() {
        const cv::Point2f root = at(k_.back);
        for (const float side : {-1.0F, 1.0F})
            put(smooth({root, root + cv::Point2f(side * px(0.16F), -px(0.14F)),
                        root + cv::Point2f(side * px(0.3F), -px(0.1F)),
                        root + cv::Point2f(side * px(0.3F), px(0.12F)),
                        root + cv::Point2f(side * px(0.14F), px(0.14F))},
                       true, 4),
                fill(mixed({245, 240, 225}, look_.paper, 0.3F)), carried);
    }

    void pack() {
        const cv::Point2f c = at(k_.back) + (at(k_.back) - at(k_.chest_front)) * 0.8F;
        put(smooth({c + cv::Point2f(-px(0.06F), -px(0.09F)), c + cv::Point2f(px(0.06F), -px(0.09F)),
                    c + cv::Point2f(px(0.07F), px(0.08F)), c + cv::Point2f(-px(0.07F), px(0.08F))},
                   true, 4),
            fill(dress_.accent), carried);
    }

    static float bone_distance(cv::Point2f p, cv::Point2f a, cv::Point2f b) {
        const cv::Point2f d = b - a;
        const float t = std::clamp((p - a).dot(d) / std::max(1e-3F, d.dot(d)), 0.0F, 1.0F);
        return length(p - a - d * t);
    }

    /// Cloth that hangs over both legs belongs to the nearer one.
    void share_between_legs() {
        cv::Mat shared = sheet_.owner == static_cast<int>(either_leg);
        const cv::Rect box = cv::boundingRect(shared);
        const std::array<cv::Point2f, 6> j{at(right_hip), at(right_knee), at(right_ankle),
                                           at(left_hip),  at(left_knee),  at(left_ankle)};
        for (int y = box.y; y < box.y + box.height; ++y) {
            auto* owner = sheet_.owner.ptr<std::uint8_t>(y);
            for (int x = box.x; x < box.x + box.width; ++x) {
                if (owner[x] != either_leg) continue;
                const cv::Point2f p(static_cast<float>(x), static_cast<float>(y));
                const float right = std::min(bone_distance(p, j[0], j[1]), bone_distance(p, j[1], j[2]));
                const float left = std::min(bone_distance(p, j[3], j[4]), bone_distance(p, j[4], j[5]));
                owner[x] = right <= left ? right_leg : left_leg;
            }
        }
    }

    void cloak() {
        const cv::Point2f low =
            (at(right_knee) + at(left_knee)) * 0.5F * 0.5F + (at(right_ankle) + at(left_ankle)) * 0.5F * 0.5F;
        const float r = px(0.045F), back = -std::sin(k_.azimuth) * px(0.08F);
        put(circles({{at(right_shoulder), r},
                     {at(left_shoulder), r},
                     {at(k_.back), r},
                     {low + cv::Point2f(back - px(0.11F), 0), px(0.02F)},
                     {low + cv::Point2f(back + px(0.11F), 0), px(0.02F)}}),
            cloth(dress_.accent, dress_.lower_pattern), torso);
    }

    void arm(int i) {
        const Owner owner = i == 0 ? right_arm : left_arm;
        const auto side = static_cast<std::size_t>(i);
        const cv::Point2f shoulder = at(i == 0 ? right_shoulder : left_shoulder),
                          elbow = at(i == 0 ? right_elbow : left_elbow),
                          wrist = at(i == 0 ? right_wrist : left_wrist), hand = at(k_.hand[side]);
        const Held held = dress_.held[side];
        if (held != Held::nothing && !compact(held)) carry_long(held, hand, i);
        put(ellipse((wrist + hand) * 0.5F, px(0.022F) * fat_, px(0.022F) * fat_), fill(dress_.skin), owner);
        const float a = px(0.036F) * fat_, b = px(0.03F) * fat_, c = px(0.022F) * fat_;
        const Polygon upper = capsule(shoulder, a, elbow, b);
        const Paint sleeve = cloth(dress_.upper, dress_.upper_pattern);
        switch (look_.rendering == Rendering::stick ? Sleeves::full : dress_.sleeves) {
            case Sleeves::none:
                paint(sheet_, {rough(upper), rough(capsule(elbow, b, wrist, c))}, fill(dress_.skin), stroke(),
                      owner);
                break;
            case Sleeves::brief:
                put(capsule(elbow, b, wrist, c), fill(dress_.skin), owner);
                put(capsule(shoulder, a * 1.15F, elbow, b * 1.2F), sleeve, owner);
                break;
            case Sleeves::full:
                paint(sheet_, {rough(upper), rough(capsule(elbow, b, wrist, c * 1.15F))}, sleeve, stroke(),
                      owner);
                break;
            case Sleeves::wide:
                paint(sheet_,
                      {rough(upper),
                       rough(circles(
                           {{elbow, b * 1.1F}, {wrist, c * 1.6F}, {wrist + cv::Point2f(0, px(0.06F)), c}}))},
                      sleeve, stroke(), owner);
                break;
        }
        if (compact(held)) carry_compact(held, hand, i);
    }

    static bool compact(Held held) {
        switch (held) {
            case Held::basket:
            case Held::jug:
            case Held::sack:
            case Held::shield:
            case Held::book:
            case Held::fan:
            case Held::fish:
            case Held::instrument:
                return true;
            default:
                return false;
        }
    }

    void carry_compact(Held held, cv::Point2f hand, int) {
        const Paint p = fill(dress_.accent);
        const float s = px(random_.real(0.8F, 1.3F));
        switch (held) {
            case Held::basket:
                put(smooth(
                        {hand + cv::Point2f(-0.07F * s, 0.03F * s), hand + cv::Point2f(0.07F * s, 0.03F * s),
                         hand + cv::Point2f(0.05F * s, 0.11F * s), hand + cv::Point2f(-0.05F * s, 0.11F * s)},
                        true, 4),
                    p, carried);
                line(sheet_,
                     smooth({hand + cv::Point2f(-0.06F * s, 0.03F * s), hand - cv::Point2f(0, 0.02F * s),
                             hand + cv::Point2f(0.06F * s, 0.03F * s)},
                            false),
                     {look_.ink, px(0.01F)});
                break;
            case Held::jug:
                put(smooth(
                        {hand + cv::Point2f(-0.02F * s, -0.07F * s),
                         hand + cv::Point2f(0.02F * s, -0.07F * s), hand + cv::Point2f(0.05F * s, 0.01F * s),
                         hand + cv::Point2f(0.025F * s, 0.07F * s),
                         hand + cv::Point2f(-0.025F * s, 0.07F * s),
                         hand + cv::Point2f(-0.05F * s, 0.01F * s)},
                        true, 4),
                    p, carried);
                break;
            case Held::sack:
                put(ellipse(hand + cv::Point2f(0, 0.05F * s), 0.07F * s, 0.09F * s), p, carried);
                break;
            case Held::shield:
                if (random_.chance(0.5F))
                    put(ellipse(hand, 0.13F * s, 0.14F * s), p, carried);
                else
                    put({hand + cv::Point2f(-0.1F * s, -0.14F * s), hand + cv::Point2f(0.1F * s, -0.14F * s),
                         hand + cv::Point2f(0.1F * s, 0.04F * s), hand + cv::Point2f(0, 0.17F * s),
                         hand + cv::Point2f(-0.1F * s, 0.04F * s)},
                        p, carried);
                break;
            case Held::book:
                put(rectangle(hand.x - 0.05F * s, hand.y - 0.045F * s, 0.1F * s, 0.08F * s), p, carried);
                break;
            case Held::fan: {
                Polygon points{hand};
                for (int i = 0; i <= 8; ++i)
                    points.push_back(hand + along(-2.6F + 0.26F * static_cast<float>(i), 0.1F * s));
                put(points, p, carried);
                break;
            }
            case Held::fish:
                put(smooth(
                        {hand + cv::Point2f(0, -0.03F * s), hand + cv::Point2f(0.03F * s, 0.04F * s),
                         hand + cv::Point2f(0.005F * s, 0.11F * s), hand + cv::Point2f(0.03F * s, 0.15F * s),
                         hand + cv::Point2f(-0.03F * s, 0.15F * s),
                         hand + cv::Point2f(-0.005F * s, 0.11F * s),
                         hand + cv::Point2f(-0.03F * s, 0.04F * s)},
                        true, 4),
                    p, carried);
                break;
            default: {
                const cv::Point2f far = hand + along(random_.real(-0.8F, 0.4F), 0.24F * s);
                line(sheet_, {hand, far}, {dress_.accent * 0.6F, px(0.02F)}, carried);
                put(ellipse(hand, 0.07F * s, 0.055F * s), p, carried);
                break;
            }
        }
    }

    /// Long things reach far from the figure; they belong to the map.
    void carry_long(Held held, cv::Point2f hand, int i) {
        const Color wood =
            mixed(look_.paper, mixed({110, 75, 40}, look_.ink, 0.35F), std::max(0.5F, look_.color_strength));
        const Stroke shaft{wood, std::max(px(0.014F), 1.0F * per_map_)};
        const float outward = (i == 0 ? -1.0F : 1.0F) * std::cos(k_.azimuth) + std::sin(k_.azimuth) * 0.7F;
        const float lean = -pi / 2 + outward * random_.real(-0.1F, 0.5F);
        const cv::Point2f up = along(lean, px(1)), side(-up.y, up.x);
        const Paint steel = fill({190, 195, 200}), p = fill(dress_.accent);
        switch (held) {
            case Held::spear: {
                line(sheet_, {hand - up * 0.4F, hand + up * 0.6F}, shaft);
                const cv::Point2f tip = hand + up * 0.6F;
                paint(sheet_, {tip + up * 0.08F, tip + side * 0.018F, tip - side * 0.018F}, steel,
                      stroke(0.7F));
                break;
            }
            case Held::staff:
                line(sheet_,
                     smooth({hand - up * 0.45F, hand, hand + up * 0.3F, hand + up * 0.36F + side * 0.04F,
                             hand + up * 0.32F + side * 0.08F},
                            false),
                     shaft);
                break;
            case Held::sword:
                paint(sheet_,
                      {hand - side * 0.012F, hand + side * 0.012F, hand + side * 0.01F + up * 0.33F,
                       hand + up * 0.37F, hand - side * 0.01F + up * 0.33F},
                      steel, stroke(0.6F));
                line(sheet_, {hand + side * 0.04F + up * 0.03F, hand - side * 0.04F + up * 0.03F}, shaft);
                break;
            case Held::flag: {
                line(sheet_, {hand - up * 0.3F, hand + up * 0.7F}, shaft);
                const cv::Point2f top = hand + up * 0.7F, s = side * random_.sign();
                paint(sheet_,
                      smooth({top, top + s * 0.13F - up * 0.03F, top + s * 0.27F,
                              top + s * 0.26F - up * 0.17F, top + s * 0.12F - up * 0.2F, top - up * 0.17F},
                             true, 4),
                      cloth(dress_.accent, random_.pick({Pattern::plain, Pattern::bands, Pattern::stripes})),
                      stroke());
                break;
            }
            case Held::bow: {
                Polygon arc;
                for (int n = -6; n <= 6; ++n)
                    arc.push_back(hand + up * (0.04F * static_cast<float>(n)) +
                                  side * (0.0022F * static_cast<float>(n * n) - 0.03F));
                line(sheet_, arc, shaft);
                line(sheet_, {arc.front(), arc.back()}, {look_.ink, 0.6F * per_map_});
                break;
            }
            case Held::tool: {
                line(sheet_, {hand - up * 0.2F, hand + up * 0.4F}, shaft);
                const cv::Point2f top = hand + up * 0.38F;
                paint(sheet_,
                      {top - side * 0.09F, top + side * 0.09F, top + side * 0.07F + up * 0.04F,
                       top - side * 0.03F + up * 0.05F},
                      steel, stroke(0.7F));
                break;
            }
            case Held::umbrella: {
                line(sheet_, {hand, hand + up * 0.4F}, shaft);
                Polygon roof;
                for (int n = 0; n <= 10; ++n) {
                    const float t = pi * static_cast<float>(n) / 10;
                    roof.push_back(hand + up * (0.36F + 0.12F * std::sin(t)) + side * (0.22F * std::cos(t)));
                }
                paint(sheet_, roof, p, stroke());
                break;
            }
            case Held::torch:
                line(sheet_, {hand - up * 0.05F, hand + up * 0.16F}, shaft);
                paint(sheet_,
                      smooth({hand + up * 0.15F - side * 0.03F, hand + up * 0.28F,
                              hand + up * 0.15F + side * 0.03F},
                             true, 5),
                      fill({240, 170, 50}), stroke(0.6F));
                break;
            case Held::gun:
                line(sheet_, {hand - up * 0.12F - side * 0.02F, hand + up * 0.42F},
                     {shaft.color * 0.6F, shaft.width * 1.5F});
                break;
            default:
                break;
        }
    }

    // The head, in its own frame: `face_` right and up.
    cv::Point2f on_head(float x, float y) const { return center_ + right_ * x + up_ * y; }
    Polygon on_head(std::initializer_list<cv::Point2f> list) const {
        Polygon points;
        for (const auto& p : list) points.push_back(on_head(p.x, p.y));
        return points;
    }

    void head() {
        center_ = at(k_.head);
        const float ry = px(plan_.build.head), rx = ry * plan_.build.head_width;
        up_ = k_.head_up * ry;
        right_ = cv::Point2f(-k_.head_up.y, k_.head_up.x) * rx;
        tilt_ = std::atan2(k_.head_up.x, -k_.head_up.y);
        const float turn = k_.face_turn, toward = std::cos(turn), aside = std::sin(turn);
        const float hair = dress_.long_hair;
        const Owner h = head_owner();
        if (look_.rendering == Rendering::silhouette || look_.rendering == Rendering::stick) {
            put(ellipse(center_, rx, ry, tilt_), fill(dress_.skin), h);
            if (std::abs(aside) > 0.5F)
                put(on_head({{aside * 0.85F, 0.15F}, {aside * 1.25F, -0.12F}, {aside * 0.85F, -0.25F}}),
                    fill(dress_.skin), h);
            hat();
            return;
        }
        if (hair > 0.15F)
            put(smooth(on_head({{-1.1F, 0.2F},
                                {-0.7F, 1.0F},
                                {0.7F, 1.0F},
                                {1.1F, 0.2F},
                                {1.05F - aside * 0.6F, -0.4F - 1.6F * hair},
                                {-1.05F - aside * 0.6F, -0.4F - 1.6F * hair}}),
                       true, 4),
                fill(dress_.hair), h);
        if (dress_.curls > 0.5F)
            put(ellipse(center_ + up_ * 0.15F, rx * (1.2F + 0.4F * dress_.curls),
                        ry * (1.05F + 0.3F * dress_.curls), tilt_),
                fill(dress_.hair), h);
        else if (dress_.curls > 0)
            put(ellipse(on_head(-aside * 0.7F, 0.9F), rx * 0.45F, ry * 0.4F, tilt_), fill(dress_.hair), h);
        const bool bald = hair < 0.03F;
        put(ellipse(center_, rx, ry, tilt_), fill(bald ? dress_.skin : dress_.hair), h);
        if (toward > -0.35F && !bald)
            put(ellipse(on_head(aside * 0.3F, -0.16F), rx * (0.92F - 0.22F * std::abs(aside)), ry * 0.85F,
                        tilt_),
                fill(dress_.skin), h, 0.6F);
        if (std::abs(aside) > 0.5F && toward > -0.5F)
            put(on_head({{aside * 0.86F, 0.12F},
                         {aside * (1.0F + 0.22F * dress_.nose), -0.18F},
                         {aside * 0.84F, -0.3F}}),
                fill(dress_.skin), h, 0.7F);
        if (toward > -0.2F) face(turn, rx, ry);
        hat();
    }

    void face(float turn, float rx, float ry) {
        const Owner h = head_owner();
        if (dress_.beard > 0) {
            const float s = std::sin(turn), low = -1.0F - dress_.beard;
            put(smooth(on_head({{s * 0.4F - 0.75F, -0.3F},
                                {s * 0.4F, -0.45F},
                                {s * 0.4F + 0.75F, -0.3F},
                                {s * 0.5F + 0.45F, low * 0.85F},
                                {s * 0.5F, low},
                                {s * 0.5F - 0.45F, low * 0.85F}}),
                       true, 4),
                fill(dress_.hair), h, 0.7F);
        }
        if (ry < 5) return;
        const auto feature = [&](float azimuth, float y) -> std::pair<cv::Point2f, bool> {
            const float a = azimuth + turn;
            return {on_head(std::sin(a) * std::sqrt(std::max(0.0F, 1 - y * y)), y), std::cos(a) > 0.1F};
        };
        const Stroke thin{mixed(look_.ink, dress_.skin * 0.4F, 0.3F), std::max(0.7F, ry * 0.06F)};
        for (const float side : {-1.0F, 1.0F}) {
            const auto [eye, visible] = feature(side * 0.42F, 0.02F);
            if (!visible) continue;
            const float r = std::max(0.8F, ry * 0.085F);
            Paint dark;
            dark.color = look_.ink;
            if (ry > 14) {
                Paint white;
                white.color = {245, 242, 235};
                paint(sheet_, ellipse(eye, rx * 0.17F, ry * 0.1F, tilt_), white, {look_.ink, 0.8F}, h);
            }
            paint(sheet_, ellipse(eye, r, r, 0, 10), dark, {}, h);
            line(sheet_, {feature(side * 0.65F, 0.2F).first, feature(side * 0.22F, 0.22F).first}, thin);
            const auto [cheek, cheek_visible] = feature(side * 0.6F, -0.32F);
            if (cheek_visible && look_.color_strength > 0.5F && look_.rendering != Rendering::engraved) {
                Paint blush;
                blush.color = {225, 110, 95};
                blush.opacity = 0.25F;
                paint(sheet_, ellipse(cheek, rx * 0.18F, ry * 0.14F), blush, {}, h);
            }
        }
        if (dress_.moustache)
            put({feature(-0.35F, -0.5F).first, feature(-0.1F, -0.34F).first, feature(0.1F, -0.34F).first,
                 feature(0.35F, -0.5F).first, feature(0, -0.44F).first},
                fill(dress_.hair), h, 0.5F);
        if (std::abs(std::sin(turn)) < 0.6F)
            line(sheet_,
                 {feature(0.05F, 0.05F).first, feature(0.16F, -0.28F).first, feature(-0.06F, -0.3F).first},
                 thin);
        line(sheet_, {feature(-0.25F, -0.55F).first, feature(0, -0.6F).first, feature(0.25F, -0.54F).first},
             {mixed(thin.color, {170, 50, 45}, look_.color_strength * 0.7F), thin.width * 1.2F});
    }

    void hat() {
        const Owner h = head_owner();
        const Paint p = fill(dress_.hat), trim = fill(dress_.accent);
        const float f = std::sin(k_.face_turn);
        switch (dress_.headgear) {
            case Hat::none:
                break;
            case Hat::brim:
            case Hat::straw: {
                const float w = dress_.headgear == Hat::straw ? 2.3F : 1.8F;
                put(ellipse(on_head(0, 0.5F), length(right_) * w, length(up_) * 0.3F, tilt_), p, h);
                put(smooth(on_head({{-0.85F, 0.5F}, {-0.7F, 1.25F}, {0, 1.4F}, {0.7F, 1.25F}, {0.85F, 0.5F}}),
                           false, 4),
                    p, h);
                line(sheet_, on_head({{-0.85F, 0.6F}, {0.85F, 0.6F}}), {dress_.accent, length(up_) * 0.14F},
                     h);
                break;
            }
            case Hat::cone:
                put(on_head({{-1.4F, 0.35F}, {0, 1.6F + 0.5F * dress_.flare}, {1.4F, 0.35F}, {0, 0.15F}}), p,
                    h);
                break;
            case Hat::cap:
                put(smooth(on_head({{-1.0F, 0.3F},
                                    {-0.9F, 1.0F},
                                    {0, 1.25F},
                                    {0.9F, 1.0F},
                                    {1.0F, 0.3F},
                                    {f * 1.5F, 0.25F}}),
                           true, 4),
                    p, h);
                break;
            case Hat::turban:
                put(ellipse(on_head(0, 0.72F), length(right_) * 1.35F, length(up_) * 0.62F, tilt_), p, h);
                line(sheet_, on_head({{-1.2F, 0.6F}, {0.2F, 1.1F}}), stroke(0.7F));
                line(sheet_, on_head({{-0.6F, 0.4F}, {1.0F, 1.0F}}), stroke(0.7F));
                put(ellipse(on_head(f * 0.8F, 0.85F), length(right_) * 0.18F, length(up_) * 0.2F), trim, h,
                    0.6F);
                break;
            case Hat::crown:
                put(on_head({{-0.9F, 0.5F},
                             {-1.1F, 1.4F},
                             {-0.5F, 0.95F},
                             {0, 1.55F},
                             {0.5F, 0.95F},
                             {1.1F, 1.4F},
                             {0.9F, 0.5F}}),
                    p, h);
                break;
            case Hat::tall:
                put(on_head({{-0.85F, 0.55F}, {-0.95F, 2.0F}, {0.95F, 2.0F}, {0.85F, 0.55F}}), p, h);
                put(ellipse(on_head(0, 0.55F), length(right_) * 1.5F, length(up_) * 0.2F, tilt_), p, h);
                break;
            case Hat::helmet:
                put(smooth(on_head({{-1.1F, -0.1F},
                                    {-1.05F, 0.8F},
                                    {0, 1.35F},
                                    {1.05F, 0.8F},
                                    {1.1F, -0.1F},
                                    {0.7F, 0.3F},
                                    {-0.7F, 0.3F}}),
                           true, 4),
                    p, h);
                if (dress_.flare > 1)
                    put(smooth(on_head({{0, 1.25F},
                                        {-f * 0.7F, 1.9F},
                                        {-f * 1.7F - 0.3F, 1.3F},
                                        {-f * 0.6F + 0.2F, 1.2F}}),
                               true, 4),
                        trim, h);
                break;
            case Hat::bonnet:
                put(smooth(on_head({{-1.15F, -0.5F},
                                    {-1.2F, 0.6F},
                                    {0, 1.3F},
                                    {1.2F, 0.6F},
                                    {1.15F, -0.5F},
                                    {0.8F, 0.45F},
                                    {-0.8F, 0.45F}}),
                           true, 4),
                    p, h);
                break;
            case Hat::feathers:
                for (int i = -3; i <= 3; ++i) {
                    const float a = static_cast<float>(i) * 0.32F;
                    const cv::Point2f root = on_head(std::sin(a) * 0.8F, 0.6F),
                                      tip = on_head(std::sin(a) * 2.0F, 0.5F + std::cos(a) * 1.6F);
                    put(capsule(root, length(up_) * 0.08F, tip, length(up_) * 0.16F), i % 2 == 0 ? p : trim,
                        h, 0.7F);
                }
                line(sheet_, on_head({{-0.95F, 0.5F}, {0.95F, 0.5F}}), {dress_.accent, length(up_) * 0.2F},
                     h);
                break;
            case Hat::hood:
                put(smooth(on_head({{-1.2F, -1.2F},
                                    {-1.15F, 0.6F},
                                    {-f * 0.4F, 1.5F},
                                    {1.15F, 0.6F},
                                    {1.2F, -1.2F},
                                    {0.75F, -0.6F},
                                    {0.7F, 0.5F},
                                    {-0.7F, 0.5F},
                                    {-0.75F, -0.6F}}),
                           true, 4),
                    p, h);
                break;
            case Hat::bowler:
                put(smooth(on_head({{-0.95F, 0.5F}, {-0.85F, 1.2F}, {0, 1.5F}, {0.85F, 1.2F}, {0.95F, 0.5F}}),
                           true, 4),
                    p, h);
                put(ellipse(on_head(0, 0.5F), length(right_) * 1.3F, length(up_) * 0.16F, tilt_), p, h);
                break;
            case Hat::tricorne:
                put(smooth(on_head({{-1.6F, 0.75F},
                                    {-0.5F, 0.5F},
                                    {0.5F, 0.5F},
                                    {1.6F, 0.75F},
                                    {0.7F, 1.05F},
                                    {0, 1.5F},
                                    {-0.7F, 1.05F}}),
                           true, 4),
                    p, h);
                break;
            case Hat::beret:
                put(ellipse(on_head(0.35F, 0.8F), length(right_) * 1.25F, length(up_) * 0.4F, tilt_ + 0.25F),
                    p, h);
                break;
            case Hat::veil:
                put(smooth(on_head({{-1.2F, -1.7F},
                                    {-1.15F, 0.5F},
                                    {0, 1.2F},
                                    {1.15F, 0.5F},
                                    {1.2F, -1.7F},
                                    {0.85F, -0.8F},
                                    {0.75F, 0.4F},
                                    {-0.75F, 0.4F},
                                    {-0.85F, -0.8F}}),
                           true, 4),
                    p, h);
                break;
        }
    }

    void seat() {
        const cv::Point2f hip = at(middle_hip) + cv::Point2f(0, px(0.05F));
        const float h = std::max(px(0.05F), origin_.y - hip.y), w = px(0.12F);
        const Paint p = fill({150, 110, 70});
        switch (plan_.seat) {
            case Seat::stool:
                paint(sheet_,
                      {rectangle(hip.x - w, hip.y, 2 * w, px(0.03F)),
                       rectangle(hip.x - w * 0.8F, hip.y, px(0.025F), h),
                       rectangle(hip.x + w * 0.6F, hip.y, px(0.025F), h)},
                      p, stroke());
                break;
            case Seat::chair: {
                const float back = std::sin(k_.azimuth) > 0 ? hip.x - w : hip.x + w - px(0.03F);
                paint(sheet_,
                      {rectangle(hip.x - w, hip.y, 2 * w, px(0.035F)),
                       rectangle(back, hip.y - px(0.35F), px(0.03F), h + px(0.35F)),
                       rectangle(2 * hip.x - back, hip.y, px(0.025F), h)},
                      p, stroke());
                break;
            }
            case Seat::barrel:
                put(smooth({{hip.x - w * 0.8F, hip.y},
                            {hip.x + w * 0.8F, hip.y},
                            {hip.x + w, hip.y + h / 2},
                            {hip.x + w * 0.8F, hip.y + h},
                            {hip.x - w * 0.8F, hip.y + h},
                            {hip.x - w, hip.y + h / 2}},
                           true, 4),
                    p, nobody);
                break;
            default:
                put(smooth({{hip.x - w * 0.9F, hip.y},
                            {hip.x + w, hip.y + px(0.01F)},
                            {hip.x + w * 1.4F, hip.y + h},
                            {hip.x - w * 1.5F, hip.y + h}},
                           true, 4),
                    fill({150, 145, 130}), nobody);
                break;
        }
    }

    void mount() {
        BeastPlan beast = plan_.beast;
        beast.look = look_;
        beast.size = scale_ * 1.25F;
        beast.facing = std::sin(k_.azimuth) >= 0 ? 1.0F : -1.0F;
        const cv::Point2f hip = at(middle_hip);
        draw_beast(sheet_, beast, {hip.x, hip.y + beast_back_height(beast) - px(0.03F)}, per_map_, random_);
    }

    Sheet& sheet_;
    const PersonPlan& plan_;
    const Dress& dress_;
    const Look& look_;
    const Skeleton& k_;
    cv::Point2f origin_;
    float scale_, per_map_;
    Random& random_;
    float fat_ = 1, tilt_ = 0;
    cv::Point2f center_, up_, right_;
};

/// Shrinks colours weighted by their cover, so that the sheet's empty colour does not bleed in.
Sheet shrunk(const Sheet& sheet, int factor) {
    if (factor == 1) return sheet;
    const cv::Size size(sheet.size().width / factor, sheet.size().height / factor);
    Sheet out = Sheet::transparent(size);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            int weight = 0, sum[3] = {0, 0, 0};
            for (int dy = 0; dy < factor; ++dy)
                for (int dx = 0; dx < factor; ++dx) {
                    const int c = sheet.cover.at<std::uint8_t>(y * factor + dy, x * factor + dx);
                    if (c == 0) continue;
                    const auto& pixel = sheet.color.at<cv::Vec3b>(y * factor + dy, x * factor + dx);
                    weight += c;
                    for (int i = 0; i < 3; ++i) sum[i] += c * pixel[i];
                }
            if (weight == 0) continue;
            for (int i = 0; i < 3; ++i)
                out.color.at<cv::Vec3b>(y, x)[i] = static_cast<std::uint8_t>(sum[i] / weight);
            out.cover.at<std::uint8_t>(y, x) = static_cast<std::uint8_t>(weight / (factor * factor));
            out.owner.at<std::uint8_t>(y, x) =
                sheet.owner.at<std::uint8_t>(y * factor + factor / 2, x * factor + factor / 2);
        }
    return out;
}

cv::Rect2f extent_of(const Skeleton& k) {
    float x0 = 0, x1 = 0, y0 = 0, y1 = 0;
    const auto add = [&](cv::Point2f p) {
        x0 = std::min(x0, p.x);
        x1 = std::max(x1, p.x);
        y0 = std::min(y0, p.y);
        y1 = std::max(y1, p.y);
    };
    for (const auto& j : k.joint) add(j.at);
    return {x0, y0, x1 - x0, y1 - y0};
}

bool holds_long(const Dress& dress) {
    for (const Held held : dress.held)
        if (held == Held::spear || held == Held::flag || held == Held::staff || held == Held::umbrella ||
            held == Held::tool || held == Held::sword || held == Held::gun || held == Held::bow)
            return true;
    return false;
}

/// Where there is no ink the ground shows through; pale washes stay paler.
void let_ground_through(Sheet& sheet, const Look& look) {
    const Color range = look.ink - look.paper;
    const float most = std::max(30.0F, std::abs(range[0]) + std::abs(range[1]) + std::abs(range[2]));
    for (int y = 0; y < sheet.color.rows; ++y)
        for (int x = 0; x < sheet.color.cols; ++x) {
            auto& cover = sheet.cover.at<std::uint8_t>(y, x);
            if (cover == 0) continue;
            const auto& c = sheet.color.at<cv::Vec3b>(y, x);
            float distance = 0;
            for (int i = 0; i < 3; ++i) distance += std::abs(static_cast<float>(c[i]) - look.paper[i]);
            const float inked = std::min(1.0F, 1.3F * distance / most);
            cover = cv::saturate_cast<std::uint8_t>(static_cast<float>(cover) *
                                                    (1 - look.see_through * (1 - inked)));
        }
}

/// Displaces the whole drawing smoothly, so that nothing stays as regular as it was constructed.
void warp(Person& person, const PersonPlan& plan, Random& r) {
    const float reach = plan.look.warp * plan.height;
    const cv::Size size = person.sheet.size();
    const float cells = 5 * static_cast<float>(std::max(size.width, size.height)) / plan.height;
    const cv::Mat dx = fractal_noise(size, cells, 2, 0.5F, r), dy = fractal_noise(size, cells, 2, 0.5F, r);
    const float stretch = 1 + r.bell(0.06F), shear = r.bell(0.06F), c = std::cos(plan.tilt),
                s = std::sin(plan.tilt);
    const cv::Point2f g = person.ground;
    // From the new sheet to the old: turn, shear, stretch about the ground, then wander.
    const auto source = [&](float x, float y) {
        const float u = x - g.x, v = y - g.y;
        return cv::Point2f(g.x + ((u * c + v * s) + shear * v) / stretch, g.y - u * s + v * c);
    };
    cv::Mat map(size, CV_32FC2);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            map.at<cv::Point2f>(y, x) = source(static_cast<float>(x), static_cast<float>(y)) +
                                        cv::Point2f(dx.at<float>(y, x), dy.at<float>(y, x)) * reach;
    Sheet out = Sheet::transparent(size);
    cv::remap(person.sheet.color, out.color, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    cv::remap(person.sheet.cover, out.cover, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    cv::remap(person.sheet.owner, out.owner, map, cv::noArray(), cv::INTER_NEAREST, cv::BORDER_CONSTANT,
              nobody);
    person.sheet = out;
    for (auto& j : person.joint) {
        const float u = (j.x - g.x) * stretch, v = j.y - g.y, a = u - shear * v;
        j = {g.x + a * c - v * s, g.y + a * s + v * c};
        const int x = std::clamp(cvRound(j.x), 0, size.width - 1),
                  y = std::clamp(cvRound(j.y), 0, size.height - 1);
        j -= cv::Point2f(dx.at<float>(y, x), dy.at<float>(y, x)) * reach;
    }
}

/// A rim of paper around all that is drawn, as around a cut-out.
void add_halo(Sheet& sheet, const Look& look, float height) {
    const int reach = std::max(1, cvRound(height * 0.018F));
    cv::Mat rim;
    cv::dilate(sheet.cover, rim,
               cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    for (int y = 0; y < rim.rows; ++y)
        for (int x = 0; x < rim.cols; ++x) {
            auto& cover = sheet.cover.at<std::uint8_t>(y, x);
            const int below = rim.at<std::uint8_t>(y, x);
            if (below <= cover) continue;
            auto& color = sheet.color.at<cv::Vec3b>(y, x);
            for (int i = 0; i < 3; ++i)
                color[i] = cv::saturate_cast<std::uint8_t>(
                    (color[i] * cover + static_cast<int>(look.paper[i]) * (below - cover)) / below);
            cover = static_cast<std::uint8_t>(below);
        }
}

void mirror(Person& person) {
    for (auto* m : {&person.sheet.color, &person.sheet.cover, &person.sheet.owner}) {
        cv::Mat flipped;
        cv::flip(*m, flipped, 1);
        *m = flipped;
    }
    const auto w = static_cast<float>(person.sheet.size().width);
    for (auto& j : person.joint) j.x = w - 1 - j.x;
    person.ground.x = w - 1 - person.ground.x;
    // A mirrored right hand is a left hand.
    constexpr std::array<std::uint8_t, 6> swapped{torso, head, left_arm, left_leg, right_leg, right_arm};
    person.sheet.owner.forEach<std::uint8_t>([&](std::uint8_t& o, const int*) {
        if (o < 6) o = swapped[o];
    });
    for (const auto& [a, b] : {std::pair{0, 5}, {1, 4}, {2, 3}, {10, 15}, {11, 14}, {12, 13}})
        std::swap(person.joint[static_cast<std::size_t>(a)], person.joint[static_cast<std::size_t>(b)]);
}

}  // namespace

Person draw_person(const PersonPlan& plan, Random random) {
    const Skeleton skeleton = look_at(plan.build, plan.pose, plan.azimuth, plan.elevation);
    const int factor = plan.height < 70 ? 3 : plan.height < 220 ? 2 : 1;
    const float scale = plan.height * static_cast<float>(factor);
    const cv::Rect2f extent = extent_of(skeleton);
    const bool mounted = plan.seat == Seat::animal;
    const float side = mounted ? 1.2F : holds_long(plan.dress) ? 0.65F : 0.3F;
    const float above = holds_long(plan.dress) ? 0.75F : 0.32F, below = mounted ? 1.1F : 0.12F;
    const auto whole = [&](float v) { return (static_cast<int>(v * scale) / factor + 1) * factor; };
    Sheet sheet = Sheet::transparent({whole(extent.width + 2 * side), whole(extent.height + above + below)});
    const cv::Point2f origin((side - extent.x) * scale, (above - extent.y) * scale);
    Painter(sheet, plan, skeleton, origin, scale, static_cast<float>(factor), random).draw();
    Person person;
    const float f = 1.0F / static_cast<float>(factor);
    person.sheet = shrunk(sheet, factor);
    person.ground = origin * f;
    for (std::size_t i = 0; i < 16; ++i) person.joint[i] = (origin + skeleton.joint[i].at * scale) * f;
    if (plan.look.warp > 0 || plan.tilt != 0) warp(person, plan, random);
    if (plan.look.see_through > 0) let_ground_through(person.sheet, plan.look);
    if (plan.look.halo && plan.look.see_through <= 0) add_halo(person.sheet, plan.look, plan.height);
    if (plan.mirrored) mirror(person);
    return person;
}

}  // namespace figurant::synthesis
