#include "metrics/mistakes.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.h"
#include "metrics/coco_evaluation.h"
#include "tests/metrics/coco_cases.h"
#include "tests/metrics/mistakes_oracle.h"

using namespace figurant;
using namespace figurant::metrics;
using namespace figurant::metrics::test;

namespace {

/// Rectangles in one image of 100 x 100; box and mask are the same, so boxes and masks must fare alike.
class Scene {
  public:
    explicit Scene(std::int64_t categories = 1) {
        truth_.images = {{1, "map", 100, 100}};
        for (std::int64_t k = 1; k <= categories; ++k) truth_.categories.push_back({k, "c"});
    }
    Scene& figure(std::int64_t category, const std::array<int, 4>& box, bool crowd = false) {
        const auto mask = rectangle(100, box[0], box[1], box[2], box[3]);
        const auto id = static_cast<std::int64_t>(truth_.annotations.size()) + 1;
        truth_.annotations.push_back(
            {id, 1, category, numbers(box), static_cast<double>(mask.area()), crowd, mask});
        return *this;
    }
    Scene& find(std::int64_t category, double score, const std::array<int, 4>& box) {
        results_.push_back(
            {1, category, score, numbers(box), rectangle(100, box[0], box[1], box[2], box[3])});
        return *this;
    }
    Scene& first_id(std::int64_t id) {
        truth_.annotations[0].id = id;
        return *this;
    }
    MistakeShares shares() const {
        const auto mistakes = find_mistakes(truth_, results_);
        REQUIRE(mistakes.bbox);
        REQUIRE(mistakes.segm);
        CHECK(part_of(to_json(mistakes), "bbox") == part_of(to_json(mistakes), "segm"));
        CHECK(mistakes.segm->ap50 == (*evaluate_coco(truth_, results_).segm)["AP50"]);
        return *mistakes.segm;
    }

  private:
    static std::array<double, 4> numbers(const std::array<int, 4>& box) {
        return {double(box[0]), double(box[1]), double(box[2]), double(box[3])};
    }
    static json part_of(const std::string& text, const std::string& part) { return json::parse(text)[part]; }

    CocoTruth truth_;
    CocoResults results_;
};

struct Expected {
    Mistake kind;
    std::size_t count;
    double cost;
};

/// All other kinds must be absent and cost nothing.
void check_shares(const MistakeShares& shares, double ap50, const std::vector<Expected>& expected) {
    CHECK(shares.ap50 == doctest::Approx(ap50));
    MistakeShares all;
    for (const auto& each : expected) all[each.kind] = {each.count, each.cost};
    for (std::size_t i = 0; i < mistake_names.size(); ++i) {
        CAPTURE(mistake_names[i]);
        CHECK(shares.kinds[i].count == all.kinds[i].count);
        CHECK(shares.kinds[i].cost == doctest::Approx(all.kinds[i].cost));
    }
}

constexpr std::array here{10, 10, 20, 20}, there{50, 50, 20, 20};
constexpr std::array off_there{60, 50, 20, 20};  // overlaps `there` by a third
constexpr std::array nowhere_near{0, 80, 10, 10};

// Of 101 recalls, 0 to 0.5 are reached with one of two figures found, the other 50 with both.
constexpr double one_of_two = 51.0 / 101, other_of_two = 50.0 / 101;

Mix mix_of(std::uint64_t seed) {
    Random random(seed, 2);
    Mix mix;
    mix.images = static_cast<int>(1 + random.below(5));
    mix.truths = static_cast<int>(random.below(8));
    mix.finds = static_cast<int>(random.below(25));
    mix.categories = static_cast<int>(1 + random.below(3));
    mix.scores = random.chance(0.5) ? 3 : 1000000;
    mix.crowds = random.chance(0.5) ? 0 : 0.3;
    mix.side = random.chance(0.3) ? 40 : 100;
    mix.shift = static_cast<int>(2 + random.below(20));
    return mix;
}

void check_equal(const MistakeShares& found, const MistakeShares& expected) {
    CHECK(found.ap50 == expected.ap50);
    for (std::size_t i = 0; i < mistake_names.size(); ++i) {
        CAPTURE(mistake_names[i]);
        CHECK(found.kinds[i].count == expected.kinds[i].count);
        CHECK(std::abs(found.kinds[i].cost - expected.kinds[i].cost) < 1e-12);
    }
    REQUIRE(found.each.size() == expected.each.size());
    for (std::size_t i = 0; i < found.each.size(); ++i) {
        CAPTURE(i);
        CHECK(found.each[i].kind == expected.each[i].kind);
        CHECK(found.each[i].find == expected.each[i].find);
        CHECK(found.each[i].figure == expected.each[i].figure);
        CHECK(std::abs(found.each[i].overlap - expected.each[i].overlap) < 1e-12);
    }
}

}  // namespace

