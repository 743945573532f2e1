#include "pipeline/stage_test.h"

#include <map>
#include <memory>
#include <mutex>

#include "base/digest.h"
#include "pipeline/problems.h"
#include "pipeline/stage_values.h"

namespace figurant::pipeline {

/// Which of the inputs that a test gave.
struct GivenInput {
    std::size_t index = 0;
};
template <>
struct PayloadTraits<GivenInput> {
    static constexpr std::string_view name = "given_input";
    static std::size_t bytes(const GivenInput& given) { return sizeof given; }
};

/// The plan of one run: what is given -> its items -> the stage -> what is taken.
struct StageTestPlan {
    using Given = std::vector<StageTest::Input>;

    class GivenSource : public Source {
      public:
        explicit GivenSource(const Given& given) : given_(given) {}
        std::vector<InputReference> inputs() const override {
            std::vector<InputReference> all;
            for (const auto& input : given_)
                all.push_back({input.name, hex_digest(input.name), 64, all.size()});
            return all;
        }
        void open(const InputReference& input, Outputs& out, Context&) const override {
            out.put("input", Payload::of(GivenInput{input.place}));
        }

      private:
        const Given& given_;
    };

    class GivenItems : public Expand {
      public:
        GivenItems(const Given& given, const std::vector<PortDeclaration>& ports)
            : given_(given), ports_(ports) {}
        std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
            const auto* input = static_cast<const GivenInput*>(in.at(0).data.get());
            return std::make_unique<Items>(given_[input->index].items, ports_);
        }

      private:
        struct Items : Cursor {
            Items(const std::vector<std::vector<Payload>>& given, const std::vector<PortDeclaration>& names)
                : items(given), ports(names) {}
            std::size_t next_bytes() const override {
                std::size_t bytes = 0;
                if (at < items.size())
                    for (const auto& payload : items[at]) bytes += payload.bytes;
                return bytes;
            }
            bool next(Outputs& out, Context&) override {
                if (at == items.size()) return false;
                for (std::size_t i = 0; i < ports.size(); ++i) out.put(ports[i].name, items[at][i]);
                ++at;
                return true;
            }
            std::optional<std::uint64_t> count() const override { return items.size(); }
            const std::vector<std::vector<Payload>>& items;
            const std::vector<PortDeclaration>& ports;
            std::size_t at = 0;
        };
        const Given& given_;
        const std::vector<PortDeclaration>& ports_;
    };

    /// What came out, of inputs that succeeded; shared by the parts.
    struct Taken {
        std::mutex mutex;
        std::map<Lineage, StageTestItem> items;
    };

    class TakeItems : public Sink {
      public:
        TakeItems(Taken& taken, std::size_t ports) : taken_(taken), ports_(ports) {}
        std::unique_ptr<Part> begin(const InputReference& input) const override {
            return std::make_unique<Open>(taken_, ports_, input.name);
        }

      private:
        struct Open : Part {
            Open(Taken& into, std::size_t port_count, std::string name)
                : taken(into), ports(port_count), input(std::move(name)) {}
            void add(const Inputs& in, Context&) override {
                StageTestItem item{input, {}};
                for (std::size_t i = 0; i < ports; ++i) item.payloads.push_back(in.at(i));
                items.emplace_back(in.lineage(), std::move(item));
            }
            void flush() override {}
            void commit() override {
                const std::scoped_lock lock(taken.mutex);
                for (auto& item : items) taken.items.insert(std::move(item));
            }
            Taken& taken;
            std::size_t ports;
            std::string input;
            std::vector<std::pair<Lineage, StageTestItem>> items;
        };
        Taken& taken_;
        std::size_t ports_;
    };

    template <class Make>
    static StageType helper(std::string name, Kind kind, Make make) {
        StageType type;
        type.name = std::move(name);
        type.kind = kind;
        type.make = make;
        return type;
    }

    explicit StageTestPlan(const StageTest& test) {
        given = helper("given", Kind::source,
                       [&](const auto&) { return std::make_unique<GivenSource>(test.inputs_); });
        given.outputs = {{"input", "", &payload_type<GivenInput>()}};
        items = helper("items", Kind::expand, [&](const auto&) {
            return std::make_unique<GivenItems>(test.inputs_, test.type_->inputs);
        });
        items.inputs = given.outputs;
        items.outputs = test.type_->inputs;
        take = helper("take", Kind::sink, [&](const auto&) {
            return std::make_unique<TakeItems>(taken, test.type_->outputs.size());
        });
        take.inputs = test.type_->outputs;
        plan.title = "a test of " + test.type_->name;
        add_stages(test);
    }

