// figurant weights: what a file of tensors holds, as a table and as JSON.

#include <doctest/doctest.h>

#include "tests/cli/program_in_process.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;
using test::call;
using test::has;

namespace {

void put_checkpoint(const ScratchFolder& folder) {
    using namespace tests;
    write_checkpoint(folder / "x.ckpt",
                     {{"empty", dt_float, {0}, ""},
                      {"text", dt_string, {1}, "\1a"},
                      {"w", dt_float, {2, 2}, bytes_of(std::vector<float>{-1, 0, 0.5f, 4.5f})}});
}

}  // namespace

TEST_CASE("the table has a line for each tensor") {
    const ScratchFolder folder;
    put_checkpoint(folder);
    const auto out = call({"weights", (folder / "x.ckpt").string()});
    CHECK(out.code == 0);
    CHECK(has(out.out, "w      float32  [2, 2]  -1   1     4.5\n"));
    CHECK(has(out.out, "text   string   [1]     -    -     -\n"));
    CHECK(has(out.out, "TensorFlow checkpoint, 3 tensors\n"));
}

TEST_CASE("--json prints a list of objects, null where there is no number") {
    const ScratchFolder folder;
    put_checkpoint(folder);
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"weights", (folder / "x.ckpt.index").string(), "--json"},
                                               {"weights", "--json", "true", (folder / "x.ckpt").string()}}) {
        const auto out = call(words);
        CHECK(out.code == 0);
        CHECK(out.out ==
              "[\n"
              "{\"name\": \"empty\", \"type\": \"float32\", \"shape\": [0], \"min\": null, \"mean\": null, "
              "\"max\": null},\n"
              "{\"name\": \"text\", \"type\": \"string\", \"shape\": [1], \"min\": null, \"mean\": null, "
              "\"max\": null},\n"
              "{\"name\": \"w\", \"type\": \"float32\", \"shape\": [2, 2], \"min\": -1, \"mean\": 1, "
              "\"max\": 4.5}\n"
              "]\n");
    }
}

TEST_CASE("a file that is damaged or missing ends with the code of rejected models") {
    const ScratchFolder folder;
    CHECK(call({"weights", (folder / "gone").string()}).code == 5);
    put_checkpoint(folder);
    folder.put("x.ckpt.data-00000-of-00001", std::string(18, 'x'));
    const auto out = call({"weights", (folder / "x.ckpt").string()});
    CHECK(out.code == 5);
    CHECK(has(out.err, "expected checksum"));
}
