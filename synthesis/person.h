#pragma once
// A human figure drawn: build, pose, dress, and the manner of drawing.

#include <array>
#include <opencv2/core.hpp>

#include "synthesis/beasts.h"
#include "synthesis/canvas.h"
#include "synthesis/cut_out.h"
#include "synthesis/look.h"
#include "synthesis/skeleton.h"

namespace figurant::synthesis {

enum class Lower { bare, trousers, breeches, tunic, skirt, robe, loincloth, pantaloons, kilt };
enum class Sleeves { none, brief, full, wide, puffed };
enum class Hat {
    none,
    brim,
    cone,
    cap,
    turban,
    crown,
    tall,
    helmet,
    bonnet,
    feathers,
    hood,
    bowler,
    straw,
    tricorne,
    beret,
    veil,
    mitre,
    pointed,
    horned,
    cook,
    fez,
    sleeping,
    bicorne,
    headband,
    load,
    jar
};
enum class Held {
    nothing,
    spear,
    staff,
    sword,
    flag,
    basket,
    jug,
    sack,
    shield,
    book,
    bow,
    tool,
    umbrella,
    fan,
    torch,
    fish,
    instrument,
    gun,
    buckler,
    scroll,
    lantern,
    bundle,
    drum,
    cup,
    bird,
    sabre,
    axe,
    scythe,
    rake,
    broom,
    oar,
    trident,
    cross,
    trumpet,
    rod
};

struct Dress {
    Color skin, hair, upper, lower, shoes, hat, accent;
    Lower legs = Lower::trousers;
    Sleeves sleeves = Sleeves::full;
    Hat headgear = Hat::none;
    Pattern upper_pattern = Pattern::plain, lower_pattern = Pattern::plain;
    bool cloak = false, apron = false, belt = false, collar = false, barefoot = false, straps = false;
    bool buttons = false, coat = false, ruff = false, boots = false, wings = false, pack = false,
         armour = false;
    bool gloves = false, sash = false, poncho = false, ragged_hem = false, yoke = false, nimbus = false;
    bool bare_chest = false;
    float beard = 0;      ///< 0 none to 1 long
    float long_hair = 0;  ///< 0 short to 1
    float flare = 1;
    float curls = 0;  ///< 0 none; below 0.5 a bun or a topknot, above a cloud of hair
    float nose = 1;
    bool moustache = false;
    float smile = 0;             ///< -0.1 to 0.1
    float hat_height = 1;        ///< of its usual height
    float pattern_size = 0.04F;  ///< in figure heights
    std::array<Held, 2> held{Held::nothing, Held::nothing};
};

enum class Seat { none, stool, chair, rock, barrel, throne, ground, animal };
enum class Prop { none, boat, table, wall, grass, water };

struct PersonPlan {
    Build build;
    Pose pose;
    Dress dress;
    Look look;
    float azimuth = 0, elevation = 0.1F;
    float height = 100;  ///< pixels of a standing figure
    float tilt = 0;      ///< radians
    bool mirrored = false;
    Seat seat = Seat::none;
    BeastPlan beast;         ///< where the seat is an animal
    Prop prop = Prop::none;  ///< before the figure, hiding part of its legs
    bool ground_shadow = false;
    Treatment treatment = Treatment::as_it_is;  ///< once it is drawn
};

/// A drawn figure on its own sheet, at the map's scale.
struct Person {
    Sheet sheet;
    cv::Point2f ground;  ///< where it stands, on the sheet
    std::array<cv::Point2f, 16> joint;
};

Person draw_person(const PersonPlan& plan, Random random);

}  // namespace figurant::synthesis
