#include <algorithm>
#include <cmath>

#include "synthesis/painter.h"

namespace figurant::synthesis {
namespace {

/// A corner of a hat, in half widths and half heights of the head; `turn` moves it to where the face looks.
struct Knot {
    float x, y, turn = 0;
};

enum class Kind { straight, curved, oval, band };
enum class Part { crown, trim };

/// A piece of a hat. An oval is given by its centre and its half axes; a band is a line, its width the third
/// knot's x.
struct Piece {
    Kind kind;
    Part part;
    std::vector<Knot> knots;
};

using enum Kind;
using enum Part;

/// The pieces of each hat, from behind to the front.
const std::vector<Piece>& pieces_of(Hat hat) {
    static const std::vector<std::vector<Piece>> hats{
        {},  // none
        {{oval, crown, {{0, 0.5F}, {1.8F, 0.3F}}},
         {curved, crown, {{-0.85F, 0.5F}, {-0.7F, 1.25F}, {0, 1.4F}, {0.7F, 1.25F}, {0.85F, 0.5F}}},
         {band, trim, {{-0.85F, 0.6F}, {0.85F, 0.6F}, {0.14F, 0}}}},                  // brim
        {{straight, crown, {{-1.4F, 0.35F}, {0, 1.9F}, {1.4F, 0.35F}, {0, 0.15F}}}},  // cone
        {{curved,
          crown,
          {{-1, 0.3F}, {-0.9F, 1}, {0, 1.25F}, {0.9F, 1}, {1, 0.3F}, {0, 0.25F, 1.5F}}}},  // cap
        {{oval, crown, {{0, 0.72F}, {1.35F, 0.62F}}},
         {band, trim, {{-1.2F, 0.6F}, {0.2F, 1.1F}, {0.06F, 0}}},
         {band, trim, {{-0.6F, 0.4F}, {1, 1}, {0.06F, 0}}},
         {oval, trim, {{0, 0.85F, 0.8F}, {0.18F, 0.2F}}}},  // turban
        {{straight,
          crown,
          {{-0.9F, 0.5F},
           {-1.1F, 1.4F},
           {-0.5F, 0.95F},
           {0, 1.55F},
           {0.5F, 0.95F},
           {1.1F, 1.4F},
           {0.9F, 0.5F}}}},  // crown
        {{straight, crown, {{-0.85F, 0.55F}, {-0.95F, 2}, {0.95F, 2}, {0.85F, 0.55F}}},
         {oval, crown, {{0, 0.55F}, {1.5F, 0.2F}}},
         {band, trim, {{-0.85F, 0.8F}, {0.85F, 0.8F}, {0.2F, 0}}}},  // tall
        {{curved,
          crown,
          {{-1.1F, -0.1F},
           {-1.05F, 0.8F},
           {0, 1.35F},
           {1.05F, 0.8F},
           {1.1F, -0.1F},
           {0.7F, 0.3F},
           {-0.7F, 0.3F}}},
         {curved,
          trim,
          {{0, 1.25F}, {0, 1.9F, -0.7F}, {-0.3F, 1.3F, -1.7F}, {0.2F, 1.2F, -0.6F}}}},  // helmet
        {{curved,
          crown,
          {{-1.15F, -0.5F},
           {-1.2F, 0.6F},
           {0, 1.3F},
           {1.2F, 0.6F},
           {1.15F, -0.5F},
           {0.8F, 0.45F},
           {-0.8F, 0.45F}}}},  // bonnet
        {{straight, crown, {{-0.8F, 0.5F}, {-1.9F, 1.2F}, {-1.4F, 1.6F}, {-0.2F, 0.7F}}},
         {straight, trim, {{-0.4F, 0.6F}, {-1, 2}, {-0.4F, 2.1F}, {0.1F, 0.7F}}},
         {straight, crown, {{-0.1F, 0.6F}, {0.1F, 2.3F}, {0.6F, 2.2F}, {0.4F, 0.6F}}},
         {straight, trim, {{0.3F, 0.6F}, {1.2F, 1.9F}, {1.6F, 1.5F}, {0.8F, 0.5F}}},
         {band, trim, {{-0.95F, 0.5F}, {0.95F, 0.5F}, {0.2F, 0}}}},  // feathers
        {{curved,
          crown,
          {{-1.2F, -1.2F},
           {-1.15F, 0.6F},
           {0, 1.5F, -0.4F},
           {1.15F, 0.6F},
           {1.2F, -1.2F},
           {0.75F, -0.6F},
           {0.7F, 0.5F},
           {-0.7F, 0.5F},
           {-0.75F, -0.6F}}}},  // hood
        {{curved, crown, {{-0.95F, 0.5F}, {-0.85F, 1.2F}, {0, 1.5F}, {0.85F, 1.2F}, {0.95F, 0.5F}}},
         {oval, crown, {{0, 0.5F}, {1.3F, 0.16F}}}},  // bowler
        {{oval, crown, {{0, 0.5F}, {2.3F, 0.34F}}},
         {curved, crown, {{-0.85F, 0.5F}, {-0.6F, 1.5F}, {0, 1.75F}, {0.6F, 1.5F}, {0.85F, 0.5F}}},
         {band, trim, {{-0.85F, 0.65F}, {0.85F, 0.65F}, {0.16F, 0}}}},  // straw
        {{curved,
          crown,
          {{-1.6F, 0.75F},
           {-0.5F, 0.5F},
           {0.5F, 0.5F},
           {1.6F, 0.75F},
           {0.7F, 1.05F},
           {0, 1.5F},
           {-0.7F, 1.05F}}}},                             // tricorne
        {{oval, crown, {{0.35F, 0.8F}, {1.25F, 0.4F}}}},  // beret
        {{curved,
          crown,
          {{-1.2F, -1.7F},
           {-1.15F, 0.5F},
           {0, 1.2F},
           {1.15F, 0.5F},
           {1.2F, -1.7F},
           {0.85F, -0.8F},
           {0.75F, 0.4F},
           {-0.75F, 0.4F},
           {-0.85F, -0.8F}}}},  // veil
        {{straight, crown, {{-0.8F, 0.5F}, {-1, 1.3F}, {0, 2.3F}, {1, 1.3F}, {0.8F, 0.5F}}},
         {band, trim, {{0, 0.6F}, {0, 2.1F}, {0.14F, 0}}}},  // mitre
        {{straight,
          crown,
          {{-1.6F, 0.4F}, {-0.8F, 0.6F}, {0.3F, 2.4F}, {0.8F, 0.6F}, {1.6F, 0.4F}, {0, 0.35F}}},
         {band, trim, {{-0.8F, 0.65F}, {0.8F, 0.65F}, {0.2F, 0}}}},  // pointed
        {{curved, trim, {{-0.9F, 0.6F}, {-1.8F, 1}, {-1.7F, 1.8F}, {-1.2F, 1.1F}}},
         {curved, trim, {{0.9F, 0.6F}, {1.8F, 1}, {1.7F, 1.8F}, {1.2F, 1.1F}}},
         {curved,
          crown,
          {{-1.05F, 0.2F}, {-0.95F, 0.9F}, {0, 1.3F}, {0.95F, 0.9F}, {1.05F, 0.2F}}}},  // horned
        {{oval, crown, {{0, 1.5F}, {1.1F, 0.6F}}},
         {straight, crown, {{-0.85F, 0.5F}, {-0.9F, 1.3F}, {0.9F, 1.3F}, {0.85F, 0.5F}}}},  // cook
        {{curved, crown, {{-0.9F, 0.5F}, {-0.7F, 1.5F}, {0, 1.6F}, {0.7F, 1.5F}, {0.9F, 0.5F}}},
         {band, trim, {{0, 1.5F}, {1.1F, 1}, {0.08F, 0}}}},  // fez
        {{curved,
          crown,
          {{-1.05F, 0.3F}, {-1, 0.9F}, {0, 1.2F}, {1.4F, 0.9F}, {2, -0.3F}, {1.1F, 0.3F}}}},  // sleeping cap
        {{straight, crown, {{-1.9F, 0.7F}, {0, 0.4F}, {1.9F, 0.7F}, {1, 1.3F}, {0, 1.7F}, {-1, 1.3F}}},
         {oval, trim, {{0, 1.1F}, {0.2F, 0.3F}}}},                      // bicorne
        {{band, trim, {{-0.95F, 0.45F}, {0.95F, 0.45F}, {0.22F, 0}}}},  // headband
        {{oval, crown, {{0, 1.9F}, {1.5F, 1.0F}}},
         {oval, trim, {{0, 1.05F}, {0.8F, 0.18F}}}},  // a load on the head
        {{straight,
          crown,
          {{-0.5F, 1},
           {-1, 1.5F},
           {-0.9F, 2.3F},
           {-0.3F, 2.7F},
           {0.3F, 2.7F},
           {0.9F, 2.3F},
           {1, 1.5F},
           {0.5F, 1}}}},  // a jar on the head
    };
    return hats[static_cast<std::size_t>(hat) % hats.size()];
}

}  // namespace

Polygon Painter::on_head(std::initializer_list<cv::Point2f> list) const {
    Polygon points;
    for (const auto& p : list) points.push_back(on_head(p.x, p.y));
    return points;
}

/// A place on the face, and whether it can be seen; `azimuth` from the face's middle.
std::pair<cv::Point2f, bool> Painter::on_face(float azimuth, float y) const {
    const float a = azimuth + k_.face_turn;
    return {on_head(std::sin(a) * std::sqrt(std::max(0.0F, 1 - y * y)), y), std::cos(a) > 0.1F};
}

void Painter::head_and_hat() {
    if (dress_.nimbus)
        put(ellipse(on_head(0, 0.2F), half_height_ * 1.6F, half_height_ * 1.6F), fill({235, 200, 90}),
            carried);
    if (look_.rendering == Rendering::silhouette || look_.rendering == Rendering::stick) {
        plain_head();
    } else {
        const float toward = std::cos(k_.face_turn), aside = std::sin(k_.face_turn);
        hair_behind();
        const bool bald = dress_.long_hair < 0.03F;
        put(ellipse(center_, half_width_, half_height_, tilt_), fill(bald ? dress_.skin : dress_.hair),
            Owner::head);
        if (toward > -0.35F && !bald)
            put(ellipse(on_head(aside * 0.3F, -0.16F), half_width_ * (0.92F - 0.22F * std::abs(aside)),
                        half_height_ * 0.85F, tilt_),
                fill(dress_.skin), Owner::head, 0.6F);
        if (std::abs(aside) > 0.5F && toward > -0.5F)
            put(on_head({{aside * 0.86F, 0.12F},
                         {aside * (1 + 0.22F * dress_.nose), -0.18F},
                         {aside * 0.84F, -0.3F}}),
                fill(dress_.skin), Owner::head, 0.7F);
        if (toward > -0.2F) face();
    }
    hat();
}

void Painter::plain_head() {
    const float aside = std::sin(k_.face_turn);
    put(ellipse(center_, half_width_, half_height_, tilt_), fill(dress_.skin), Owner::head);
    if (std::abs(aside) > 0.5F)
        put(on_head({{aside * 0.85F, 0.15F}, {aside * 1.25F, -0.12F}, {aside * 0.85F, -0.25F}}),
            fill(dress_.skin), Owner::head);
}

void Painter::hair_behind() {
    const float hair = dress_.long_hair, aside = std::sin(k_.face_turn), low = -0.4F - 1.6F * hair;
    const Paint p = fill(dress_.hair);
    if (hair > 0.15F)
        put(smooth(on_head({{-1.1F, 0.2F},
                            {-0.7F, 1.0F},
                            {0.7F, 1.0F},
                            {1.1F, 0.2F},
                            {1.05F - aside * 0.6F, low},
                            {-1.05F - aside * 0.6F, low}}),
                   true, 4),
            p, Owner::head);
    if (dress_.curls > 0.5F)
        put(ellipse(center_ + up_ * 0.15F, half_width_ * (1.2F + 0.4F * dress_.curls),
                    half_height_ * (1.05F + 0.3F * dress_.curls), tilt_),
            p, Owner::head);
    else if (dress_.curls > 0)
        put(ellipse(on_head(-aside * 0.7F, 0.9F), half_width_ * 0.45F, half_height_ * 0.4F, tilt_), p,
            Owner::head);
}

void Painter::face() {
    beard();
    if (half_height_ < 5) return;
    for (const float side : {-1.0F, 1.0F}) eye(side);
    const Stroke thin{mixed(look_.ink, dress_.skin * 0.4F, 0.3F), std::max(0.7F, half_height_ * 0.06F)};
    const auto place = [&](float azimuth, float y) { return on_face(azimuth, y).first; };
    if (dress_.moustache)
        put({place(-0.35F, -0.5F), place(-0.1F, -0.34F), place(0.1F, -0.34F), place(0.35F, -0.5F),
             place(0, -0.44F)},
            fill(dress_.hair), Owner::head, 0.5F);
    if (std::abs(std::sin(k_.face_turn)) < 0.6F)
        line(sheet_, {place(0.05F, 0.05F), place(0.16F, -0.28F), place(-0.06F, -0.3F)}, thin);
    const float smile = dress_.smile;
    line(sheet_, {place(-0.25F, -0.55F + smile), place(0, -0.6F), place(0.25F, -0.54F + smile)},
         {mixed(thin.color, {170, 50, 45}, look_.color_strength * 0.7F), thin.width * 1.2F});
}

void Painter::eye(float side) {
    const auto [at_eye, visible] = on_face(side * 0.42F, 0.02F);
    if (!visible) return;
    const float r = std::max(0.8F, half_height_ * 0.085F);
    Paint dark, white, blush;
    dark.color = look_.ink;
    white.color = {245, 242, 235};
    if (half_height_ > 14)
        paint(sheet_, ellipse(at_eye, half_width_ * 0.17F, half_height_ * 0.1F, tilt_), white,
              {look_.ink, 0.8F}, Owner::head);
    paint(sheet_, ellipse(at_eye, r, r, 0, 10), dark, {}, Owner::head);
    line(sheet_, {on_face(side * 0.65F, 0.2F).first, on_face(side * 0.22F, 0.22F).first},
         {mixed(look_.ink, dress_.hair, 0.4F), std::max(0.7F, half_height_ * 0.06F)});
    const auto [cheek, cheek_visible] = on_face(side * 0.6F, -0.32F);
    if (!cheek_visible || look_.color_strength < 0.5F || look_.rendering == Rendering::engraved) return;
    blush.color = {225, 110, 95};
    blush.opacity = 0.25F;
    paint(sheet_, ellipse(cheek, half_width_ * 0.18F, half_height_ * 0.14F), blush, {}, Owner::head);
}

void Painter::beard() {
    if (dress_.beard <= 0) return;
    const float s = std::sin(k_.face_turn), low = -1.0F - dress_.beard;
    put(smooth(on_head({{s * 0.4F - 0.75F, -0.3F},
                        {s * 0.4F, -0.45F},
                        {s * 0.4F + 0.75F, -0.3F},
                        {s * 0.5F + 0.45F, low * 0.85F},
                        {s * 0.5F, low},
                        {s * 0.5F - 0.45F, low * 0.85F}}),
               true, 4),
        fill(dress_.hair), Owner::head, 0.7F);
}

void Painter::hat() {
    const float turn = std::sin(k_.face_turn), high = dress_.hat_height;
    for (const Piece& piece : pieces_of(dress_.headgear)) {
        const Color& color = piece.part == crown ? dress_.hat : dress_.accent;
        const auto knot = [&](const Knot& k) {
            return on_head(k.x + k.turn * turn, 0.5F + (k.y - 0.5F) * (k.y > 0.5F ? high : 1.0F));
        };
        if (piece.kind == oval) {
            const Knot& size = piece.knots[1];
            put(ellipse(knot(piece.knots[0]), half_width_ * size.x, half_height_ * size.y, tilt_),
                fill(color), Owner::head);
        } else if (piece.kind == band) {
            line(sheet_, {knot(piece.knots[0]), knot(piece.knots[1])},
                 {mixed(look_.paper, color, std::max(0.4F, look_.color_strength)),
                  half_height_ * piece.knots[2].x},
                 Owner::head);
        } else {
            Polygon outline;
            for (const Knot& k : piece.knots) outline.push_back(knot(k));
            put(piece.kind == curved ? smooth(outline, true, 4) : outline, fill(color), Owner::head);
        }
    }
}

}  // namespace figurant::synthesis
