#include "tests/pipeline/nested_run.h"

#include <fstream>

#include "pipeline/graph_file.h"
#include "pipeline/registry.h"
#include "tests/pipeline/file_run.h"

namespace figurant::pipeline::test {

namespace {

std::string
    failing_name;  // of the run under way; no parameter, as those of sub-runs all decide their results

struct NamesParameters {
    std::vector<std::string> names;
    std::string prefix;
    std::filesystem::path log;
};

/// A text for each name; notes in a log which were opened.
class ListNames : public Source {
  public:
    static constexpr std::string_view sentence = "Gives names.";
    static constexpr Out<std::string> name{"name", "prefix and name"};
    static auto ports() { return std::tuple(name); }
    using Parameters = NamesParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("names", &Parameters::names, "the names", neutral)
                .add("prefix", &Parameters::prefix, "what comes before each")
                .add("log", &Parameters::log, "where the opened ones are noted", neutral);
        return list;
    }
    explicit ListNames(Parameters given) : given_(std::move(given)) {}
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> all;
        for (const auto& each : given_.names) {
            all.emplace_back();
            all.back().name = each;
            all.back().digest = "digest";
        }
        return all;
    }
    void open(const InputReference& input, Outputs& out, Context& context) const override {
        const std::string whole = given_.prefix + input.name;
        if (!given_.log.empty()) note_opened(given_.log, whole);
        if (whole == failing_name) throw Error(Cause::input, "it is bad", "mend it");
        context.count("names", 1);
        context.warn("seen");
        context.print(whole + "\n");
        out.emit(name, whole);
    }

  private:
    Parameters given_;
};

struct FilesParameters {
    std::filesystem::path folder;
    std::string mark;
    static const ParameterList<FilesParameters>& list() {
        static const auto parameters = ParameterList<FilesParameters>{}
                                           .add("folder", &FilesParameters::folder, "where the files are")
                                           .add("mark", &FilesParameters::mark, "what is written in each");
        return parameters;
    }
};

class WriteNames : public Sink {
  public:
    static constexpr std::string_view sentence = "Writes a file of each name.";
    static constexpr In<std::string> name{"name", "the name"};
    static auto ports() { return std::tuple(name); }
    using Parameters = FilesParameters;
    static const ParameterList<Parameters>& parameters() { return Parameters::list(); }
    explicit WriteNames(Parameters given) : given_(std::move(given)) {}
    std::unique_ptr<Part> begin(const InputReference& input) const override {
        class Writing : public Part {
          public:
            Writing(const fs::path& file, std::string mark) : writer_(file), mark_(std::move(mark)) {}
            void add(const Inputs& in, Context&) override { writer_.write(in[name] + " " + mark_); }
            void flush() override { writer_.flush(); }
            void commit() override { writer_.commit(); }

          private:
            FileWriter writer_;
            std::string mark_;
        };
        return std::make_unique<Writing>(given_.folder / input.name, given_.mark);
    }

  private:
    Parameters given_;
};

/// A file over all: of names, or of sub-runs.
template <class Item>
class WriteList : public Finish {
  public:
    static constexpr std::string_view sentence = "Writes one file over all.";
    static constexpr In<Item> item{"item", "what is listed"};
    static auto ports() { return std::tuple(item); }
    using Parameters = FilesParameters;
    static const ParameterList<Parameters>& parameters() { return Parameters::list(); }
    explicit WriteList(Parameters given) : given_(std::move(given)) {}
    std::string part(const Inputs& in, Context&) const override {
        if constexpr (std::is_same_v<Item, SubRun>)
            return read_file(in[item].output / "list");
        else
            return in[item];
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        std::string text;
        while (const auto part = next()) {
            text += part->input->name + ":";
            for (const auto& each : part->items) text += " [" + each + "]";
            text += "\n";
        }
        write_file(given_.folder / "list", text);
    }

  private:
    Parameters given_;
};
using WriteNameList = WriteList<std::string>;
using WriteRunList = WriteList<SubRun>;

const Registered<ListNames> list_names("test_list_names");
const Registered<WriteNames> write_names("test_write_names");
const Registered<WriteNameList> write_name_list("test_write_name_list");
const Registered<WriteRunList> write_run_list("test_write_run_list");

constexpr const char* outer_graph = R"(
[params.names]
type = "string"
many = true
[params.output]
type = "path"
[params.log]
type = "path"
default = ""
[params.mark]
type = "string"

[stages.names]
type = "test_list_names"
names = "${names}"
log = "${log}"

[stages.each]
type = "for_each_graph"
file = "inner.toml"
from = "names"
prefix = "${item.text}/"
mark = "${mark}"
log = "${log}"
output = "${output}/runs/${item.text}"

[stages.all]
type = "test_write_run_list"
from = "each"
folder = "${output}"
)";

constexpr const char* inner_graph = R"(
[params.prefix]
type = "string"
[params.output]
type = "path"
[params.log]
type = "path"
default = ""
[params.mark]
type = "string"

[stages.names]
type = "test_list_names"
names = ["x", "y", "z"]
prefix = "${prefix}"
log = "${log}"

[stages.files]
type = "test_write_names"
from = "names"
folder = "${output}"
mark = "${mark}"

[stages.list]
type = "test_write_name_list"
from = "names"
folder = "${output}"
)";

}  // namespace

NestedRun::NestedRun() {
    options.settings.threads = 2;
    options.settings.memory = std::size_t{1} << 26;
}

RunReport NestedRun::run() const {
    // Past the one writer: these are not the run's.
    if (!fs::exists(folder / "outer.toml")) {
        std::ofstream(folder / "inner.toml") << inner_graph;
        std::ofstream(folder / "outer.toml") << outer_graph;
    }
    std::vector<Scalar> list(names.begin(), names.end());
    const ParameterValues given{{"names", ParameterValue(std::move(list))},
                                {"output", ParameterValue(Scalar(output().string()))},
                                {"log", ParameterValue(Scalar(opened.string()))},
                                {"mark", ParameterValue(Scalar(mark))}};
    failing_name = failing;
    const Plan plan = plan_graph(folder / "outer.toml", given, {}, {});
    return pipeline::run(plan, options);
}

}  // namespace figurant::pipeline::test
