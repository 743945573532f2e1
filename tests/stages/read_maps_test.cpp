#include "data_formats/map_image/map_list.h"
#include "stages/payloads.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// Opens the map of this name and reads all of it.
cv::Mat read_whole(StageRun& maps, const InputReference& input) {
    const auto opened = maps.open(input);
    const auto& map = get<figures::MapHandle>(opened);
    return map->read({0, 0, static_cast<int>(map->info().width), static_cast<int>(map->info().height)});
}

}  // namespace

TEST_CASE("folders are searched to any depth, maps come sorted by name, each opened map is its file") {
    const ScratchFolder folder;
    write_picture(folder / "maps/west.png", noise(40, 30, 1));
    write_picture(folder / "maps/deep/er/east.png", noise(50, 20, 2));
    write_picture(folder / "north.tif", noise(33, 44, 3));
    folder.put("maps/notes.txt", "no map");
    StageRun maps("read_maps", {{"paths", many(folder / "north.tif", folder / "maps")}});
    const auto inputs = maps.inputs();
    REQUIRE(inputs.size() == 3);
    CHECK(inputs[0].name == "deep/er/east.png");
    CHECK(inputs[1].name == "north.tif");
    CHECK(inputs[2].name == "west.png");
    CHECK(same(read_whole(maps, inputs[0]), noise(50, 20, 2)));
    CHECK(same(read_whole(maps, inputs[1]), noise(33, 44, 3)));
    CHECK(same(read_whole(maps, inputs[2]), noise(40, 30, 1)));
    CHECK(maps.context.counts["maps"] == 3);
    CHECK(get<figures::MapHandle>(maps.open(inputs[0]))->info().stem == "deep/er/east");
    CHECK(get<figures::MapHandle>(maps.open(inputs[0]))->info().name == inputs[0].name);
}

TEST_CASE("no two maps share a stem, whatever their names are") {
    const ScratchFolder folder;
    for (const auto* name :
         {"a.png", "a.tif", "a_png.tif", "a_tif.png", "a_tif_.png", "b.png", "c.x.png", "c.tif"})
        write_picture(folder / name, noise(8, 8));
    StageRun maps("read_maps", {{"paths", many(folder.path())}});
    std::set<std::string> stems;
    std::map<std::string, std::string> stem_of;
    for (const auto& input : maps.inputs()) {
        const auto opened = maps.open(input);
        const auto& info = get<figures::MapHandle>(opened)->info();
        CHECK_MESSAGE(stems.insert(info.stem).second, info.stem, " is taken twice");
        stem_of[info.name] = info.stem;
    }
    CHECK(stem_of["b.png"] == "b");  // who shares with nobody keeps the plain stem
    CHECK(stem_of["c.tif"] == "c");
    CHECK(stem_of["c.x.png"] == "c.x");
}

TEST_CASE("a file that changed has another digest, an unchanged one the same") {
    const ScratchFolder folder;
    write_picture(folder / "a.png", noise(8, 8, 1));
    write_picture(folder / "b.png", noise(8, 8, 1));
    const ParameterValues values{{"paths", many(folder.path())}};
    const auto before = StageRun("read_maps", values).inputs();
    write_picture(folder / "b.png", noise(9, 8, 2));
    const auto after = StageRun("read_maps", values).inputs();
    CHECK(before[0].digest == after[0].digest);
    CHECK(before[1].digest != after[1].digest);
}

TEST_CASE("a path that is not there, and a folder without maps, are told before anything is opened") {
    const ScratchFolder folder;
    const auto missing = error_of(Cause::input, [&] {
        StageRun("read_maps", {{"paths", many(folder / "nowhere")}});
    });
    CHECK(contains(missing.what(), "nowhere"));
    const auto empty = error_of(Cause::input, [&] {
        StageRun("read_maps", {{"paths", many(folder.path())}});
    });
    CHECK(contains(empty.what(), folder.path().string()));
    CHECK_FALSE(empty.next_step().empty());
    error_of(Cause::configuration, [] { StageRun("read_maps"); });
}

