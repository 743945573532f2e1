#include "synthesis/style.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace figurant::synthesis {
namespace {

Color random_color(Random& r, float saturation, float brightness) {
    const float h = r.real(0, 6), s = saturation * r.real(0.6F, 1.3F),
                v = std::min(1.0F, brightness * r.real(0.85F, 1.15F));
    const float c = std::min(1.0F, s) * v, x = c * (1 - std::abs(std::fmod(h, 2.0F) - 1)), m = v - c;
    const Color base[6] = {{c, x, 0}, {x, c, 0}, {0, c, x}, {0, x, c}, {x, 0, c}, {c, 0, x}};
    const Color& k = base[static_cast<int>(h) % 6];
    return {(k[0] + m) * 255, (k[1] + m) * 255, (k[2] + m) * 255};
}

Color jittered(Color c, float amount, Random& r) {
    for (int i = 0; i < 3; ++i) c[i] = std::clamp(c[i] + r.bell(amount), 0.0F, 255.0F);
    return c;
}

/// 256 x 256, without a seam where it is laid side by side: the first columns and rows pass over from what
/// lies beyond the last ones.
cv::Mat seamless_noise(float cells, Random& r) {
    constexpr int side = 256, seam = 64;
    const cv::Mat wide = fractal_noise({side + seam, side + seam}, cells, 4, 0.6F, r);
    const auto pass_over = [&](const cv::Mat& from, cv::Mat& to) {  // along columns
        for (int y = 0; y < to.rows; ++y)
            for (int x = 0; x < seam; ++x) {
                const float t = static_cast<float>(x) / seam, u = 1 - t;
                to.at<float>(y, x) =
                    (t * from.at<float>(y, x) + u * from.at<float>(y, x + side)) / std::sqrt(t * t + u * u);
            }
    };
    cv::Mat across = wide.colRange(0, side).clone();
    pass_over(wide, across);
    const cv::Mat turned = across.t();
    cv::Mat both = turned.colRange(0, side).clone();
    pass_over(turned, both);
    return cv::max(cv::min(cv::Mat(both.t()), 1.0), -1.0);
}

void set_colors(MapStyle& s, Random& r, float land_saturation, float land_brightness,
                float accent_saturation) {
    const int lands = r.whole(1, 7);
    // Most map makers keep to a few mild tints; some take any colour.
    const bool mild = r.chance(0.7F);
    for (int i = 0; i < lands; ++i) {
        const Color tint = r.pick<Color>({{238, 225, 180},
                                          {214, 222, 176},
                                          {240, 208, 190},
                                          {245, 232, 160},
                                          {226, 200, 160},
                                          {190, 208, 170},
                                          {222, 216, 205},
                                          {236, 190, 150},
                                          {200, 214, 205}});
        s.land.push_back(mild ? jittered(tint * (land_brightness / 0.9F), 10, r)
                              : random_color(r, land_saturation, land_brightness));
    }
    for (int i = 0; i < 6; ++i) s.accents.push_back(random_color(r, accent_saturation, r.real(0.4F, 0.9F)));
}

}  // namespace

const std::vector<std::string>& manner_names() {
    static const std::vector<std::string> names{"any",      "old_engraving", "plain_print",
                                                "poster",   "modern_flat",   "painted",
                                                "few_inks", "dark",          "aerial"};
    return names;
}

