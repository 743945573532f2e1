// The harness for those who write stages: every kind of stage, on given items.

#include "pipeline/stage_test.h"

#include <doctest/doctest.h>

#include "tests/pipeline/graph_test_folder.h"
#include "tests/pipeline/graph_test_stages.h"

using namespace figurant;
using namespace figurant::pipeline;

namespace {

struct Word {
    std::string text;
};

}  // namespace

template <>
struct figurant::pipeline::PayloadTraits<Word> {
    static constexpr std::string_view name = "stage_test_word";
    static std::size_t bytes(const Word& word) { return sizeof word + word.text.capacity(); }
};

namespace {

using Words = std::vector<std::string>;

Words texts(const StageTestResult& result, std::string_view port) {
    Words all;
    for (const auto& word : result.all<Word>(port)) all.push_back(word.text);
    return all;
}

/// Splits at blanks.
struct SplitWords : Expand {
    static constexpr std::string_view sentence = "Cuts a text into words.";
    static constexpr In<std::string> text{"text", "the text"};
    static constexpr Out<Word> word{"word", "a word"};
    static auto ports() { return std::tuple(text, word); }
    struct Open : Cursor {
        explicit Open(const std::string& all) : rest(all) {}
        std::size_t next_bytes() const override { return sizeof(Word) + rest.size() + 16; }
        bool next(Outputs& out, Context&) override {
            if (rest.empty()) return false;
            const auto end = rest.find(' ');
            const std::string first = rest.substr(0, end);
            if (first == "!") throw Error(Cause::input, "no word");
            rest = end == std::string::npos ? "" : rest.substr(end + 1);
            out.emit(word, Word{first});
            return true;
        }
        std::string rest;
    };
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        return std::make_unique<Open>(in[text]);
    }
};

/// Joins with a sign between.
struct JoinWords : Gather {
    static constexpr std::string_view sentence = "Joins words.";
    static constexpr In<Word> word{"word", "a word"};
    static constexpr In<std::string> ending{"ending", "what follows it"};
    static constexpr Out<Word> text{"text", "the text"};
    static auto ports() { return std::tuple(word, ending, text); }
    struct Parameters {
        std::string between = " ";
    };
    static auto parameters() {
        return ParameterList<Parameters>{}.add("between", &Parameters::between, "what comes between");
    }
    explicit JoinWords(Parameters parameters) : given(std::move(parameters)) {}
    struct Open : Fold {
        explicit Open(std::string sign) : between(std::move(sign)) {}
        void add(const Inputs& in, Context&) override {
            all += (all.empty() ? "" : between) + in[word].text + in[ending];
        }
        void end(Outputs& out, Context&) override { out.emit(text, Word{all}); }
        std::string between, all;
    };
    std::unique_ptr<Fold> begin() const override { return std::make_unique<Open>(given.between); }
    std::size_t output_bytes() const override { return 4096; }
    Parameters given;
};

/// Two and two, across inputs.
struct PairWords : Regroup {
    static constexpr std::string_view sentence = "Pairs words.";
    static constexpr In<Word> word{"word", "a word"};
    static constexpr Out<Word> pair{"pair", "two words"};
    static auto ports() { return std::tuple(word, pair); }
    struct Open : Stream {
        void add(const Inputs& in, Emitter& out, Context&) override {
            if (!kept.empty()) out.item().emit(pair, Word{kept + in[word].text});
            kept = kept.empty() ? in[word].text : "";
        }
        void end(Emitter& out, Context&) override {
            if (!kept.empty()) out.item().emit(pair, Word{kept});
        }
        std::string kept;
    };
    std::unique_ptr<Stream> begin() const override { return std::make_unique<Open>(); }
    std::size_t output_bytes() const override { return 4096; }
};

struct PrintWords : Finish {
    static constexpr std::string_view sentence = "Prints all words.";
    static constexpr In<Word> word{"word", "a word"};
    static auto ports() { return std::tuple(word); }
    std::string part(const Inputs& in, Context&) const override { return in[word].text; }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        std::string all;
        while (const auto input = next()) {
            all += input->input->name + ":";
            for (const auto& item : input->items) all += " " + item;
            all += "\n";
        }
        context.print(all);
    }
};

const Registered<SplitWords> split("stage_test_split");
const Registered<JoinWords> join("stage_test_join");
const Registered<PairWords> pairs("stage_test_pair");
const Registered<PrintWords> print("stage_test_print");

}  // namespace

TEST_CASE("an expand gives its items in order, and nothing of an input that fails") {
    StageTest test("type = 'stage_test_split'");
    test.give("one", "a b c").give("broken", "d ! e").give("two", "f").give("two", "g h");
    for (const int threads : {1, 8}) {
        const auto result = test.run(threads);
        CHECK(texts(result, "word") == Words{"a", "b", "c", "f", "g", "h"});
        CHECK(result.items[3].input == "two");
        REQUIRE(result.report.failures.size() == 1);
        CHECK(result.report.failures[0].input == "broken");
        CHECK(result.report.exit_code == 3);
    }
}

TEST_CASE("a gather closes one group for each input, over items of several ports") {
    StageTest test("type = 'stage_test_join'\nbetween = '-'");
    test.give("x", Word{"a"}, ",").give("y", Word{"c"}, ";").give("x", Word{"b"}, ".");
    for (const int threads : {1, 8}) CHECK(texts(test.run(threads), "text") == Words{"a,-b.", "c;"});
}

TEST_CASE("a regroup goes across inputs; a finish stage sees all of them") {
    StageTest pair("type = 'stage_test_pair'"), all("type = 'stage_test_print'");
    for (const auto& [input, word] : {std::pair("p", "a"), {"q", "b"}, {"q", "c"}}) {
        pair.give(input, Word{word});
        all.give(input, Word{word});
    }
    for (const int threads : {1, 8}) {
        CHECK(texts(pair.run(threads), "pair") == Words{"ab", "c"});
        CHECK(all.run(threads).report.printed == Words{"p: a\nq: b c\n"});
    }
}

TEST_CASE("the lines are read as a graph's are: parameters, policies, and all problems at once") {
    StageTest skips("type = 'stage_test_split'\nexecution = { on_error = 'skip_item' }");
    CHECK(skips.give("broken", "d ! e").give("one", "a").run().report.failures.empty());
    const auto messages = test::messages_of([] {
        StageTest("type = 'stage_test_join'\nbetwene = '-'\nbetween = 3\nexecution = { on_error = 'hope' }");
    });
    CHECK(messages.find("the stage:2:1: error: ") != std::string::npos);
    CHECK(messages.find("the stage:3:11: error: ") != std::string::npos);
    CHECK(messages.find("the stage:4:") != std::string::npos);
    CHECK(test::messages_of([] {
              StageTest("type = 'stage_tst_join'");
          }).find("did you mean \"stage_test_join\"?") != std::string::npos);
    CHECK(test::messages_of([] { StageTest("between = '-'"); }).find("type") != std::string::npos);
}

TEST_CASE("items and ports of other types are refused") {
    StageTest test("type = 'stage_test_split'");
    CHECK_THROWS_AS(test.give("a", Word{"a"}), Error);
    CHECK_THROWS_AS(test.give("a"), Error);
    CHECK_THROWS_AS(test.give("a", "a").run().all<std::string>("word"), Error);
    CHECK_THROWS_AS(test.run().all<Word>("worm"), Error);
}
