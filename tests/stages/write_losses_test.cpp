#include <sstream>

#include "base/file_writer.h"
#include "stages/train/batch.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::SavedModel;

namespace {

Payload saved(std::int64_t first, std::int64_t last) {
    SavedModel model;
    model.step = last;
    model.loss_names = {"Loss/a", "Loss/total"};
    for (std::int64_t step = first; step <= last; ++step)
        model.losses.push_back(
            {step, 0.1 / static_cast<double>(step), {1.0 / 3 / static_cast<double>(step), 1e-9}});
    return payload(std::move(model));
}

}  // namespace

TEST_CASE("all steps stand in one table under one heading, each number as it was") {
    const ScratchFolder folder;
    StageRun write("write_losses", {{"folder", one(folder.path())}});
    write.finish({{"a", {saved(1, 3)}}, {"b", {saved(4, 4), saved(5, 7)}}});
    std::istringstream table(read_file(folder / "losses.csv"));
    std::string line;
    std::getline(table, line);
    CHECK(line == "step,learning_rate,Loss/a,Loss/total");
    for (std::int64_t step = 1; step <= 7; ++step) {
        REQUIRE(std::getline(table, line));
        double number[4];
        char comma;
        std::istringstream fields(line);
        fields >> number[0] >> comma >> number[1] >> comma >> number[2] >> comma >> number[3];
        CHECK(number[0] == static_cast<double>(step));
        CHECK(number[1] == 0.1 / static_cast<double>(step));
        CHECK(number[2] == 1.0 / 3 / static_cast<double>(step));
        CHECK(number[3] == 1e-9);
    }
    CHECK_FALSE(std::getline(table, line));
}

TEST_CASE("a training that came to no checkpoint has no table") {
    const ScratchFolder folder;
    StageRun("write_losses", {{"folder", one(folder.path())}}).finish({{"a", {}}});
    CHECK(files_below(folder.path()).empty());
}
