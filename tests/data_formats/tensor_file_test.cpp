// Which kind a file of tensors is of, and what its numbers come to.

#include "data_formats/tensors/tensor_file.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "base/error.h"
#include "data_formats/weights/weights.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::tests;

namespace {

NamedArray floats(const std::vector<float>& values) {
    NamedArray array{"t", ElementType::float32, {static_cast<std::int64_t>(values.size())}, {}};
    array.bytes = ArrayBytes(std::as_bytes(std::span(values)));
    return array;
}

std::string rejection(const std::filesystem::path& path) {
    try {
        open_tensors(path);
    } catch (const Error& error) {
        return error.cause() == Cause::model ? error.what() + (" | " + error.next_step()) : "wrong error";
    }
    return "";
}

}  // namespace

TEST_CASE("every kind is told by its content, whatever its name") {
    const ScratchFolder folder;
    const StoredTensor tensor{"t", dt_float, {1}, "abcd"};
    write_checkpoint(folder / "model.ckpt-1", {tensor});
    CHECK(open_tensors(folder / "model.ckpt-1")->kind() == "TensorFlow checkpoint");
    CHECK(open_tensors(folder / "model.ckpt-1.index")->kind() == "TensorFlow checkpoint");
    folder.put("graph.bin", graph_def({constant_node("t", tensor_proto(tensor))}));
    CHECK(open_tensors(folder / "graph.bin")->kind() == "frozen graph");
    write_weights(folder / "w", {"model", "[network]", {floats({1, 2})}});
    CHECK(open_tensors(folder / "w")->kind() == "model");
    CHECK(open_tensors(folder / "w")->config() == "[network]");
    write_weights(folder / "m/model.h5", {"model", "", {floats({3})}});
    CHECK(open_tensors(folder / "m")->tensors().size() == 1);
}

TEST_CASE("what is none of them is told what it is") {
    const ScratchFolder folder;
    write_checkpoint(folder / "x", {{"t", dt_float, {1}, "abcd"}});
    CHECK(rejection(folder / "x.data-00000-of-00001").find("give the checkpoint's prefix") !=
          std::string::npos);
    CHECK(rejection(folder / "gone")
              .find("does not exist, nor does gone.index | check the path; beside it are " +
                    (folder / "x").string()) != std::string::npos);
    CHECK(rejection(folder.put("e", "")).find("is empty") != std::string::npos);
    CHECK(rejection(folder.put("z", "PK\x03\x04...")).find("zip archive") != std::string::npos);
    CHECK(rejection(folder.put("t", "hello")).find("no file of weights of a known kind") !=
          std::string::npos);
    CHECK(rejection(folder.put("x.meta", "\x0a\x02xx")).find("prefix: " + (folder / "x").string()) !=
          std::string::npos);
    CHECK(rejection(folder.put("checkpoint", "model_checkpoint_path: \"x\"")).find("only names") !=
          std::string::npos);
    CHECK(rejection(folder.put("saved_model.pb", "\x08\x01\x12")).find("variables/variables") !=
          std::string::npos);
    CHECK(rejection(folder.put("x.tar.gz", "\x1f\x8b\x08")).find("unpack it") != std::string::npos);
    CHECK(rejection(folder.path()).find("is a folder without model.h5 | give one of what is in it: ") !=
          std::string::npos);
    folder.put("below/a.txt", "");
    CHECK(rejection(folder / "below").find("a TensorFlow checkpoint's prefix") != std::string::npos);
}

TEST_CASE("smallest, mean and largest value") {
    const auto summary = summarize(floats({-1, 0.5f, 3.5f}));
    CHECK(summary->min == -1);
    CHECK(summary->mean == 1);
    CHECK(summary->max == 3.5);
    CHECK(!summarize(floats({})));
    CHECK(std::isnan(summarize(floats({1, NAN, 2}))->max));
    CHECK(std::isnan(summarize(floats({NAN, 1}))->min));
}
