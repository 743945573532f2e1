#include "pipeline/substitution.h"

#include <doctest/doctest.h>

#include "tests/pipeline/graph_test_folder.h"

using namespace figurant;
using namespace figurant::pipeline;
using namespace figurant::pipeline::test;

namespace {

Bindings sample_bindings() {
    Bindings bindings;
    const auto add = [&](const std::string& name, ParameterType type, bool many, ParameterValue value) {
        ParameterDeclaration declaration;
        declaration.name = name;
        declaration.type = type;
        declaration.many = many;
        bindings[name] = {declaration, std::move(value), true};
    };
    add("count", ParameterType::integer, false, int_value(3));
    add("share", ParameterType::real, false, Scalar(0.25));
    add("fast", ParameterType::boolean, false, Scalar(true));
    add("folder", ParameterType::path, false, text_value("out"));
    add("maps", ParameterType::path, true, texts_value({"a", "b"}));
    add("odd", ParameterType::text, false, text_value("${item.x}"));
    bindings["later"] = {bindings["count"].declaration, std::nullopt, true};
    bindings["absent"] = {bindings["count"].declaration, std::nullopt, false};
    return bindings;
}

TomlNode value_of(const std::string& toml) { return *parse_toml_value(toml, Place::argument("here")); }

Evaluated evaluated(const std::string& toml, ItemReferences item_references = ItemReferences::refused) {
    Problems problems;
    auto result = evaluate(value_of(toml), "key", sample_bindings(), item_references, problems);
    CHECK(result.broken == !problems.empty());
    return result;
}

std::string problem_of(const std::string& toml, ItemReferences item_references = ItemReferences::refused) {
    Problems problems;
    evaluate(value_of(toml), "key", sample_bindings(), item_references, problems);
    return messages_of([&] { problems.throw_if_any(); });
}

}  // namespace

TEST_CASE("a text is split into literals and references, and $${ is a literal") {
    CHECK(split_references("").empty());
    CHECK(split_references("plain $ {x}") == std::vector<TextPiece>{{false, "plain $ {x}"}});
    CHECK(split_references("a/${x}/b${y}") ==
          std::vector<TextPiece>{{false, "a/"}, {true, "x"}, {false, "/b"}, {true, "y"}});
    CHECK(split_references("$${x} costs $$5 ${y}") ==
          std::vector<TextPiece>{{false, "${x} costs $$5 "}, {true, "y"}});
    CHECK_THROWS_AS(split_references("${x"), Error);
    CHECK_THROWS_AS(split_references("${}"), Error);
}

TEST_CASE("a value that is only a reference keeps the parameter's type") {
    CHECK(evaluated("\"${count}\"").value == int_value(3));
    CHECK(evaluated("\"${share}\"").value == ParameterValue(Scalar(0.25)));
    CHECK(evaluated("\"${fast}\"").value == ParameterValue(Scalar(true)));
    CHECK(evaluated("\"${maps}\"").value == texts_value({"a", "b"}));
    CHECK(evaluated("\"${count}\"").alone == "count");
}

TEST_CASE("inside other text a parameter is written out") {
    CHECK(evaluated("\"${folder}/eval_${count}\"").value == text_value("out/eval_3"));
    CHECK(evaluated("\"${share} ${fast}\"").value == text_value("0.25 true"));
    CHECK(evaluated("\"$${count} is ${count}\"").value == text_value("${count} is 3"));
    CHECK(problem_of("\"x${maps}\"") == "here: error: ${maps} is a list, which cannot stand inside a text");
}

TEST_CASE("in a list, references give items, and a list all its items") {
    CHECK(evaluated("[\"${maps}\", \"${folder}/c\"]").value == texts_value({"a", "b", "out/c"}));
    CHECK(evaluated("[1, \"${count}\"]").value ==
          ParameterValue(std::vector<Scalar>{std::int64_t{1}, std::int64_t{3}}));
    CHECK(evaluated("[]").value->many);
}

TEST_CASE("without a value a parameter leaves the whole value unknown, and tells whether it was given") {
    CHECK(!evaluated("\"${later}\"").value);
    CHECK(evaluated("\"${later}\"").unknown);
    CHECK(evaluated("\"${later}\"").missing.empty());
    CHECK(evaluated("[\"${absent}\", \"${maps}\"]").missing == std::vector<std::string>{"absent"});
    CHECK(!evaluated("[\"${absent}\", \"${maps}\"]").value);
}

TEST_CASE("a reference to nothing is told with the nearest name") {
    CHECK(problem_of("\"${cuont}\"") ==
          "here: error: ${cuont}: the graph has no parameter \"cuont\"; did you mean \"count\"?");
    CHECK(problem_of("\"${item.step}\"") ==
          "here: error: ${item.step} has a value only in the parameters of a for_each_graph");
    CHECK(problem_of("{ a = 1 }") == "here: error: \"key\" takes a value or a list; found a table");
}

TEST_CASE("for a sub-run, ${item.NAME} waits for the item, and literals and values stay what they were") {
    const auto kept = [](const std::string& toml) { return *evaluated(toml, ItemReferences::kept).value; };
    const ParameterValues item = {{"step", int_value(40)}, {"maps", texts_value({"m", "n"})}};
    const auto filled = [&](const std::string& toml) { return with_item_values(kept(toml), item); };
    CHECK(filled("\"${item.step}\"") == int_value(40));
    CHECK(filled("\"${folder}/step_${item.step}\"") == text_value("out/step_40"));
    CHECK(filled("[\"${item.maps}\", \"${maps}\"]") == texts_value({"m", "n", "a", "b"}));
    CHECK(filled("\"$${item.step}\"") == text_value("${item.step}"));
    // A value that looks like a reference is none.
    CHECK(filled("\"${odd}\"") == text_value("${item.x}"));
    CHECK(filled("\"${odd}${item.step}\"") == text_value("${item.x}40"));
    CHECK(filled("7") == int_value(7));
    CHECK(messages_of([&] { filled("\"${item.stpe}\""); }) ==
          "${item.stpe}: the item has no such value; did you mean \"item.step\"?");
}
