#pragma once
// Draws one figure, from the far side of its body to the near one. Inside the library only; see person.h.

#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

#include "synthesis/person.h"

namespace figurant::synthesis {

/// Draws on a sheet with `scale` pixels a figure height and `sheet_per_map` pixels for one of the map;
/// `origin` is the ground below the figure.
class Painter {
  public:
    Painter(Sheet& sheet, const PersonPlan& plan, const Skeleton& skeleton, cv::Point2f origin, float scale,
            float sheet_per_map, Random& random);
    /// Everything, back to front. `with_lines` false: fills only.
    void draw(bool with_lines);

  private:
    using Circles = std::initializer_list<std::pair<cv::Point2f, float>>;

    // What everything is drawn with (painter.cpp).
    cv::Point2f at(const Seen& s) const { return origin_ + s.at * scale_; }
    cv::Point2f at(Joint j) const { return at(k_.joint[j]); }
    float px(float heights) const { return heights * scale_; }
    Stroke stroke(float factor = 1) const;
    Paint fill(const Color& color) const { return paint_of(look_, color, per_map_); }
    Paint cloth(const Color& color, Pattern pattern) const;
    Polygon rough(const Polygon& polygon);
    void put(const Polygon& polygon, const Paint& fill, Owner owner, float line_factor = 1);
    void put(const std::vector<Polygon>& polygons, const Paint& fill, Owner owner);
    static Polygon hull_of(Circles circles);
    cv::Point2f waist() const { return at(middle_hip) * 0.62F + at(thorax) * 0.38F; }
    cv::Point2f knees() const { return (at(right_knee) + at(left_knee)) * 0.5F; }
    cv::Point2f ankles() const { return (at(right_ankle) + at(left_ankle)) * 0.5F; }
    bool seen_from_behind() const;
    bool detailed(float least) const;

    // The body (painter_body.cpp).
    bool arm_behind(int side) const;
    void ground_shadow();
    void legs(int far, int near);
    void leg(int side);
    Polygon shoe(std::size_t side) const;
    void arm(int side);
    void put_hand(cv::Point2f wrist, cv::Point2f hand, float width, Owner owner);
    void upper_body();
    void flesh();
    std::vector<Polygon> torso_outline();
    void plates(cv::Point2f from, cv::Point2f to, float half_width, Owner owner);

    // What it wears (painter_dress.cpp).
    bool long_skirt() const;
    void skirt();
    Polygon hem(cv::Point2f center, float half_width);
    void fold_lines(cv::Point2f hem_center, float half_width);
    void share_between_legs();
    void trimmings();
    void front_trimmings();
    void apron();
    void poncho();
    void coat();
    void cloak();
    void wings();
    void pack();

    // The head (painter_head.cpp); positions in half widths and half heights of the head.
    cv::Point2f on_head(float x, float y) const { return center_ + right_ * x + up_ * y; }
    Polygon on_head(std::initializer_list<cv::Point2f> points) const;
    std::pair<cv::Point2f, bool> on_face(float azimuth, float y) const;
    void head_and_hat();
    void plain_head();
    void hair_behind();
    void face();
    void eye(float side);
    void beard();
    void hat();

    // What it carries, sits on, stands behind (painter_things.cpp).
    void carry_near(Held held, cv::Point2f hand);
    void carry_long(Held held, cv::Point2f hand, int side);
    void carry_yoke();
    void seat();
    void mount();
    void prop();

    Sheet& sheet_;
    const PersonPlan& plan_;
    const Dress& dress_;
    const Look& look_;
    const Skeleton& k_;
    cv::Point2f origin_;
    float scale_, per_map_;
    Random& random_;
    float fat_ = 1;
    bool with_lines_ = true;
    cv::Point2f center_, up_, right_;  ///< of the head
    float tilt_ = 0, half_width_ = 0, half_height_ = 0;
};

/// Held close to the body, and so part of the figure's mask; other things are long and belong to the map.
bool held_close(Held held);

}  // namespace figurant::synthesis
