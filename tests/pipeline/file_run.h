#pragma once
// A run that writes real files, the same each time: for tests that kill it, or take its disk away.
//
// Six inputs, each split in three; a sink writes two files of each input, a finish stage one of them all.
// Input 2 fails, with a file begun; an item of input 4 is skipped.

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/file_writer.h"
#include "pipeline/graph_checker.h"
#include "pipeline/run.h"
#include "tests/pipeline/plan_builder.h"
#include "tests/pipeline/test_stages.h"

namespace figurant::pipeline::test {
namespace fs = std::filesystem;

struct FolderParameters : LabParameters {
    std::filesystem::path folder;
    static const ParameterList<FolderParameters>& list() {
        static const auto parameters =
            ParameterList<FolderParameters>(LabParameters::list())
                .add("folder", &FolderParameters::folder, "where the files are written");
        return parameters;
    }
};

/// Two files an input: one grows with each item, one is written at the end.
class WriteNumbers : public Sink {
  public:
    static constexpr std::string_view sentence = "Writes numbers.", type_name = "write_numbers";
    static auto ports() { return std::tuple(number_in); }
    static const ParameterList<FolderParameters>& parameters() { return FolderParameters::list(); }
    explicit WriteNumbers(FolderParameters given) : folder_(std::move(given.folder)) {}
    std::unique_ptr<Part> begin(const InputReference& input) const override {
        class Writing : public Part {
          public:
            Writing(const fs::path& folder, const std::string& name)
                : list_(folder / "lists" / (name + ".txt")), sum_(folder / ("sum_" + name)) {}
            void add(const Inputs& in, Context&) override {
                list_.write(std::to_string(in[number_in].value) + "\n");
                total_ += in[number_in].value;
            }
            void flush() override {
                sum_.write(std::to_string(total_));
                list_.flush();
                sum_.flush();
            }
            void commit() override {
                list_.commit();
                sum_.commit();
            }

          private:
            FileWriter list_, sum_;
            std::int64_t total_ = 0;
        };
        return std::make_unique<Writing>(folder_, input.name);
    }

  private:
    fs::path folder_;
};

/// One file over all inputs.
class WriteAll : public Finish {
  public:
    static constexpr std::string_view sentence = "Writes all numbers.", type_name = "write_all";
    static auto ports() { return std::tuple(number_in); }
    static const ParameterList<FolderParameters>& parameters() { return FolderParameters::list(); }
    explicit WriteAll(FolderParameters given) : folder_(std::move(given.folder)) {}
    std::string part(const Inputs& in, Context& context) const override {
        return std::to_string(context.input().place) + ": " + std::to_string(in[number_in].value);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        FileWriter writer(folder_ / "all.txt");
        while (const auto part = next()) {
            writer.write(part->input->name + (part->partial ? " in part" : ""));
            for (const auto& item : part->items) writer.write(" " + item);
            writer.write("\n");
        }
        writer.commit();
    }

  private:
    fs::path folder_;
};

/// Tells nothing but the order in which inputs are opened, to a file of its own, past the one writer.
inline void note_opened(const fs::path& log, const std::string& name) {
    const int descriptor = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string line = name + "\n";
    const auto written = ::write(descriptor, line.data(), line.size());
    ::close(descriptor);
    if (written != static_cast<ssize_t>(line.size())) std::abort();
}

struct FileRun {
    fs::path output, opened;  ///< opened: a list of the inputs opened; empty: none
    std::vector<std::string> names{"a", "b", "c", "d", "e", "f"};
    std::set<std::string> failing{"c"};
    std::map<std::string, std::string> digests;  ///< of those whose digest is not "d"
    int amount = 10;                             ///< a parameter that decides the results, at least 3
    int delay = 0;                               ///< microseconds that an item takes
    bool bundled = false;                        ///< behind a regroup
    /// Sees each item at the stage "check", where it may tell the run something.
    std::function<void(const std::string& name, Context&)> see = [](const std::string&, Context&) {};
    RunOptions options;

    FileRun() {
        options.settings.threads = 2;
        options.settings.memory = std::size_t{1} << 26;
    }

    RunReport run() {
        static std::atomic<int> runs{0};
        const std::string name = "file run " + std::to_string(runs++);
        Lab& lab = Lab::named(name);
        set_up(lab);
        PlanBuilder builder;
        const ParameterValues values{{"lab", ParameterValue(Scalar(name))},
                                     {"amount", ParameterValue(Scalar(std::int64_t{amount}))}};
        auto to_folder = values;
        to_folder["folder"] = ParameterValue(Scalar(output.string()));
        const auto source = builder.add<Inputs_>("inputs", {}, values);
        const auto split = builder.add<Split>("split", {{source}}, values);
        const auto apply = builder.add<Apply>("apply", {{split}}, values);
        builder.execution(apply).on_error = "skip_item";
        const auto check = builder.add<Apply>("check", {{apply}}, values);
        const auto last = bundled ? builder.add<Bundle>("bundle", {{check}}, values) : check;
        builder.add<WriteNumbers>("write", {{last}}, to_folder);
        const auto mix = bundled ? last : builder.close<Mix>("mix", split, {{check}}, values);
        builder.add<WriteAll>("write_all", {{mix}}, to_folder);
        Plan& plan = builder.plan();
        plan.output = output;
        plan.title = "files";
        forget_names(plan);
        plan.facts = plan_facts(plan.stages, std::vector<std::string>(plan.stages.size()), output.string());
        plan.digest = facts_digest(plan.facts);
        return pipeline::run(plan, options);
    }

  private:
    /// The lab's name differs between runs, and decides nothing.
    static void forget_names(Plan& plan) {
        static std::deque<StageType> types;
        for (auto& stage : plan.stages) {
            auto& type = types.emplace_back(*stage.type);
            for (auto& parameter : type.parameters)
                if (parameter.name == "lab") parameter.affects_result = false;
            stage.type = &type;
        }
    }

    void set_up(Lab& lab) {
        lab.inputs = [this] {
            std::vector<InputReference> inputs;
            for (const auto& name : names) {
                const auto digest = digests.find(name);
                inputs.push_back({name, digest == digests.end() ? "d" : digest->second});
            }
            return inputs;
        };
        lab.open = [this](const InputReference& input) {
            if (!opened.empty()) note_opened(opened, input.name);
            return static_cast<std::int64_t>(input.name.front()) * 1000;
        };
        lab.map = [this](const Number& number, Context& context) {
            if (delay > 0) std::this_thread::sleep_for(std::chrono::microseconds(delay));
            const std::string& name = context.input().name;
            const auto item = number.value % 1000;  // at the stage "check": more by `amount`
            if (name == "e" && item == 1) throw Error(Cause::input, "item 1 is bad");
            if (failing.contains(name) && item == amount + 2) throw Error(Cause::input, "it is bad");
            if (item >= amount) see(name, context);
            return Number{number.value + amount};
        };
    }
};

}  // namespace figurant::pipeline::test
