#include "stages/payloads.h"
#include "tests/stages/example_folder.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

bool equal(const figures::Example& a, const figures::Example& b) {
    if (!same(a.rgb, b.rgb) || a.figures.size() != b.figures.size()) return false;
    for (std::size_t i = 0; i < a.figures.size(); ++i)
        if (a.figures[i].box != b.figures[i].box || a.figures[i].mask != b.figures[i].mask) return false;
    return true;
}

}  // namespace

TEST_CASE("variations follow from the seed and the place in the stream, not from what came before") {
    const auto example = payload(example_of(200, 160, 3));
    StageRun augment("augment_example", {{"crop", one(64)}, {"seed", one(5)}});
    augment.context.place = Lineage(0).child(1);
    const auto first = augment.process({example});
    augment.context.place = Lineage(0).child(2);
    const auto second = augment.process({example});
    CHECK_FALSE(equal(get<figures::Example>(first), get<figures::Example>(second)));

    StageRun later("augment_example", {{"crop", one(64)}, {"seed", one(5)}});
    later.context.place = Lineage(0).child(2);
    const auto again = later.process({example});
    CHECK(equal(get<figures::Example>(again), get<figures::Example>(second)));

    StageRun other("augment_example", {{"crop", one(64)}, {"seed", one(6)}});
    other.context.place = Lineage(0).child(2);
    const auto otherwise = other.process({example});
    CHECK_FALSE(equal(get<figures::Example>(otherwise), get<figures::Example>(second)));
}

TEST_CASE("windows have the asked size, and their figures lie inside, boxes tight around masks") {
    StageRun augment("augment_example", {{"crop", one(96)}});
    std::size_t figures = 0;
    for (std::uint32_t i = 0; i < 40; ++i) {
        augment.context.place = Lineage(0).child(i);
        const auto out = augment.process({payload(example_of(200, 160, i))});
        const auto& window = get<figures::Example>(out);
        CHECK(window.rgb.size() == cv::Size(96, 96));
        CHECK(window.info.width == 96);
        for (const auto& figure : window.figures) {
            ++figures;
            const auto bounds = figure.mask.bounds();
            CHECK(figure.box == figures::Box{static_cast<float>(bounds.x), static_cast<float>(bounds.y),
                                             static_cast<float>(bounds.x + bounds.width),
                                             static_cast<float>(bounds.y + bounds.height)});
            CHECK(figure.box.x_max <= 96);
            CHECK(figure.box.y_max <= 96);
        }
    }
    CHECK(figures > 20);
}

TEST_CASE("with every strength at nothing and no crop, the example stays as it is") {
    ParameterValues values{{"crop", one(0)}};
    for (const auto* name : {"near_figure", "flip", "brightness", "contrast", "saturation", "hue", "grey",
                             "blur", "noise", "jpeg"})
        values[name] = one(0.0);
    values["zoom_least"] = values["zoom_most"] = one(1.0);
    const auto example = example_of(120, 100, 9);
    const auto out = StageRun("augment_example", values).process({payload(example)});
    CHECK(equal(get<figures::Example>(out), example));
}