    void add_stages(const StageTest& test) {
        const Kind kind = test.type_->kind;
        std::vector<std::size_t> scope;
        if (kind != Kind::source) {
            add(given, {}, 0);
            scope.push_back(add(items, scope, 1));
            plan.stages.back().scope = scope;
        }
        const std::size_t tested =
            add(*test.type_, scope, kind == Kind::source ? 0 : test.type_->inputs.size());
        auto& stage = plan.stages.back();
        stage.values = test.values_;
        stage.execution = test.execution_;
        if (kind == Kind::gather) {
            stage.group = scope.back();
            stage.scope.clear();
        } else if (kind == Kind::regroup) {
            stage.regroup = tested;
            stage.scope.clear();
        } else if (kind == Kind::expand) {
            stage.scope.push_back(tested);
        }
        if (test.type_->outputs.empty()) return;
        const auto inner = stage.scope;
        const auto regroup = stage.regroup;
        add(take, inner, test.type_->outputs.size());
        plan.stages.back().regroup = regroup;
    }

    /// A stage that takes all ports of the one before it.
    std::size_t add(const StageType& type, std::vector<std::size_t> scope, std::size_t ports) {
        PlannedStage stage;
        stage.name = type.name;
        stage.type = &type;
        stage.scope = std::move(scope);
        for (std::size_t i = 0; i < ports; ++i) stage.inputs.push_back({plan.stages.size() - 1, i});
        plan.stages.push_back(std::move(stage));
        return plan.stages.size() - 1;
    }

    StageType given, items, take;
    Taken taken;
    Plan plan;
};

namespace {

std::string no_type(const std::string& name) {
    std::vector<std::string> names;
    for (const auto* each : Registry::global().all())
        if (each->make) names.push_back(each->name);
    const auto near = nearest_name(name, names);
    return "there is no stage type " + in_quotes(name) + " to test" +
           (near ? "; did you mean " + in_quotes(*near) + "?" : "");
}

}  // namespace

StageTest::StageTest(const std::string& toml) {
    Problems problems;
    const TomlNode table = parse_toml(toml, "the stage");
    DeclaredStage declared;
    declared.name = "tested";
    declared.place = table.place;
    for (const auto& entry : table.entries) {
        if (entry.key == "type" || entry.key == "execution")
            declared.reserved(entry.key) = entry;
        else
            declared.parameters.push_back(entry);
    }
    const auto* name = declared.type ? declared.type->value.text() : nullptr;
    if (name) type_ = Registry::global().find(*name);
    if (!name) throw Error(Cause::configuration, "the stage needs its type: type = \"…\"");
    if (!type_ || !type_->make) throw Error(Cause::configuration, no_type(*name));
    const Bindings none;
    std::set<std::string> missing;
    StageValues values(none, missing, problems);
    values_ = values.all(in_quotes(*name), table.place, declared.parameters, type_->parameters);
    execution_ = values.execution(declared, *type_);
    problems.throw_if_any();
}

void StageTest::give_item(const std::string& input, std::vector<Payload> payloads) {
    const auto& ports = type_->inputs;
    bool fits = payloads.size() == ports.size();
    for (std::size_t i = 0; fits && i < ports.size(); ++i)
        fits = !ports[i].type || ports[i].type->name == payloads[i].type->name;
    if (!fits) {
        std::string wanted;
        for (const auto& port : ports)
            wanted += (wanted.empty() ? "" : ", ") + std::string(port.type ? port.type->name : "any type");
        throw Error(Cause::configuration, "an item of " + type_->name + " is (" + wanted + ")");
    }
    for (auto& each : inputs_)
        if (each.name == input) return each.items.push_back(std::move(payloads));
    inputs_.push_back({input, {std::move(payloads)}});
}

StageTestResult StageTest::run(int threads) const {
    StageTestPlan run_plan(*this);
    RunOptions options;
    options.settings.threads = threads;
    StageTestResult result;
    result.ports = type_->outputs;
    result.report = pipeline::run(run_plan.plan, options);
    for (auto& [lineage, item] : run_plan.taken.items) result.items.push_back(std::move(item));
    return result;
}

std::size_t StageTestResult::port_index(std::string_view port, const PayloadType& type) const {
    for (std::size_t i = 0; i < ports.size(); ++i)
        if (ports[i].name == port && ports[i].type->name == type.name) return i;
    throw Error(Cause::internal,
                "the stage gives no " + std::string(type.name) + " at a port \"" + std::string(port) + "\"");
}

}  // namespace figurant::pipeline