TEST_CASE("all found and nothing else: no mistakes, no costs") {
    check_shares(Scene().figure(1, here).figure(1, there).find(1, 0.9, here).find(1, 0.8, there).shares(), 1,
                 {});
}

TEST_CASE("a find in the right place with the wrong category costs both categories") {
    // Category 1: wrong before right, precision 1/2. Category 2: nothing.
    check_shares(Scene(2).figure(1, here).figure(2, there).find(1, 0.95, there).find(1, 0.9, here).shares(),
                 0.25, {{Mistake::classification, 1, 0.75}});
}

TEST_CASE("a find too far off costs its figure") {
    check_shares(Scene().figure(1, here).figure(1, there).find(1, 0.9, here).find(1, 0.8, off_there).shares(),
                 one_of_two, {{Mistake::localization, 1, other_of_two}});
}

TEST_CASE("a find too far off a figure of another category is both mistakes, and is left out") {
    check_shares(Scene(2)
                     .figure(1, here)
                     .figure(2, there)
                     .find(1, 0.95, off_there)
                     .find(1, 0.9, here)
                     .find(2, 0.9, there)
                     .shares(),
                 0.75, {{Mistake::both, 1, 0.25}});
}

TEST_CASE("a second find of a figure is a duplicate") {
    // Right, wrong, right: precision 1 up to recall 0.5, then 2/3.
    check_shares(Scene()
                     .figure(1, here)
                     .figure(1, there)
                     .find(1, 0.9, here)
                     .find(1, 0.8, here)
                     .find(1, 0.7, there)
                     .shares(),
                 one_of_two + other_of_two * 2 / 3, {{Mistake::duplicate, 1, other_of_two / 3}});
}

TEST_CASE("finds where there is nothing cost what they stand before") {
    check_shares(Scene()
                     .figure(1, here)
                     .find(1, 0.9, nowhere_near)
                     .find(1, 0.8, {80, 0, 5, 5})
                     .find(1, 0.7, here)
                     .find(1, 0.1, {90, 90, 5, 5})
                     .shares(),
                 1.0 / 3, {{Mistake::background, 3, 2.0 / 3}});
}

TEST_CASE("a figure that no find comes near is missed") {
    check_shares(Scene().figure(1, here).figure(1, there).find(1, 0.9, here).shares(), one_of_two,
                 {{Mistake::missed, 1, other_of_two}});
}

TEST_CASE("of two mistakes that mean one figure the better mends it, the other is left out") {
    // Wrong, right, wrong: 1/2 up to recall 0.5. Mended: right, right.
    check_shares(Scene()
                     .figure(1, here)
                     .figure(1, there)
                     .find(1, 0.95, off_there)
                     .find(1, 0.9, here)
                     .find(1, 0.8, {50, 60, 20, 20})
                     .shares(),
                 one_of_two / 2, {{Mistake::localization, 2, 1 - one_of_two / 2}});
}

TEST_CASE("a mistake that means a figure found by another is left out, and hides no missed figure") {
    // Wrong, right, with a third figure missed: 1/2 up to recall 0.5; without the wrong one 1.
    check_shares(
        Scene().figure(1, there).figure(1, here).find(1, 0.95, off_there).find(1, 0.9, there).shares(),
        one_of_two / 2,
        {{Mistake::localization, 1, one_of_two / 2}, {Mistake::missed, 1, 0.5 - one_of_two / 2}});
}

