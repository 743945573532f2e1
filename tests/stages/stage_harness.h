#pragma once
// Runs one stage on given payloads, without a graph:
//
//     StageRun tile("tile", {{"size", one(128)}});
//     const auto tiles = tile.expand({payload(map)});
//     CHECK(get<figures::Tile>(tiles[0]).pixels.cols == 128);
//
// What every stage promises is checked on the way: each output port filled once, with its own type, and no
// item larger than the stage announced.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/registry.h"
#include "tests/data_formats/scratch_folder.h"

namespace figurant::stages::test {

using namespace figurant::pipeline;

/// A parameter's value: one(3), one(0.5), one("text"), one(path); many(1, 2, 3).
template <class T>
ParameterValue one(const T& value) {
    if constexpr (std::is_same_v<T, std::filesystem::path>)
        return ParameterValue(Scalar(value.string()));
    else
        return ParameterValue(Scalar(value));
}
template <class... T>
ParameterValue many(const T&... values) {
    return ParameterValue(std::vector<Scalar>{one(values).items[0]...});
}

template <class T>
Payload payload(T value) {
    return Payload::of(std::move(value));
}
template <class T>
const T& get(const Payload& item) {
    REQUIRE(item);
    REQUIRE(item.type->name == PayloadTraits<T>::name);
    return *static_cast<const T*>(item.data.get());
}

/// How Context::parallel runs what it is given.
enum class Parallel { serial, threaded };

/// Keeps what a stage tells the run.
class TestContext : public Context {
  public:
    Lineage place;
    InputReference from{"input", "digest", 0, 0};
    RunSettings asked;
    Parallel how = Parallel::serial;
    bool stop = false;

    std::map<std::string, std::int64_t> counts;
    std::vector<std::string> notes, warnings, prints;

    const Lineage& lineage() const override { return place; }
    const InputReference& input() const override { return from; }
    const RunSettings& settings() const override { return asked; }
    bool stopping() const override { return stop; }
    void count(std::string_view what, std::int64_t amount) override {
        const std::lock_guard lock(mutex_);
        counts[std::string(what)] += amount;
    }
    void note(std::string text) override { keep(notes, std::move(text)); }
    void warn(std::string text) override { keep(warnings, std::move(text)); }
    void print(std::string text) override { keep(prints, std::move(text)); }
    void parallel(std::size_t n, const std::function<void(std::size_t)>& body) override {
        if (how == Parallel::serial) {
            for (std::size_t i = 0; i < n; ++i) body(i);
            return;
        }
        std::vector<std::thread> threads;
        for (std::size_t i = n; i-- > 0;) threads.emplace_back([&body, i] { body(i); });
        for (auto& thread : threads) thread.join();
    }

  private:
    void keep(std::vector<std::string>& list, std::string text) {
        const std::lock_guard lock(mutex_);
        list.push_back(std::move(text));
    }
    std::mutex mutex_;
};

/// One stage, made and prepared as a run would.
class StageRun {
  public:
    explicit StageRun(std::string_view name, const ParameterValues& values = {}, RunSettings settings = {}) {
        type_ = Registry::global().find(name);
        REQUIRE_MESSAGE(type_, "no stage is named ", std::string(name));
        context.asked = std::move(settings);
        stage_ = type_->make(values);
        stage_->prepare(context.asked);
    }

    TestContext context;

    template <class Kind>
    const Kind& as() const {
        const auto* stage = dynamic_cast<const Kind*>(stage_.get());
        REQUIRE(stage);
        return *stage;
    }
    const StageType& type() const { return *type_; }
    const Stage& stage() const { return *stage_; }

    // Each call gives the payloads of the first output port, unless it says otherwise.

