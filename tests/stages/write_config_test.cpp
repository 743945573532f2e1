#include "stages/convert/config_file.h"
#include "tests/stages/training.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::ConfigFile;

TEST_CASE("a configuration is written under its name, which leads nowhere else") {
    const ScratchFolder folder;
    StageRun write("write_config", {{"folder", one(folder / "out")}});
    write.sink({payload(ConfigFile{"pipeline", "[network]\n"})});
    write.sink({payload(ConfigFile{"../up", "[training]\n"})});
    const auto files = files_below(folder.path());
    REQUIRE(files.size() == 2);
    CHECK(files[0].starts_with("out/"));
    CHECK(files[1].starts_with("out/"));
    CHECK(read_file(folder / "out/pipeline.toml") == "[network]\n");
}
