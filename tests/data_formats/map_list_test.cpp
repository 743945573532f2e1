#include "data_formats/map_image/map_list.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/error.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const std::vector<MapFile>& files) {
    std::vector<std::string> all;
    for (const auto& file : files) all.push_back(file.name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("folders are searched to any depth, sorted, and only for maps") {
    const ScratchFolder folder;
    for (const char* name :
         {"b.JPG", "a/z.tif", "a/b/c.webp", "B.png", "notes.txt", ".hidden.jpg", ".cache/x.jpg"})
        folder.put(name, "x");
    CHECK(names(list_maps({folder.path()})) == Names{"B.png", "a/b/c.webp", "a/z.tif", "b.JPG"});
    CHECK(list_maps({folder.path()})[1].path == folder.path() / "a/b/c.webp");
    CHECK(names(list_maps({folder / "notes.txt"})) == Names{"notes.txt"});
    CHECK(names(list_maps({folder / "a", folder / "a/z.tif", folder / "b.JPG"})) ==
          Names{"b.JPG", "b/c.webp", "z.tif"});
}

TEST_CASE("names that would be the same get their folder in front, or are refused") {
    const ScratchFolder folder;
    for (const char* name : {"one/m.jpg", "two/m.jpg", "two/n.jpg", "deep/two/m.jpg"}) folder.put(name, "x");
    CHECK(names(list_maps({folder / "one", folder / "two"})) == Names{"n.jpg", "one/m.jpg", "two/m.jpg"});
    CHECK(names(list_maps({folder / "two/m.jpg", folder / "one/m.jpg"})) == Names{"one/m.jpg", "two/m.jpg"});
    CHECK_THROWS_AS(list_maps({folder / "two", folder / "deep/two"}), Error);
}

TEST_CASE("the folder for the results is not searched for maps, nor taken as the folder of the maps") {
    const ScratchFolder folder;
    for (const char* name : {"maps/m.jpg", "maps/figures/m.png", "maps/old/m.png"}) folder.put(name, "x");
    const auto maps = folder / "maps";
    CHECK(names(list_maps({maps}, maps / "figures")) == Names{"m.jpg", "old/m.png"});
    CHECK(names(list_maps({maps}, maps / "old/../figures/")) == Names{"m.jpg", "old/m.png"});
    CHECK(list_maps({maps}, maps / "not there yet").size() == 3);
    CHECK(list_maps({maps / "old"}, maps).size() == 1);  // maps may lie below it
    folder.put("maps/old/.figurant/run.json", "{}");
    CHECK(names(list_maps({maps}, maps / "figures")) == Names{"m.jpg"});  // another run's
    CHECK(find_maps({maps}).others == Names{"old/"});
    CHECK(list_maps({maps / "old"}).size() == 1);  // given by name
    CHECK(list_maps({maps / "m.jpg"}, maps).size() == 1);
    CHECK_THROWS_WITH_AS(list_maps({maps}, folder / "maps/."),
                         doctest::Contains("they would be taken for maps"), Error);
}

TEST_CASE("other files of a folder are told; a link that leads nowhere is a map with its trouble") {
    const ScratchFolder folder;
    for (const char* name : {"m.jpg", "notes.txt", "deep/anim.gif", ".hidden.txt"}) folder.put(name, "x");
    fs::create_symlink(folder / "gone.png", folder / "link.png");
    const auto found = find_maps({folder.path()});
    CHECK(found.others == Names{"deep/anim.gif", "notes.txt"});
    REQUIRE(names(found.maps) == Names{"link.png", "m.jpg"});
    CHECK(found.maps[0].trouble == "is a link that leads nowhere");
    CHECK(found.maps[1].trouble.empty());
    CHECK_THROWS_WITH_AS(list_maps({folder / "deep"}), doctest::Contains("no map in it (there is anim.gif)"),
                         Error);
}

TEST_CASE("a folder below that cannot be listed is a map with its trouble, and hides no other") {
    if (::geteuid() == 0) return;  // nothing is closed to root
    const ScratchFolder folder;
    for (const char* name : {"a/m.jpg", "closed/m.jpg", "z/m.jpg"}) folder.put(name, "x");
    fs::permissions(folder / "closed", fs::perms::none);
    const auto found = find_maps({folder.path()}).maps;
    fs::permissions(folder / "closed", fs::perms::owner_all);
    REQUIRE(names(found) == Names{"a/m.jpg", "closed", "z/m.jpg"});
    CHECK(found[1].trouble.starts_with("the folder cannot be listed: "));
}

TEST_CASE("a path that leads nowhere, and a folder without maps, are errors at once") {
    const ScratchFolder folder;
    folder.put("a/notes.txt", "x");
    for (const auto& paths : std::vector<std::vector<fs::path>>{{folder / "gone"}, {folder / "a"}, {}}) {
        try {
            list_maps(paths);
            FAIL("was listed");
        } catch (const Error& error) {
            CHECK(error.cause() == Cause::input);
            CHECK(!error.next_step().empty());
        }
    }
}

TEST_CASE("a digest differs when a file was changed, and only then") {
    const ScratchFolder folder;
    const auto file = folder.put("a.jpg", std::string(300'000, 'a'));
    const std::string before = input_digest(file);
    CHECK(input_digest(file) == before);
    const auto time = fs::last_write_time(file);
    for (const std::size_t at : {std::size_t{0}, std::size_t{299'999}}) {
        std::string contents(300'000, 'a');
        contents[at] = 'b';
        folder.put("a.jpg", contents);
        fs::last_write_time(file, time);
        CHECK(input_digest(file) != before);
    }
    folder.put("a.jpg", std::string(300'000, 'a'));
    fs::last_write_time(file, time + std::chrono::seconds(1));
    CHECK(input_digest(file) != before);
    fs::last_write_time(file, time);
    CHECK(input_digest(file) == before);
    CHECK_THROWS_AS(input_digest(folder / "gone"), Error);
    CHECK(input_digest(folder.put("empty.jpg", "")) != "");
}
