#include "tests/pipeline/graph_test_stages.h"

#include "pipeline/registry.h"

namespace figurant::pipeline::test {

struct GraphTestNumber {
    std::int64_t value = 0;
};
struct GraphTestLabel {
    std::string text;
};

}  // namespace figurant::pipeline::test

namespace figurant::pipeline {

template <>
struct PayloadTraits<test::GraphTestNumber> {
    static constexpr std::string_view name = "number";
    static std::size_t bytes(const test::GraphTestNumber& number) { return sizeof number; }
    static ParameterValues values(const test::GraphTestNumber& number) {
        return {{"value", Scalar(number.value)}};
    }
};
template <>
struct PayloadTraits<test::GraphTestLabel> {
    static constexpr std::string_view name = "label";
    static std::size_t bytes(const test::GraphTestLabel& label) { return sizeof label + label.text.size(); }
};

namespace test {

namespace {

using Number = GraphTestNumber;
using Label = GraphTestLabel;

class ReadNumbers : public Source {
  public:
    static constexpr std::string_view sentence = "Gives one number for each path.";
    static constexpr Out<Number> number{"number", "the number"};
    static auto ports() { return std::tuple(number); }
    struct Parameters {
        std::vector<std::filesystem::path> paths;
        std::int64_t first = 1;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}
                                     .add("paths", &Parameters::paths, "what to read", required)
                                     .add("first", &Parameters::first, "the first number", range(0, 100));
        return list;
    }
    explicit ReadNumbers(Parameters parameters) : parameters_(std::move(parameters)) {}
    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> all;
        for (const auto& path : parameters_.paths) all.push_back({path.string(), path.string(), 64, 0});
        return all;
    }
    void open(const InputReference& input, Outputs& out, Context&) const override {
        out.emit(number, Number{parameters_.first + static_cast<std::int64_t>(input.place)});
    }

  private:
    Parameters parameters_;
};

class DoubleNumber : public Map {
  public:
    static constexpr std::string_view sentence = "Multiplies each number.";
    static constexpr In<Number> number{"number", "the number"};
    static constexpr Out<Number> doubled{"number", "the product"};
    static auto ports() { return std::tuple(number, doubled); }
    struct Parameters {
        std::int64_t times = 2;
        std::string mode = "plain";
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("times", &Parameters::times, "the factor", range(0, 1000))
                .add("mode", &Parameters::mode, "how", choices({"plain", "thorough"}), neutral);
        return list;
    }
    explicit DoubleNumber(Parameters parameters) : parameters_(std::move(parameters)) {}
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(doubled, Number{in[number].value * parameters_.times});
    }

  private:
    Parameters parameters_;
};

class LabelNumber : public Map {
  public:
    static constexpr std::string_view sentence = "Puts a text beside each number.";
    static constexpr In<Number> number{"number", "the number"};
    static constexpr Out<Label> label{"label", "number and text"};
    static auto ports() { return std::tuple(number, label); }
    struct Parameters {
        std::string text;
        double scale = 0.5;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}
                                     .add("text", &Parameters::text, "what to put", required)
                                     .add("scale", &Parameters::scale, "its size", range(0, 1));
        return list;
    }
    explicit LabelNumber(Parameters parameters) : parameters_(std::move(parameters)) {}
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(label, Label{std::to_string(in[number].value) + parameters_.text});
    }

  private:
    Parameters parameters_;
};

class AddNumbers : public Map {
  public:
    static constexpr std::string_view sentence = "Adds two numbers.";
    static constexpr In<Number> a{"a", "the one"};
    static constexpr In<Number> b{"b", "the other"};
    static constexpr Out<Number> sum{"number", "their sum"};
    static auto ports() { return std::tuple(a, b, sum); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(sum, Number{in[a].value + in[b].value});
    }
};

class HalveNumber : public Map {
  public:
    static constexpr std::string_view sentence = "Divides each number by two.";
    static constexpr In<Number> number{"number", "the number"};
    static constexpr Out<Number> half{"half", "the half"};
    static constexpr Out<Number> rest{"rest", "what is left"};
    static auto ports() { return std::tuple(number, half, rest); }
    void process(const Inputs& in, Outputs& out, Context&) const override {
        out.emit(half, Number{in[number].value / 2});
        out.emit(rest, Number{in[number].value % 2});
    }
};

