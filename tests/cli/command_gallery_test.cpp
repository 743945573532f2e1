// Broken command lines and the exact messages they get: tests/error_gallery/command_lines/NAME.words (a word
// a line, without the program's name) and NAME.txt. The graphs of tests/error_gallery/parts are the shipped
// ones. With FIGURANT_WRITE_GALLERY set, the .txt files are written instead.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "pipeline/registry.h"
#include "tests/cli/program_in_process.h"

using namespace figurant;
using test::call;
namespace fs = std::filesystem;

namespace {

const fs::path gallery = "tests/error_gallery/command_lines";

struct GalleryGraphs {
    GalleryGraphs() {
        test::link_stages();
        setenv("FIGURANT_GRAPHS", "tests/error_gallery/parts", 1);
    }
    ~GalleryGraphs() { unsetenv("FIGURANT_GRAPHS"); }
};

std::vector<std::string> words_of(const fs::path& file) {
    std::vector<std::string> words;
    std::istringstream lines(read_file(file));
    for (std::string line; std::getline(lines, line);) words.push_back(line);
    return words;
}

struct Thing {};
/// How often a stage that would load a model was made, and how often it was made ready.
std::atomic<int> made{0}, prepared{0};

}  // namespace

template <>
struct figurant::pipeline::PayloadTraits<Thing> {
    static constexpr std::string_view name = "thing";
    static std::size_t bytes(const Thing&) { return 1; }
};

namespace {

class WithModel : public pipeline::Source {
  public:
    static constexpr std::string_view sentence = "Loads a model.";
    static constexpr pipeline::Out<Thing> thing{"thing", "a thing"};
    static auto ports() { return std::tuple(thing); }
    struct Parameters {
        std::filesystem::path model;
    };
    static const ParameterList<Parameters>& parameters();
    explicit WithModel(Parameters) { ++made; }
    void prepare(const pipeline::RunSettings&) override { ++prepared; }
    std::vector<pipeline::InputReference> inputs() const override { return {{"one", "", 1, 0}}; }
    void open(const pipeline::InputReference&, pipeline::Outputs& out, pipeline::Context&) const override {
        out.emit(thing, Thing{});
    }
};
const ParameterList<WithModel::Parameters>& WithModel::parameters() {
    static const auto list =
        ParameterList<Parameters>{}.add("model", &Parameters::model, "the model", required);
    return list;
}
class TakesThings : public pipeline::Finish {
  public:
    static constexpr std::string_view sentence = "Takes things.";
    static constexpr pipeline::In<Thing> thing{"thing", "a thing"};
    static auto ports() { return std::tuple(thing); }
    std::string part(const pipeline::Inputs&, pipeline::Context&) const override { return ""; }
    void finish(const std::function<std::optional<pipeline::FinishPart>()>& next,
                pipeline::Context&) const override {
        while (next()) {
        }
    }
};
const pipeline::Registered<WithModel> with_model("gallery_with_model");
const pipeline::Registered<TakesThings> takes_things("gallery_takes_things");

const std::string graph_with_model = R"(
[params.model]
type = "path"
default = "nowhere.h5"
[stages.thing]
type = "gallery_with_model"
model = "${model}"
[stages.end]
type = "gallery_takes_things"
from = "thing"
)";

}  // namespace

TEST_CASE(
    "each broken command line of the gallery gets exactly its messages, exit code 2, and runs nothing") {
    const GalleryGraphs graphs;
    std::vector<fs::path> files;
    for (const auto& each : fs::directory_iterator(gallery))
        if (each.path().extension() == ".words") files.push_back(each.path());
    std::sort(files.begin(), files.end());
    CHECK(files.size() >= 52);
    for (auto file : files) {
        CAPTURE(file);
        const auto outcome = call(words_of(file));
        CHECK(outcome.code == 2);
        CHECK(outcome.out == "");
        CHECK(!fs::exists("gallery_output"));
        file.replace_extension(".txt");
        if (std::getenv("FIGURANT_WRITE_GALLERY"))
            write_file(file, outcome.err);
        else
            CHECK(outcome.err == read_file(file));
    }
}

TEST_CASE("graphs and command lines of the gallery are well over sixty") {
    std::size_t count = 0;
    for (const auto& each : fs::directory_iterator("tests/error_gallery"))
        count += each.path().extension() == ".toml";
    for (const auto& each : fs::directory_iterator(gallery)) count += each.path().extension() == ".words";
    CHECK(count >= 123);
}

TEST_CASE("check, show and help make no stage, and so load no model; a run does") {
    const test::Home home;
    home.add_graph("model", graph_with_model);
    for (const auto& words : std::vector<std::vector<std::string>>{{"check", "model"},
                                                                   {"check", "model", "--model", "other.h5"},
                                                                   {"show", "model", "--format", "svg"},
                                                                   {"run", "model", "--help"},
                                                                   {"stages", "gallery_with_model"},
                                                                   {"schema"},
                                                                   {"graphs"}})
        CHECK(call(words).code == 0);
    CHECK(made == 0);
    CHECK(prepared == 0);
    CHECK(call({"run", "model"}).code == 0);
    CHECK(made == 1);
    CHECK(prepared == 1);
}
