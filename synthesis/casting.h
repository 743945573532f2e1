#pragma once
// Who appears on a map: people alone, in rows, in crowds, each group alike in dress and manner.

#include "synthesis/person.h"
#include "synthesis/style.h"

namespace figurant::synthesis {

/// What the members of a group share.
struct Company {
    Look look;
    Dress dress;
    Build build;
    Action action = Action::standing;
    float azimuth = 0, elevation = 0.1F;
    bool uniform = false;  ///< one dress for all
    bool caricature = false;
    bool mounted = false;
    bool shadows = false;
    Treatment treatment = Treatment::as_it_is;
};

/// Any clothes at all, or those of some age, region or trade.
Dress random_dress(const MapStyle& style, Random& random);
/// Dresses somebody, whose skin, hair and colours are chosen, as one of a time and place (costumes.cpp).
void put_on_costume(Dress& dress, Random& random);
Company random_company(const MapStyle& style, Random& random);
/// One of the company, `height` pixels tall when standing.
PersonPlan random_member(const Company& company, const MapStyle& style, float height, Random& random);

}  // namespace figurant::synthesis