class SplitNumber : public Expand {
  public:
    static constexpr std::string_view sentence = "Cuts a number into parts.";
    static constexpr In<Number> number{"number", "the number"};
    static constexpr Out<Number> part{"part", "one part"};
    static auto ports() { return std::tuple(number, part); }
    struct Parameters {
        std::int64_t parts = 3;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("parts", &Parameters::parts, "how many",
                                                                 at_least(0), tune_around());
        return list;
    }
    explicit SplitNumber(Parameters parameters) : parameters_(parameters) {}
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        return std::make_unique<Parts>(in[number].value, parameters_.parts);
    }

  private:
    struct Parts : Cursor {
        Parts(std::int64_t first_value, std::int64_t how_many) : value(first_value), left(how_many) {}
        bool next(Outputs& out, Context&) override {
            if (left-- <= 0) return false;
            out.emit(part, Number{value});
            return true;
        }
        std::int64_t value, left;
    };
    Parameters parameters_;
};

class SumNumbers : public Gather {
  public:
    static constexpr std::string_view sentence = "Adds the parts of a group.";
    static constexpr In<Number> part{"part", "one part"};
    static constexpr Out<Number> sum{"sum", "the sum of the group"};
    static auto ports() { return std::tuple(part, sum); }
    std::unique_ptr<Fold> begin() const override { return std::make_unique<Sum>(); }

  private:
    struct Sum : Fold {
        void add(const Inputs& in, Context&) override { total += in[part].value; }
        void end(Outputs& out, Context&) override { out.emit(sum, Number{total}); }
        std::int64_t total = 0;
    };
};

class BatchNumbers : public Regroup {
  public:
    static constexpr std::string_view sentence = "Adds numbers across inputs, a few at a time.";
    static constexpr In<Number> number{"number", "the number"};
    static constexpr Out<Number> batch{"batch", "the sum of a few"};
    static auto ports() { return std::tuple(number, batch); }
    std::unique_ptr<Stream> begin() const override { return std::make_unique<Pass>(); }

  private:
    struct Pass : Stream {
        void add(const Inputs& in, Emitter& out, Context&) override {
            out.item().emit(batch, Number{in[number].value});
        }
        void end(Emitter&, Context&) override {}
    };
};

class WriteNumbers : public Sink {
  public:
    static constexpr std::string_view sentence = "Writes each number into a file.";
    static constexpr In<Number> number{"number", "the number"};
    static auto ports() { return std::tuple(number); }
    struct Parameters {
        std::filesystem::path folder;
        std::vector<std::int64_t> digits = {1, 2};
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}
                                     .add("folder", &Parameters::folder, "where to", required)
                                     .add("digits", &Parameters::digits, "which ones", range(0, 9));
        return list;
    }
    explicit WriteNumbers(Parameters) {}
    std::unique_ptr<Part> begin(const InputReference&) const override { return std::make_unique<Nothing>(); }

  private:
    struct Nothing : Part {
        void add(const Inputs&, Context&) override {}
        void flush() override {}
        void commit() override {}
    };
};

class TotalNumbers : public Finish {
  public:
    static constexpr std::string_view sentence = "Prints the total of all numbers.";
    static constexpr In<Number> number{"number", "the number"};
    static auto ports() { return std::tuple(number); }
    std::string part(const Inputs& in, Context&) const override { return std::to_string(in[number].value); }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        std::int64_t total = 0;
        while (const auto input = next())
            for (const auto& item : input->items) total += std::stoll(item);
        context.print("total " + std::to_string(total) + "\n");
    }
};

const Registered<ReadNumbers> read_numbers("read_numbers");
const Registered<DoubleNumber> double_number("double_number");
const Registered<LabelNumber> label_number("label_number");
const Registered<AddNumbers> add_numbers("add_numbers");
const Registered<HalveNumber> halve_number("halve_number");
const Registered<SplitNumber> split_number("split_number");
const Registered<SumNumbers> sum_numbers("sum_numbers");
const Registered<BatchNumbers> batch_numbers("batch_numbers");
const Registered<WriteNumbers> write_numbers("write_numbers");
const Registered<TotalNumbers> total_numbers("total_numbers");

}  // namespace

void link_graph_test_stages() {}

}  // namespace test
}  // namespace figurant::pipeline