TEST_CASE("overlaps that lie on a threshold are above it") {
    constexpr std::array square{10, 10, 10, 10};
    check_shares(Scene().figure(1, square).find(1, 0.9, {10, 10, 10, 5}).shares(), 1, {});
    check_shares(Scene().figure(1, square).find(1, 0.9, {10, 10, 10, 1}).shares(), 0,
                 {{Mistake::localization, 1, 1}});
    check_shares(Scene().figure(1, square).find(1, 0.9, {10, 10, 9, 1}).shares(), 0,
                 {{Mistake::background, 1, 0}, {Mistake::missed, 1, 1}});
}

TEST_CASE("a find that could be several mistakes is the first of the paper's toolbox's order") {
    // A third of a figure of its own category, the whole of another's.
    check_shares(Scene(2).figure(1, off_there).figure(2, there).find(1, 0.9, there).shares(), 0,
                 {{Mistake::localization, 1, 0.5}, {Mistake::missed, 1, 0}});
    // Twice the same category, and one of another in the same place.
    check_shares(Scene(2).figure(1, there).figure(2, there).find(1, 0.9, there).find(1, 0.8, there).shares(),
                 0.5, {{Mistake::classification, 1, 0.5}});
    // A duplicate that overlaps another category too.
    check_shares(Scene(2)
                     .figure(1, there)
                     .figure(2, off_there)
                     .find(1, 0.9, there)
                     .find(1, 0.8, there)
                     .find(2, 0.8, off_there)
                     .shares(),
                 1, {{Mistake::duplicate, 1, 0}});
}

TEST_CASE("finds on crowds are neither right nor wrong, and crowds are not missed") {
    check_shares(Scene()
                     .figure(1, here)
                     .figure(1, there, true)
                     .find(1, 0.95, there)
                     .find(1, 0.94, {52, 52, 5, 5})
                     .find(1, 0.9, here)
                     .shares(),
                 1, {});
    // A crowd is nothing that a find can mean.
    check_shares(Scene()
                     .figure(1, here)
                     .figure(1, there, true)
                     .find(1, 0.95, {65, 50, 20, 20})
                     .find(1, 0.9, here)
                     .shares(),
                 0.5, {{Mistake::background, 1, 0.5}});
}

TEST_CASE("nothing found, nothing to find") {
    check_shares(Scene().figure(1, here).shares(), 0, {{Mistake::missed, 1, 1}});
    check_shares(Scene().find(1, 0.9, here).shares(), -1, {{Mistake::background, 1, 0}});
    check_shares(Scene().shares(), -1, {});
    // Of two categories one is missed whole: the other alone makes the mean.
    check_shares(Scene(2).figure(1, here).figure(2, there).find(1, 0.9, here).shares(), 0.5,
                 {{Mistake::missed, 1, 0.5}});
}

TEST_CASE("a true figure with the id 0 is missed whatever finds it, as COCO counts it") {
    check_shares(Scene().figure(1, here).figure(1, there).first_id(0).find(1, 0.9, here).shares(), 0,
                 {{Mistake::duplicate, 1, 0}, {Mistake::missed, 2, 1}});
    check_shares(Scene().figure(1, there).first_id(0).find(1, 0.9, off_there).shares(), 0,
                 {{Mistake::localization, 1, 0}, {Mistake::missed, 1, 1}});
}

TEST_CASE(
    "each mistake names its find and figure: the surest finds first, then what was missed, the largest "
    "first") {
    const auto shares = Scene()
                            .figure(1, here)
                            .figure(1, {0, 0, 5, 5})
                            .figure(1, there)
                            .figure(1, {30, 80, 10, 10})
                            .find(1, 0.5, nowhere_near)
                            .find(1, 0.7, off_there)
                            .find(1, 0.9, here)
                            .find(1, 0.8, here)
                            .shares();
    struct Line {
        Mistake kind;
        std::optional<std::size_t> find, figure;
        double overlap;
    };
    const std::vector<Line> expected = {{Mistake::duplicate, 3, 0, 1},
                                        {Mistake::localization, 1, 2, 1.0 / 3},
                                        {Mistake::background, 0, {}, 0},
                                        {Mistake::missed, {}, 3, 0},
                                        {Mistake::missed, {}, 1, 0}};
    REQUIRE(shares.each.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(shares.each[i].kind == expected[i].kind);
        CHECK(shares.each[i].find == expected[i].find);
        CHECK(shares.each[i].figure == expected[i].figure);
        CHECK(shares.each[i].overlap == doctest::Approx(expected[i].overlap));
    }
}