TEST_CASE("damaged maps fail with their name when they are opened or read; the others are none the worse") {
    const ScratchFolder folder;
    write_picture(folder / "good.png", noise(64, 64, 5));
    write_picture(folder / "whole.jpg", noise(200, 200, 6));
    const std::string whole = bytes_of(folder / "whole.jpg");
    std::filesystem::remove(folder / "whole.jpg");
    folder.put("cut.jpg", whole.substr(0, whole.size() / 2));
    const std::string png = bytes_of(folder / "good.png");
    folder.put("cut.png", png.substr(0, png.size() / 2));
    folder.put("empty.png", "");
    folder.put("letter.tif", "Dear sir, this is no picture at all, though it is called so.");
    folder.put("misnamed.png", whole);
    StageRun maps("read_maps", {{"paths", many(folder.path())}});
    const auto inputs = maps.inputs();
    REQUIRE(inputs.size() == 6);
    for (const auto& input : inputs) {
        INFO(input.name);
        if (input.name == "good.png") {
            CHECK(same(read_whole(maps, input), noise(64, 64, 5)));
            continue;
        }
        const auto error = error_of(Cause::input, [&] { read_whole(maps, input); });
        CHECK(contains(error.what(), input.name));
        CHECK_FALSE(error.next_step().empty());
    }
}

TEST_CASE("a map that cannot even be looked at fails alone, and what is passed over is told once") {
    const ScratchFolder folder;
    write_picture(folder / "good.png", noise(8, 8));
    std::filesystem::create_symlink(folder / "gone.png", folder / "link.png");
    for (const std::string name : {"a.gif", "b.txt", "c.pdf", "d.bmp", "e.tfw", "f.xml"})
        folder.put(name, "x");
    StageRun maps("read_maps", {{"paths", many(folder.path())}});
    const auto inputs = maps.inputs();
    REQUIRE(inputs.size() == 2);
    CHECK(same(read_whole(maps, inputs[0]), noise(8, 8)));
    const auto error = error_of(Cause::input, [&] { maps.open(inputs[1]); });
    CHECK(contains(error.what(), "link.png: is a link that leads nowhere"));
    maps.open(inputs[0]);
    CHECK(maps.context.prints ==
          std::vector<std::string>{"6 other files were passed over: a.gif, b.txt, c.pdf, d.bmp, e.tfw, …\n"});
    const auto direct = StageRun("read_maps", {{"paths", many(folder / "good.png")}});
    CHECK(direct.context.prints.empty());
}

TEST_CASE("a map that asks to be turned, and one of several pages, are told") {
    const ScratchFolder folder;
    write_picture(folder / "plain.jpg", noise(40, 20));
    const std::string jpeg = bytes_of(folder / "plain.jpg");
    // An EXIF header of one entry: orientation, 6.
    const std::string tiff("II*\0\x8\0\0\0\x1\0\x12\x1\x3\0\x1\0\0\0\x6\0\0\0\0\0\0\0", 26);
    const std::string exif = std::string("Exif\0\0", 6) + tiff;
    const auto length = static_cast<char>(exif.size() + 2);
    folder.put("turned.jpg",
               jpeg.substr(0, 2) + "\xFF\xE1" + std::string(1, '\0') + length + exif + jpeg.substr(2));
    cv::imwritemulti((folder / "pages.tif").string(), std::vector<cv::Mat>{noise(8, 8, 1), noise(8, 8, 2)});
    StageRun maps("read_maps", {{"paths", many(folder.path())}});
    for (const auto& input : maps.inputs()) maps.open(input);
    REQUIRE(maps.context.warnings.size() == 2);
    CHECK(contains(maps.context.warnings[0], "pages.tif: has 2 pages; the first is read"));
    CHECK(contains(maps.context.warnings[1], "turned.jpg: its EXIF header asks to turn it"));
}

TEST_CASE("the cache for blocks of maps is a part of the memory that the run may take") {
    const ScratchFolder folder;
    write_picture(folder / "a.png", noise(8, 8));
    RunSettings settings;
    settings.memory = std::size_t{512} << 20;
    StageRun maps("read_maps", {{"paths", many(folder.path())}}, settings);
    CHECK(maps.stage().resident_bytes() == settings.memory / 16);
}
