#pragma once
// Small stages for tests of the scheduler: numbers flow.

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

#include "pipeline/registry.h"
#include "pipeline/stage.h"

namespace figurant::pipeline::test {

/// A value, as large as it says, without taking that much memory.
struct Number {
    std::int64_t value = 0;
    std::size_t size = 64;
};

/// What the stages of one test share; found by name through their parameter `lab`.
struct Lab {
    std::function<std::vector<InputReference>()> inputs;
    std::function<std::int64_t(const InputReference&)> open = [](const InputReference& input) {
        return static_cast<std::int64_t>(input.place) * 1000;
    };
    std::function<Number(const Number&, Context&)> map = [](const Number& number, Context&) {
        return number;
    };
    std::function<std::int64_t(const Number&)> count = [](const Number&) { return std::int64_t{3}; };
    std::function<void(std::int64_t index, Context&)> pulled = [](std::int64_t, Context&) {};
    std::function<void(const Number&, Context&)> sink = [](const Number&, Context&) {};
    std::function<void(const std::string&)> flush = [](const std::string&) {};
    std::size_t bound = 0;

    std::mutex mutex;
    std::map<std::string, std::vector<std::int64_t>> committed;
    std::vector<std::string> events;
    std::vector<std::pair<std::string, std::vector<std::string>>> finished;
    void event(std::string text) {
        const std::scoped_lock lock(mutex);
        events.push_back(std::move(text));
    }
    static Lab& named(const std::string& name);
};

struct LabParameters {
    std::string lab = "lab";
    std::int64_t amount = 2;
    static const ParameterList<LabParameters>& list() {
        static const auto parameters = ParameterList<LabParameters>{}
                                           .add("lab", &LabParameters::lab, "the test's name")
                                           .add("amount", &LabParameters::amount, "a number for the stage");
        return parameters;
    }
};

}  // namespace figurant::pipeline::test

namespace figurant::pipeline {
template <>
struct PayloadTraits<test::Number> {
    static constexpr std::string_view name = "test_number";
    static std::size_t bytes(const test::Number& number) { return number.size; }
    static ParameterValues values(const test::Number& number) {
        return {{"value", ParameterValue(Scalar(number.value))}};
    }
};
}  // namespace figurant::pipeline

namespace figurant::pipeline::test {

/// Base of all: the lab.
template <class KindOfStage>
class InLab : public KindOfStage {
  public:
    explicit InLab(LabParameters parameters) : lab_(Lab::named(parameters.lab)), amount_(parameters.amount) {}
    static const ParameterList<LabParameters>& parameters() { return LabParameters::list(); }

  protected:
    Lab& lab_;
    std::int64_t amount_;
};

inline constexpr In<Number> number_in{"number", "a number"};
inline constexpr In<Number> other_in{"other", "another number"};
inline constexpr Out<Number> number_out{"number", "a number"};

class Inputs_ : public InLab<Source> {
  public:
    static constexpr std::string_view sentence = "The inputs that the test lists.", type_name = "inputs";
    static auto ports() { return std::tuple(number_out); }
    using InLab::InLab;
    std::vector<InputReference> inputs() const override { return lab_.inputs(); }
    void open(const InputReference& input, Outputs& out, Context&) const override {
        out.emit(number_out, Number{lab_.open(input)});
    }
};

class Apply : public InLab<Map> {
  public:
    static constexpr std::string_view sentence = "Applies the test's function.", type_name = "apply";
    static auto ports() { return std::tuple(number_in, number_out); }
    using InLab::InLab;
    std::size_t output_bytes(const Inputs&) const override { return lab_.bound; }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        out.emit(number_out, lab_.map(in[number_in], context));
    }
};

class Add : public InLab<Map> {
  public:
    static constexpr std::string_view sentence = "Adds two numbers.", type_name = "add";
    static auto ports() { return std::tuple(number_in, other_in, number_out); }
    using InLab::InLab;
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(number_out, Number{in[number_in].value + in[other_in].value});
    }
};

