#include "synthesis/lettering.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <set>
#include <string>

namespace figurant::synthesis {
namespace {

using Point = cv::Point2f;

std::string random_word(Random& r) {
    static constexpr const char* onsets[] = {"b", "c", "d", "f",  "g",  "l",  "m",  "n", "p", "r",
                                             "s", "t", "v", "st", "br", "tr", "ch", "w", "k"};
    static constexpr const char* vowels[] = {"a", "e", "i", "o", "u", "ae", "ia", "ou"};
    std::string word;
    for (int i = r.whole(1, 4); i > 0; --i) {
        word += onsets[r.whole(0, 18)];
        word += vowels[r.whole(0, 7)];
    }
    if (r.chance(0.5F)) word += r.pick({"n", "s", "r", "m", "x", "burg", "land"});
    if (r.chance(0.4F))
        for (auto& c : word) c = static_cast<char>(c - 'a' + 'A');
    else
        word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return word;
}

/// How a line of text runs: turned by `angle`; its ends sunk by `bend` of half its length; half-way from its
/// middle one side sunk and the other lifted by about 0.4 of `wave` of that.
struct Run {
    float angle = 0, bend = 0, wave = 0;
};

/// `straight`, in whose middle a text of `length` pixels lies, as it runs; in the middle of a mask of that
/// size.
cv::Mat bent(const cv::Mat& straight, int length, const Run& run, cv::Size size) {
    cv::Mat map(size, CV_32FC2), out;
    const Point from(static_cast<float>(straight.cols) / 2, static_cast<float>(straight.rows) / 2);
    const Point c(static_cast<float>(size.width) / 2, static_cast<float>(size.height) / 2);
    const float ca = std::cos(run.angle), sa = std::sin(run.angle), half = static_cast<float>(length) / 2 + 1;
    for (int y = 0; y < map.rows; ++y)
        for (int x = 0; x < map.cols; ++x) {
            const Point d(static_cast<float>(x) - c.x, static_cast<float>(y) - c.y);
            const float u = d.x * ca + d.y * sa, v = -d.x * sa + d.y * ca, along = u / half;
            const float sunk = run.bend * half * along * along;
            const float waved = run.wave * half * along * (1 - along * along);
            map.at<Point>(y, x) = {from.x + u, from.y + v - sunk - waved};
        }
    cv::remap(straight, out, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    return out;
}

/// Ink as it runs, on a mask that just holds it.
cv::Mat bent(const cv::Mat& ink, const Run& run) {
    const float half = static_cast<float>(ink.cols) / 2 + 1;
    const float aside =
        static_cast<float>(ink.rows) / 2 + 1 + (std::abs(run.bend) + 0.4F * std::abs(run.wave)) * half;
    const float ca = std::abs(std::cos(run.angle)), sa = std::abs(std::sin(run.angle));
    const auto side = [](float reach) { return 2 * static_cast<int>(std::ceil(reach)) + 2; };
    return bent(ink, ink.cols, run, {side(half * ca + aside * sa), side(half * sa + aside * ca)});
}

/// A word in OpenCV's own letters as ink on its own small mask.
cv::Mat word_mask(const std::string& word, float size, float angle, float bend, int font, int thickness) {
    const double scale = size / 22.0;
    int base = 0;
    const cv::Size extent = cv::getTextSize(word, font, scale, thickness, &base);
    const int margin =
        8 + static_cast<int>(std::abs(bend) * static_cast<float>(extent.width)) + extent.width / 2;
    cv::Mat straight(extent.height + 2 * margin, extent.width + 2 * margin, CV_8UC1, cv::Scalar(0));
    cv::putText(straight, word, {margin, margin + extent.height - base}, font, scale, 255, thickness,
                cv::LINE_AA);
    return bent(straight, extent.width, {angle, bend}, straight.size());
}

constexpr float em_of_capital = 1.4F;  ///< a font's em by the height of its capitals, about

/// A name in the hand's letters, or now and then in others that its typeface has, as ink on its own small
/// mask.
cv::Mat name_mask(const Hand& hand, float size, Random& r) {
    const Typeface& typeface = *r.pick(hand.typefaces);
    const Alphabet alphabet = r.chance(0.1F) ? r.pick(typeface.alphabets()) : hand.alphabet;
    const float spacing = r.chance(0.3F) ? r.real(0, 0.6F) : 0;
    const cv::Mat ink = typeface.write(random_name(alphabet, r), size * em_of_capital, spacing);
    Run run;
    if (r.chance(0.5F)) run.angle = r.bell(0.4F);
    if (r.chance(0.4F)) run.bend = r.bell(0.25F);
    if (r.chance(0.25F)) run.wave = r.bell(0.4F);
    return ink.empty() ? ink : bent(ink, run);
}

void draw_word(Sheet& sheet, const MapStyle& s, const Hand& hand, Random& r) {
    static constexpr int fonts[] = {cv::FONT_HERSHEY_COMPLEX,        cv::FONT_HERSHEY_TRIPLEX,
                                    cv::FONT_HERSHEY_SIMPLEX,        cv::FONT_HERSHEY_DUPLEX,
                                    cv::FONT_HERSHEY_SCRIPT_SIMPLEX, cv::FONT_HERSHEY_SCRIPT_COMPLEX};
    const float size = 10 * std::pow(2.0F, r.real(0, r.chance(0.15F) ? 2.8F : 1.4F));
    const cv::Mat mask = hand.typefaces.empty()
                             ? word_mask(random_word(r), size, r.chance(0.5F) ? 0.0F : r.bell(0.4F),
                                         r.chance(0.4F) ? r.bell(0.25F) : 0.0F, fonts[r.whole(0, 5)],
                                         size > 24 ? r.whole(1, 3) : 1)
                             : name_mask(hand, size, r);
    if (mask.empty()) return;
    const cv::Point corner(r.whole(-mask.cols / 2, sheet.size().width - mask.cols / 2),
                           r.whole(-mask.rows / 2, sheet.size().height - mask.rows / 2));
    stamp(sheet, mask, corner, r.chance(0.7F) ? s.ink : r.pick(s.accents), r.real(0.7F, 1));
}

/// A line of at least `length` pixels, about, in letters of that height.
cv::Mat line_mask(const Hand& hand, float size, float length, Random& r) {
    if (!hand.typefaces.empty()) {
        std::u32string text = random_name(hand.alphabet, r);
        while (static_cast<float>(text.size()) * size * 0.8F < length)
            text += U' ' + random_name(hand.alphabet, r);
        return hand.typefaces.front()->write(text, size * em_of_capital);
    }
    std::string text = random_word(r);
    while (static_cast<float>(text.size()) * size * 0.8F < length) text += " " + random_word(r);
    const double scale = std::clamp(size / 22.0F, 0.25F, 1.5F);
    const cv::Size extent = cv::getTextSize(text, cv::FONT_HERSHEY_COMPLEX, scale, 1, nullptr);
    cv::Mat mask(extent.height * 2 + 4, extent.width + 4, CV_8UC1, cv::Scalar(0));
    cv::putText(mask, text, {2, extent.height + 2}, cv::FONT_HERSHEY_COMPLEX, scale, 255, 1, cv::LINE_AA);
    return mask;
}

void draw_cartouche(Sheet& sheet, const MapStyle& s, const Hand& hand, Random& r) {
    const float w = r.real(120, 330), h = w * r.real(0.3F, 0.8F);
    const Point at(r.real(0, static_cast<float>(sheet.size().width) - w),
                   r.real(0, static_cast<float>(sheet.size().height) - h));
    Paint p;
    p.color = mixed(s.paper, {255, 250, 235}, 0.3F);
    p.noise = &s.noise;
    Polygon outline = rectangle(at.x, at.y, w, h);
    switch (r.whole(0, 3)) {
        case 0:
            outline = ellipse(at + Point(w / 2, h / 2), w / 2, h / 2, 0, 40);
            break;
        case 1:
            outline =
                smooth({at, at + Point(w * 0.5F, h * 0.08F), at + Point(w, 0),
                        at + Point(w * 0.94F, h * 0.5F), at + Point(w, h), at + Point(w * 0.5F, h * 0.92F),
                        at + Point(0, h), at + Point(w * 0.06F, h * 0.5F)},
                       true, 6);
            break;
        default:
            break;
    }
    paint(sheet, outline, p, {s.ink, r.real(1, 4)});
    const int lines = r.whole(1, 6);
    for (int i = 0; i < lines; ++i) {
        const float size = h / (static_cast<float>(lines) + 2) * 0.6F;
        const cv::Mat mask = line_mask(hand, size, w * 0.5F, r);
        if (mask.empty()) continue;
        stamp(sheet, mask,
              {static_cast<int>(at.x + w / 2) - (mask.cols - 4) / 2,
               static_cast<int>(
                   at.y + h * (0.15F + 0.7F * (static_cast<float>(i) + 0.3F) / static_cast<float>(lines)))},
              s.ink, 0.9F);
    }
}

void draw_frame(Sheet& sheet, const MapStyle& s, Random& r) {
    const auto w = static_cast<float>(sheet.size().width), h = static_cast<float>(sheet.size().height);
    const float m = r.real(6, 40), t = r.real(4, 14);
    Paint paper;
    paper.color = s.paper;
    for (const auto& side :
         {rectangle(0, 0, w, m), rectangle(0, h - m, w, m), rectangle(0, 0, m, h), rectangle(w - m, 0, m, h)})
        if (r.chance(0.9F)) paint(sheet, side, paper, {});
    const auto outline = [&](float inset, float width) {
        line(sheet,
             {{inset, inset}, {w - inset, inset}, {w - inset, h - inset}, {inset, h - inset}, {inset, inset}},
             {s.ink, width});
    };
    outline(m, r.real(1, 3));
    if (r.chance(0.6F)) outline(std::max(2.0F, m - t), r.real(1, 3));
    if (r.chance(0.5F)) {  // the black and white scale of degrees
        Paint black;
        black.color = s.ink;
        const float step = r.real(20, 60);
        for (float x = m; x < w - m; x += 2 * step)
            for (const float y : {m - t, h - m}) paint(sheet, rectangle(x, y, step, t), black, {});
        for (float y = m; y < h - m; y += 2 * step)
            for (const float x : {m - t, w - m}) paint(sheet, rectangle(x, y, t, step), black, {});
    }
}

void draw_lines(Sheet& sheet, const MapStyle& s, Random& r) {
    const auto w = static_cast<float>(sheet.size().width), h = static_cast<float>(sheet.size().height);
    const Stroke thin{r.chance(0.6F) ? s.ink : r.pick(s.accents), r.real(0.2F, 0.7F)};
    if (r.chance(0.5F)) {
        const float step = r.real(60, 250), bend = r.bell(40);
        for (float x = r.real(0, step); x < w; x += step)
            line(sheet, smooth({{x, 0}, {x + bend, h / 2}, {x, h}}, false, 12), thin);
        for (float y = r.real(0, step); y < h; y += step)
            line(sheet, smooth({{0, y}, {w / 2, y + bend}, {w, y}}, false, 12), thin);
    } else {  // rhumb lines
        const Point c(r.real(0, w), r.real(0, h));
        const int n = r.pick({8, 16, 32});
        for (int i = 0; i < n; ++i)
            line(sheet, {c, c + along(6.2831853F * static_cast<float>(i) / static_cast<float>(n), w + h)},
                 thin);
    }
}

}  // namespace

Hand choose_hand(const Typefaces& typefaces, Random r) {
    std::set<Alphabet> known;
    for (const auto& each : typefaces) known.insert(each->alphabets().begin(), each->alphabets().end());
    Hand hand;
    if (known.empty()) return hand;
    const bool latin = known.erase(Alphabet::latin) > 0;
    const std::vector<Alphabet> others(known.begin(), known.end());
    hand.alphabet = others.empty() || (latin && r.chance(0.5F)) ? Alphabet::latin : r.pick(others);
    Typefaces able;
    for (const auto& each : typefaces)
        if (std::count(each->alphabets().begin(), each->alphabets().end(), hand.alphabet) > 0)
            able.push_back(each);
    for (int i = r.whole(1, 3); i > 0; --i) hand.typefaces.push_back(r.pick(able));
    return hand;
}

void draw_lettering(Sheet& sheet, const MapStyle& s, float clutter, const Hand& hand, Random r) {
    if (r.chance(0.35F)) draw_lines(sheet, s, r);
    const float room = std::sqrt(static_cast<float>(sheet.size().area()) / (1024 * 768));
    const int words = static_cast<int>(clutter * room * r.real(0, 40));
    for (int i = 0; i < words; ++i) draw_word(sheet, s, hand, r);
}

float draw_panel(Sheet& sheet, const MapStyle& s, const cv::Rect2f& area, bool oval, Random r) {
    const cv::Point2f middle(area.x + area.width / 2, area.y + area.height / 2);
    const Polygon outline = oval ? ellipse(middle, area.width / 2, area.height / 2, 0, 48)
                                 : rectangle(area.x, area.y, area.width, area.height);
    Paint sky;
    sky.color = mixed(s.paper, r.pick(s.accents), r.real(0, 0.5F));
    sky.noise = &s.noise;
    sky.mottle = r.chance(0.4F) ? 0.3F : 0.0F;
    sky.shade = r.chance(0.3F) ? 0.3F : 0.0F;
    paint(sheet, outline, sky, {});
    const float ground = area.y + area.height * r.real(0.82F, 0.93F);
    if (r.chance(0.7F)) {
        Polygon soil;
        for (const auto& p : oval ? outline
                                  : Polygon{{area.x, ground},
                                            {area.x + area.width, ground},
                                            {area.x + area.width, area.y + area.height},
                                            {area.x, area.y + area.height}})
            if (p.y >= ground - 3) soil.push_back(p);
        Paint earth = sky;
        earth.color = mixed(s.paper, r.pick(s.land) * 0.85F, 0.8F);
        earth.hatch = r.chance(0.4F) ? 0.6F : 0.0F;
        earth.ink = s.ink;
        earth.hatch_angle = 1.57F;
        if (soil.size() > 2) paint(sheet, convex_hull(soil), earth, {s.ink, 0.8F});
    }
    const Stroke rim{r.chance(0.7F) ? s.ink : r.pick(s.accents), r.real(1, 4)};
    paint(sheet, outline, {.opacity = 0}, rim);
    return ground + area.height * 0.03F;
}

void draw_underlay(Sheet& sheet, const MapStyle& s, float clutter, const Hand& hand, Random r) {
    if (r.chance(0.4F)) draw_frame(sheet, s, r);
    for (int i = static_cast<int>(clutter * r.real(0, 2.6F)); i > 0; --i) draw_cartouche(sheet, s, hand, r);
}

}  // namespace figurant::synthesis