TEST_CASE("mistakes, counts and costs are those of results mended and evaluated again, on random scenes") {
    std::array<std::size_t, mistake_names.size()> seen{};
    for (std::uint64_t seed = 1; seed <= 120; ++seed) {
        CAPTURE(seed);
        const auto [truth, results] = random_case(seed, mix_of(seed));
        const auto mistakes = find_mistakes(truth, results);
        check_equal(*mistakes.bbox, MistakesOracle(truth, results, false).shares());
        check_equal(*mistakes.segm, MistakesOracle(truth, results, true).shares());
        for (std::size_t i = 0; i < seen.size(); ++i) {
            seen[i] += mistakes.segm->kinds[i].count;
            CHECK(mistakes.segm->kinds[i].cost >= 0);
        }
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
        CAPTURE(mistake_names[i]);
        CHECK(seen[i] >= 20);
    }
}

TEST_CASE("AP50 is evaluate_coco's to the last bit, also when finds are cut off at the hundredth") {
    Mix mix;
    mix.images = 3;
    mix.truths = 20;
    mix.finds = 250;
    mix.categories = 2;
    mix.empty = 0;
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        CAPTURE(seed);
        const auto [truth, results] = random_case(seed, mix);
        const auto metrics = evaluate_coco(truth, results);
        const auto mistakes = find_mistakes(truth, results);
        CHECK(mistakes.bbox->ap50 == (*metrics.bbox)["AP50"]);
        CHECK(mistakes.segm->ap50 == (*metrics.segm)["AP50"]);
    }
}

TEST_CASE("threads do not change a bit of the mistakes") {
    Mix mix;
    mix.images = 80;
    mix.categories = 3;
    mix.shift = 15;
    const auto [truth, results] = random_case(7, mix);
    const auto one = to_json(find_mistakes(truth, results));
    for (int i = 0; i < 5; ++i) CHECK(to_json(find_mistakes(truth, results, on_threads)) == one);
}

TEST_CASE("a part that cannot be looked for mistakes is left out, also of file and table") {
    auto [truth, results] = random_case(9, {});
    for (auto& result : results) result.segmentation.reset();
    const auto boxes = find_mistakes(truth, results);
    CHECK(boxes.bbox.has_value());
    CHECK_FALSE(boxes.segm.has_value());
    CHECK(json::parse(to_json(boxes)).size() == 1);
    auto without_masks = truth;
    without_masks.annotations[0].segmentation.reset();
    CHECK_FALSE(find_mistakes(without_masks, {}).segm.has_value());
    CHECK(find_mistakes(without_masks, {}).warnings == evaluate_coco(without_masks, {}).warnings);
}

TEST_CASE("mistakes.json keeps every digit and the names in their order; the table has a line for each") {
    Mistakes mistakes;
    mistakes.segm = MistakeShares{};
    mistakes.segm->ap50 = 1.0 / 3;
    for (std::size_t i = 0; i < mistake_names.size(); ++i)
        mistakes.segm->kinds[i] = {i, 1.0 / static_cast<double>(i + 7)};
    const std::string text = to_json(mistakes);
    CHECK(text.starts_with("{\"segm\": {\"AP50\": 0.3333333333333333, \"classification\": {\"count\": 0, "));
    CHECK(text.ends_with("}}}\n"));
    const auto file = json::parse(text);
    const std::string table = to_table(mistakes);
    for (std::size_t i = 0; i < mistake_names.size(); ++i) {
        const std::string name(mistake_names[i]);
        CHECK(file["segm"][name]["count"].get<std::size_t>() == i);
        CHECK(file["segm"][name]["cost"].get<double>() == mistakes.segm->kinds[i].cost);
        CHECK(table.find("\n" + name + " ") != std::string::npos);
    }
    CHECK(table.ends_with("\nAP50" + std::string(28, ' ') + "-" + std::string(13, ' ') + "0.333\n"));
}

TEST_CASE("results that do not fit the truth are refused as evaluate_coco refuses them") {
    auto [truth, results] = random_case(11, {});
    results[2].image_id = 555;
    CHECK_THROWS_WITH_AS(find_mistakes(truth, results),
                         "result 2 is for image 555, which the truth does not have", Error);
}