class Split : public InLab<Expand> {
  public:
    static constexpr std::string_view sentence = "A number to several.", type_name = "split";
    static auto ports() { return std::tuple(number_in, number_out); }
    using InLab::InLab;
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        class Counting : public Cursor {
          public:
            Counting(Lab& lab, Number number) : lab_(lab), number_(number), count_(lab.count(number)) {}
            std::size_t next_bytes() const override { return lab_.bound; }
            bool next(Outputs& out, Context& context) override {
                if (index_ == count_) return false;
                lab_.pulled(index_, context);
                out.emit(number_out, Number{number_.value + index_++, lab_.bound ? lab_.bound : 64});
                return true;
            }
            std::optional<std::uint64_t> count() const override { return static_cast<std::uint64_t>(count_); }

          private:
            Lab& lab_;
            Number number_;
            std::int64_t count_, index_ = 0;
        };
        return std::make_unique<Counting>(lab_, in[number_in]);
    }
};

/// Folds in a way that depends on the order.
class Mix : public InLab<Gather> {
  public:
    static constexpr std::string_view sentence = "A group to one number.", type_name = "mix";
    static auto ports() { return std::tuple(number_in, number_out); }
    using InLab::InLab;
    std::unique_ptr<Fold> begin() const override {
        class Mixing : public Fold {
          public:
            void add(const Inputs& in, Context&) override {
                mixed_ = mixed_ * 31 % 1000000007 + in[number_in].value;
            }
            void end(Outputs& out, Context&) override { out.emit(number_out, Number{mixed_}); }

          private:
            std::int64_t mixed_ = 7;
        };
        return std::make_unique<Mixing>();
    }
};

/// Batches of `amount`.
class Bundle : public InLab<Regroup> {
  public:
    static constexpr std::string_view sentence = "Several numbers to one.", type_name = "bundle";
    static auto ports() { return std::tuple(number_in, number_out); }
    using InLab::InLab;
    std::unique_ptr<Stream> begin() const override {
        class Bundling : public Stream {
          public:
            explicit Bundling(std::int64_t amount) : amount_(amount) {}
            void add(const Inputs& in, Emitter& out, Context&) override {
                mixed_ = mixed_ * 31 % 1000000007 + in[number_in].value;
                if (++held_ == amount_) give(out);
            }
            void end(Emitter& out, Context&) override {
                if (held_ > 0) give(out);
            }

          private:
            void give(Emitter& out) {
                out.item().emit(number_out, Number{mixed_});
                mixed_ = held_ = 0;
            }
            std::int64_t amount_, held_ = 0, mixed_ = 0;
        };
        return std::make_unique<Bundling>(amount_);
    }
};

/// Keeps what each input gave in the lab, once committed.
class Collect : public InLab<Sink> {
  public:
    static constexpr std::string_view sentence = "Keeps numbers.", type_name = "collect";
    static auto ports() { return std::tuple(number_in); }
    using InLab::InLab;
    std::unique_ptr<Part> begin(const InputReference& input) const override {
        class Collecting : public Part {
          public:
            Collecting(Lab& lab, std::string name) : lab_(lab), name_(std::move(name)) {}
            ~Collecting() override {
                if (!committed_) lab_.event("undo " + name_);
            }
            void add(const Inputs& in, Context& context) override {
                lab_.sink(in[number_in], context);
                values_.push_back(in[number_in].value);
            }
            void flush() override {
                lab_.flush(name_);
                lab_.event("flush " + name_);
            }
            void commit() override {
                lab_.event("commit " + name_);
                const std::scoped_lock lock(lab_.mutex);
                lab_.committed[name_] = values_;
                committed_ = true;
            }

          private:
            Lab& lab_;
            std::string name_;
            std::vector<std::int64_t> values_;
            bool committed_ = false;
        };
        return std::make_unique<Collecting>(lab_, input.name);
    }
};

class Keep : public InLab<Finish> {
  public:
    static constexpr std::string_view sentence = "All inputs' numbers, in source order.", type_name = "keep";
    static auto ports() { return std::tuple(number_in); }
    using InLab::InLab;
    std::string part(const Inputs& in, Context&) const override {
        return std::to_string(in[number_in].value);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        while (const auto part = next()) lab_.finished.emplace_back(part->input->name, part->items);
    }
};

/// N inputs named "0", "1", …
inline std::vector<InputReference> numbered_inputs(std::size_t count) {
    std::vector<InputReference> inputs(count);
    for (std::size_t i = 0; i < count; ++i) inputs[i].name = std::to_string(i);
    return inputs;
}

}  // namespace figurant::pipeline::test
