#include "data_formats/coco_json/name_index.h"

#include <doctest/doctest.h>

using figurant::data_formats::NameIndex;

TEST_CASE("a name means the same one, else the only one with its last component") {
    NameIndex names;
    std::int64_t place = 0;
    for (const auto* name : {"north/a.png", "south/a.png", "b.png", "west\\c.png", "b.png"})
        names.add(name, place++);
    CHECK(names.find("south/a.png") == 1);
    CHECK(names.find("anywhere/c.png") == 3);
    CHECK(names.find("else\\where\\c.png") == 3);
    CHECK(names.find("b.png") == 2);   // the first of equals
    CHECK_FALSE(names.find("a.png"));  // of two
    CHECK_FALSE(names.find("elsewhere/b.png"));
    CHECK_FALSE(names.find("d.png"));
    CHECK_FALSE(names.find(""));
    CHECK(names.find("north/a.png") == 0);
}
