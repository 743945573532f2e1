#pragma once
// Drawing with ink and paint: polygons filled flat, shaded, hatched or patterned, on opaque or transparent
// sheets.

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "synthesis/random.h"

namespace figurant::synthesis {

using Color = cv::Vec3f;  ///< RGB, 0 to 255
using Polygon = std::vector<cv::Point2f>;

/// What a pixel of a figure's sheet belongs to.
enum Owner : std::uint8_t {
    torso = 0,
    head,
    right_arm,
    right_leg,
    left_leg,
    left_arm,
    carried = 6,
    unparted = 7,  ///< a figure whose parts nobody knows
    nobody = 255
};

/// Where is drawn. All matrices have the same size; `cover` and `owner` are empty on an opaque sheet.
struct Sheet {
    cv::Mat color;  ///< CV_8UC3, RGB
    cv::Mat cover;  ///< CV_8UC1, opacity
    cv::Mat owner;  ///< CV_8UC1, an Owner

    static Sheet opaque(cv::Mat color) { return {std::move(color), {}, {}}; }
    static Sheet transparent(cv::Size size);
    cv::Size size() const { return color.size(); }
};

enum class Pattern { plain, stripes, bands, dots, checks, folds, diamonds };

/// How an area is filled.
struct Paint {
    Color color{200, 200, 200};
    float opacity = 1;
    float shade = 0;           ///< 0 flat to 1: darkens away from the light
    float hatch = 0;           ///< 0 none to 1: engraved lines, denser in the shade
    float hatch_angle = 0.7F;  ///< radians
    float hatch_spacing = 5;   ///< pixels
    bool cross_hatch = false;
    bool stipple = false;  ///< dots instead of hatched lines
    Color ink{40, 30, 25};
    Pattern pattern = Pattern::plain;
    Color pattern_color{90, 60, 60};
    float pattern_size = 8;          ///< pixels
    float mottle = 0;                ///< 0 to 1: uneven, as watercolour or worn print
    float light = 2.3F;              ///< direction to the light on the sheet, radians (y down)
    const cv::Mat* noise = nullptr;  ///< CV_32FC1, 256x256, -1 to 1; needed where mottle > 0
};

struct Stroke {
    Color color{40, 30, 25};
    float width = 0;        ///< pixels; 0: none, below 1: fainter
    bool sketched = false;  ///< drawn over more than once, never quite the same
};

/// Fills the union of the polygons and draws its outline. Polygons may reach past the sheet.
void paint(Sheet& sheet, const std::vector<Polygon>& polygons, const Paint& fill, const Stroke& stroke,
           Owner owner = nobody);
void paint(Sheet& sheet, const Polygon& polygon, const Paint& fill, const Stroke& stroke,
           Owner owner = nobody);
/// An open line.
void line(Sheet& sheet, const Polygon& points, const Stroke& stroke, Owner owner = nobody);
/// Blends `color` where `mask` (CV_8UC1) lies, with its top left corner at `corner`; may reach past the
/// sheet.
void stamp(Sheet& sheet, const cv::Mat& mask, cv::Point corner, const Color& color, float opacity);

// Shapes.
Polygon ellipse(cv::Point2f center, float a, float b, float angle = 0, int corners = 0);
Polygon convex_hull(Polygon points);
/// The hull of two circles: a limb.
Polygon capsule(cv::Point2f from, float from_radius, cv::Point2f to, float to_radius);
/// A limb with flesh on it: as wide as given at both ends and a third of the way along.
Polygon bulged(cv::Point2f from, float from_radius, float bulge, cv::Point2f to, float to_radius);
Polygon rectangle(float x, float y, float width, float height);
/// A smooth closed or open curve through the points (Catmull-Rom).
Polygon smooth(const Polygon& points, bool closed, int steps = 6);
/// As drawn by an unsteady hand: densified and displaced by up to `amount` pixels.
Polygon wobbled(const Polygon& points, float amount, bool closed, Random& random);

/// The share of ink (0 to 1) of engraved lines, or of dots, at a pixel whose tone (0 light, 1 dark) is known.
float hatch_share(const Paint& fill, float x, float y, float tone, float angle);
float stipple_share(const Paint& fill, float x, float y, float tone);

/// fBm of value noise in -1..1, CV_32FC1; `cells` of the coarsest grid along the longer side.
cv::Mat fractal_noise(cv::Size size, float cells, int octaves, float roughness, Random& random);

Color mixed(const Color& a, const Color& b, float share_of_b);
inline cv::Point2f along(float angle, float length) {
    return {std::cos(angle) * length, std::sin(angle) * length};
}
inline float length(cv::Point2f v) { return std::sqrt(v.x * v.x + v.y * v.y); }

}  // namespace figurant::synthesis