    std::vector<InputReference> inputs() const {
        auto references = as<Source>().inputs();
        std::set<std::string> names;
        for (std::size_t i = 0; i < references.size(); ++i) {
            references[i].place = references[i].index = i;  // as the scheduler does
            CHECK_MESSAGE(names.insert(references[i].name).second, references[i].name, " comes twice");
            CHECK_FALSE(references[i].digest.empty());
        }
        return references;
    }
    Payload open(const InputReference& input) {
        context.from = input;
        context.place = Lineage(static_cast<std::uint32_t>(input.place));
        Outputs out(type_->outputs);
        as<Source>().open(input, out, context);
        return checked(out, input.bytes);
    }
    Payload process(const std::vector<Payload>& in) {
        const Inputs inputs(type_->inputs, in, context.place);
        Outputs out(type_->outputs);
        const auto& map = as<pipeline::Map>();
        const std::size_t bound = map.output_bytes(inputs);
        map.process(inputs, out, context);
        return checked(out, bound);
    }
    std::vector<Payload> expand(const std::vector<Payload>& in, std::size_t most = SIZE_MAX) {
        const Inputs inputs(type_->inputs, in, context.place);
        const auto cursor = as<Expand>().open(inputs, context);
        std::vector<Payload> items;
        while (items.size() < most) {
            Outputs out(type_->outputs);
            const std::size_t bound = cursor->next_bytes();
            if (!cursor->next(out, context)) {
                CHECK(out.empty());
                break;
            }
            items.push_back(checked(out, bound));
        }
        if (const auto count = cursor->count(); count && most == SIZE_MAX) CHECK(*count == items.size());
        return items;
    }
    Payload gather(const std::vector<Payload>& items) {
        const auto fold = as<Gather>().begin();
        for (std::size_t i = 0; i < items.size(); ++i)
            with_item(items[i], i, [&](const Inputs& inputs) { fold->add(inputs, context); });
        Outputs out(type_->outputs);
        fold->end(out, context);
        return checked(out, as<Gather>().output_bytes());
    }
    std::vector<Payload> regroup(const std::vector<Payload>& items) {
        const auto stream = as<Regroup>().begin();
        std::vector<Payload> made;
        const auto take = [&](Emitter& out) {
            for (auto& item : out.items()) made.push_back(checked(item, as<Regroup>().output_bytes()));
        };
        for (std::size_t i = 0; i < items.size(); ++i)
            with_item(items[i], i, [&](const Inputs& inputs) {
                Emitter out(type_->outputs);
                stream->add(inputs, out, context);
                take(out);
            });
        Emitter out(type_->outputs);
        stream->end(out, context);
        take(out);
        return made;
    }
    /// A sink's part with these items added, neither flushed nor committed.
    std::unique_ptr<Part> part(const std::vector<Payload>& items) {
        auto part = as<Sink>().begin(context.from);
        for (std::size_t i = 0; i < items.size(); ++i)
            with_item(items[i], i, [&](const Inputs& inputs) { part->add(inputs, context); });
        return part;
    }
    /// The same of one item, a payload for each input port.
    std::unique_ptr<Part> part_of_ports(const std::vector<Payload>& in) {
        auto part = as<Sink>().begin(context.from);
        part->add(Inputs(type_->inputs, in, context.place), context);
        return part;
    }
    void sink(const std::vector<Payload>& items) {
        const auto open = part(items);
        open->flush();
        open->commit();
    }
    /// A finish stage over all inputs of the run; an input without items is one that failed.
    void finish(const std::vector<std::pair<std::string, std::vector<Payload>>>& inputs) {
        std::vector<InputReference> references;
        for (const auto& [name, items] : inputs) references.push_back({name, "digest", 0, references.size()});
        std::vector<FinishPart> parts;
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            context.from = references[k];
            parts.push_back({&references[k], false, {}});
            for (const auto& item : inputs[k].second)
                with_item(item, 0, [&](const Inputs& in) {
                    parts[k].items.push_back(as<Finish>().part(in, context));
                });
        }
        std::size_t at = 0;
        as<Finish>().finish(
            [&]() -> std::optional<FinishPart> {
                if (at == parts.size()) return std::nullopt;
                return parts[at++];
            },
            context);
    }

  private:
    template <class Body>
    void with_item(const Payload& item, std::size_t ordinal, Body body) {
        const Lineage lineage = Lineage(static_cast<std::uint32_t>(context.from.place))
                                    .child(static_cast<std::uint32_t>(ordinal));
        context.place = lineage;
        const std::vector<Payload> payloads{item};
        body(Inputs(type_->inputs, payloads, lineage));
    }
    /// `bound` 0: the stage announced none.
    Payload checked(Outputs& out, std::size_t bound) const {
        const auto taken = out.take();
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < taken.size(); ++i) {
            CHECK(taken[i].type->name == type_->outputs[i].type->name);
            bytes += taken[i].bytes;
        }
        if (bound > 0) CHECK_MESSAGE(bytes <= bound, type_->name, " gave more bytes than it announced");
        return taken.front();
    }

    const StageType* type_ = nullptr;
    std::unique_ptr<Stage> stage_;
};

/// What `body` throws, which must be an Error of this cause.
template <class Body>
Error error_of(Cause cause, Body body) {
    try {
        body();
    } catch (const Error& error) {
        CHECK_MESSAGE(error.cause() == cause, std::string(cause_name(error.cause())), ": ", error.what());
        return error;
    }
    FAIL("nothing was thrown");
    return Error(Cause::internal, "");
}

inline bool contains(std::string_view text, std::string_view piece) {
    return text.find(piece) != std::string_view::npos;
}

/// All files below a folder, relative, sorted.
inline std::vector<std::string> files_below(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    if (!std::filesystem::exists(folder)) return names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            names.push_back(entry.path().lexically_relative(folder).generic_string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace figurant::stages::test