std::optional<Manner> manner_of(const std::string& name) {
    const auto& names = manner_names();
    const auto found = std::find(names.begin() + 1, names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Manner>(found - names.begin() - 1);
}

MapStyle MapStyle::random(Random& r, std::optional<Manner> manner) {
    MapStyle s;
    const auto any = static_cast<Manner>(r.weighted({3.3F, 2, 3, 2, 2.5F, 1.3F, 0.5F, 1.5F}));
    s.manner = manner.value_or(any);
    switch (s.manner) {
        case Manner::old_engraving:
            s.paper = jittered({236, 222, 190}, 10, r);
            s.ink = jittered({58, 42, 30}, 10, r);
            set_colors(s, r, 0.3F, 0.88F, 0.45F);
            for (auto& c : s.land) c = mixed(c, s.paper, r.real(0.3F, 0.8F));
            s.sea = mixed(s.paper, jittered({170, 195, 190}, 15, r), r.real(0, 0.8F));
            s.color_strength = r.pick({0.0F, 0.0F, 0.45F, 0.7F, 0.9F});
            break;
        case Manner::plain_print:
            s.paper = jittered(r.pick<Color>({{250, 250, 248}, {235, 230, 220}, {225, 215, 195}}), 5, r);
            s.ink = jittered({30, 28, 28}, 12, r);
            s.land.assign(static_cast<std::size_t>(r.whole(1, 3)), s.paper);
            s.accents.assign(6, s.ink);
            s.sea = r.chance(0.6F) ? s.paper : s.paper * 0.9F;
            s.color_strength = r.pick({0.0F, 0.0F, 0.15F});
            break;
        case Manner::poster:
            s.paper = jittered(r.pick<Color>({{245, 238, 215}, {252, 250, 240}, {240, 225, 180}}), 6, r);
            s.ink = jittered(r.pick<Color>({{25, 25, 30}, {40, 30, 60}, {70, 30, 20}}), 8, r);
            set_colors(s, r, 0.5F, 0.92F, 0.85F);
            s.sea = random_color(r, 0.4F, 0.85F);
            if (r.chance(0.7F)) s.sea = jittered({130, 190, 205}, 28, r);
            break;
        case Manner::modern_flat:
            s.paper = jittered(r.pick<Color>({{250, 250, 250}, {238, 240, 235}, {252, 245, 235}}), 5, r);
            s.ink = jittered({50, 55, 70}, 15, r);
            set_colors(s, r, 0.3F, 0.94F, 0.65F);
            s.sea = jittered({165, 210, 230}, 25, r);
            break;
        case Manner::painted:
            s.paper = jittered({225, 212, 180}, 14, r);
            s.ink = jittered({50, 38, 35}, 12, r);
            set_colors(s, r, 0.4F, r.real(0.5F, 0.85F), 0.6F);
            s.sea = jittered(r.pick<Color>({{90, 135, 150}, {60, 95, 120}, {150, 180, 175}, {120, 140, 120}}),
                             15, r);
            break;
        case Manner::few_inks: {
            s.paper = jittered(r.pick<Color>({{245, 240, 225}, {230, 220, 195}, {250, 250, 250}}), 6, r);
            s.ink = jittered(r.pick<Color>({{30, 30, 30}, {25, 45, 90}, {95, 35, 25}, {30, 70, 50}}), 8, r);
            const Color second = random_color(r, 0.6F, 0.75F);
            s.land = {mixed(s.paper, second, r.real(0, 0.5F)), s.paper};
            s.accents = {second, s.ink, s.paper, second, s.ink, second};
            s.sea = r.chance(0.5F) ? mixed(s.paper, second, r.real(0.4F, 1)) : s.paper;
            break;
        }
        case Manner::dark:
            s.paper = jittered(r.pick<Color>({{35, 45, 70}, {30, 30, 32}, {60, 35, 30}, {25, 55, 50}}), 8, r);
            s.ink = jittered({225, 215, 190}, 15, r);
            set_colors(s, r, 0.5F, 0.35F, 0.6F);
            s.sea = s.paper * 0.75F;
            s.color_strength = r.real(0.2F, 1);
            break;
        default:
            s.paper = jittered({205, 210, 170}, 14, r);
            s.ink = jittered({50, 45, 35}, 10, r);
            for (int i = 0; i < 7; ++i)
                s.land.push_back(jittered(r.pick<Color>({{170, 190, 120},
                                                         {205, 200, 130},
                                                         {140, 170, 110},
                                                         {190, 165, 115},
                                                         {220, 205, 160}}),
                                          14, r));
            for (int i = 0; i < 6; ++i) s.accents.push_back(random_color(r, 0.7F, 0.75F));
            s.sea = jittered({110, 160, 185}, 20, r);
            break;
    }
    s.noise = seamless_noise(r.real(6, 20), r);
    return s;
}

namespace {

void fill_common(Look& look, const MapStyle& s, Random& r) {
    look.ink = s.ink;
    look.paper = s.paper;
    look.noise = &s.noise;
    look.color_strength = s.color_strength;
    look.line = r.real(0.004F, 0.014F);
    look.wobble = r.chance(0.6F) ? r.real(0.001F, 0.006F) : 0.0F;
    look.hatch_angle = r.pick({0.0F, 0.5F, 0.8F, 1.2F, 1.57F, 2.3F});
    look.hatch_spacing = r.real(3, 6);
    look.cross_hatch = r.chance(0.4F);
    look.light = r.pick({2.3F, 0.8F, 2.8F});
}

}  // namespace

Look MapStyle::ornament_look(Random& r) const {
    Look look;
    fill_common(look, *this, r);
    using enum Rendering;
    switch (manner) {
        case Manner::old_engraving:
            look.rendering =
                r.pick({engraved, engraved, engraved, outlined, flat_outlined, stippled, sketched});
            break;
        case Manner::plain_print:
            look.rendering = r.pick({engraved, engraved, outlined, outlined, stippled, sketched, woodcut});
            break;
        case Manner::poster:
            look.rendering = r.pick({flat_outlined, flat_outlined, flat, shaded});
            break;
        case Manner::modern_flat:
            look.rendering = r.pick({flat, flat, flat_outlined});
            break;
        case Manner::painted:
            look.rendering = r.pick({painted, painted, shaded});
            break;
        case Manner::few_inks:
            look.rendering = r.pick({flat, flat_outlined, engraved, silhouette, woodcut, outlined});
            break;
        case Manner::dark:
            look.rendering = r.pick({flat_outlined, outlined, silhouette});
            break;
        default:
            look.rendering = r.pick({flat_outlined, shaded, painted});
            break;
    }
    if (look.rendering == outlined) look.wash = r.pick({0.0F, 0.5F, 1.0F});
    return look;
}

Look MapStyle::figure_look(Random& r) const {
    Look look = ornament_look(r);
    // Figures cut from elsewhere: the manners of figures and of maps meet in every combination.
    if (r.chance(0.4F)) {
        look.rendering =
            static_cast<Rendering>(r.weighted({1.5F, 1, 2, 1.5F, 1.5F, 1.7F, 0.7F, 0.4F, 0.7F, 0.8F, 0.5F}));
        look.color_strength = r.pick({0.0F, 0.6F, 1.0F, 1.0F});
    }
    look.wash = 1;
    using enum Rendering;
    const Rendering kind = look.rendering;
    // Without ink, colour alone must tell a figure from the ground.
    if (kind == flat || kind == painted || kind == shaded)
        look.color_strength = std::max(look.color_strength, r.real(0.5F, 1));
    if (kind == outlined || kind == sketched)
        look.see_through = r.pick({0.0F, 0.0F, 0.5F, 0.9F, 1.0F});
    else if ((kind == engraved || kind == stippled || kind == flat_outlined) && r.chance(0.15F))
        look.see_through = r.real(0.2F, 0.8F);
    if (look.see_through > 0.4F) look.line = std::max(look.line, 0.008F);
    if (manner == Manner::painted && r.chance(0.4F)) look.wash = r.real(0.75F, 1);
    look.warp = r.chance(0.6F) ? r.real(0.004F, 0.022F) : 0.0F;
    look.contour = kind == flat_outlined && r.chance(0.3F);
    look.relief = r.chance(0.2F) ? r.real(0.3F, 1) : 0.0F;
    look.scribble = r.chance(0.15F) ? r.real(0.2F, 1) : 0.0F;
    look.halo = r.chance(0.07F);
    return look;
}

}  // namespace figurant::synthesis
