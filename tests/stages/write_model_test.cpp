#include "data_formats/csv/csv.h"
#include "data_formats/weights/weights.h"
#include "stages/convert/tensors.h"
#include "tests/stages/foreign_weights.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::ConvertedModel;

TEST_CASE("model.h5 reads back, and weights.csv has a line for each tensor") {
    const ScratchFolder folder;
    WeightsFile weights{"model", "[network]\n", {}};
    weights.arrays.push_back({"a", ElementType::float32, {1}, ArrayBytes(std::vector<std::byte>(4))});
    ConvertedModel converted{"x.ckpt", std::make_shared<const WeightsFile>(weights), {}};
    converted.mapping.rows = {{"a", mask_rcnn::TensorUse::taken, "", 0, {1}, {1}},
                              {"b, \"c\"", mask_rcnn::TensorUse::left_out, "no variable", 1, {2, 3}, {}}};
    StageRun write("write_model", {{"folder", one(folder / "out")}});
    write.sink({payload(converted)});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"out/model.h5", "out/weights.csv"});
    CHECK(data_formats::read_weights(folder / "out/model.h5", "model").arrays.at(0).name == "a");
    const auto table = data_formats::parse_csv(read_file(folder / "out/weights.csv"), "weights.csv");
    REQUIRE(table.size() == 3);
    CHECK(table[1] == std::vector<std::string>{"a", "taken", "", "[1]", "[1]"});
    CHECK(table[2] == std::vector<std::string>{"b, \"c\"", "left out", "no variable", "[2, 3]", ""});
}
