#include "pipeline/graph_schema.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "pipeline/json_text.h"
#include "pipeline/reference.h"
#include "pipeline/reserved_names.h"

namespace figurant::pipeline {

namespace {

// Schemas are JSON texts; objects are lists of keys and such texts.
using Members = std::vector<std::pair<std::string, std::string>>;

std::string object(const Members& members) {
    std::string json;
    for (const auto& [key, value] : members)
        json += (json.empty() ? "" : ",") + json_string(key) + ":" + value;
    return "{" + json + "}";
}

std::string list(const std::vector<std::string>& items) {
    std::string json;
    for (const auto& item : items) json += (json.empty() ? "" : ",") + item;
    return "[" + json + "]";
}

std::string texts(const std::vector<std::string>& items) {
    std::vector<std::string> quoted;
    for (const auto& item : items) quoted.push_back(json_string(item));
    return list(quoted);
}

std::string one_of_type(const char* type) { return object({{"type", json_string(type)}}); }
std::string constant(const std::string& text) { return object({{"const", json_string(text)}}); }
std::string any_of(const std::vector<std::string>& schemas) { return object({{"anyOf", list(schemas)}}); }
std::string defined(const std::string& name) {
    return object({{"$ref", json_string("#/definitions/" + name)}});
}

/// `when` the key has this text, `then` must hold.
std::string when(const std::string& key, const std::string& text, const std::string& then) {
    const auto condition =
        object({{"properties", object({{key, constant(text)}})}, {"required", texts({key})}});
    return object({{"if", condition}, {"then", then}});
}

/// Lines and indentation, so that the file can be read and compared. Short values stay on one line.
class Layout {
  public:
    explicit Layout(const std::string& json) : json_(json) {}
    std::string text() {
        value(0);
        return out_ + "\n";
    }

  private:
    static constexpr std::size_t width = 110;

    std::size_t end_of(std::size_t at) const {
        if (json_[at] == '"') return end_of_text(at);
        if (json_[at] != '{' && json_[at] != '[') return json_.find_first_of(",}]", at);
        for (int depth = 0;; ++at) {
            if (json_[at] == '"') at = end_of_text(at) - 1;
            if (json_[at] == '{' || json_[at] == '[') ++depth;
            if ((json_[at] == '}' || json_[at] == ']') && --depth == 0) return at + 1;
        }
    }

    std::size_t end_of_text(std::size_t at) const {
        for (++at; json_[at] != '"'; ++at)
            if (json_[at] == '\\') ++at;
        return at + 1;
    }

    void spaced(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            if (json_[i] == '"') {
                const std::size_t after = end_of_text(i);
                out_ += json_.substr(i, after - i);
                i = after - 1;
                continue;
            }
            out_ += json_[i];
            if (json_[i] == ',' || json_[i] == ':') out_ += ' ';
        }
    }

    void value(std::size_t indent) {
        const std::size_t end = end_of(at_);
        const bool nested = json_[at_] == '{' || json_[at_] == '[';
        if (!nested || end - at_ + indent < width) {
            spaced(at_, end);
            at_ = end;
            return;
        }
        const bool keys = json_[at_] == '{';
        out_ += json_[at_++];
        for (;;) {
            out_ += "\n" + std::string(indent + 2, ' ');
            if (keys) {
                const std::size_t colon = end_of_text(at_);
                out_ += json_.substr(at_, colon - at_) + ": ";
                at_ = colon + 1;
            }
            value(indent + 2);
            if (json_[at_] != ',') break;
            out_ += json_[at_++];
        }
        out_ += "\n" + std::string(indent, ' ') + json_[at_++];
    }

    const std::string& json_;
    std::string out_;
    std::size_t at_ = 0;
};

// ---- Parameters

/// The forms that one value may have: as written, or a reference to one. ${name} alone keeps its type; a text
/// may hold several.
std::vector<std::string> forms_of(const ParameterDeclaration& declaration) {
    if (!declaration.choices.empty())
        return {object({{"enum", texts(declaration.choices)}}), defined("text_with_reference")};
    const auto type = declaration.type;
    if (type == ParameterType::text || type == ParameterType::path) return {one_of_type("string")};
    Members members{{"type", type == ParameterType::boolean   ? "\"boolean\""
                             : type == ParameterType::integer ? "\"integer\""
                                                              : "\"number\""}};
    if (declaration.range && std::isfinite(declaration.range->least))
        members.emplace_back("minimum", json_number(declaration.range->least));
    if (declaration.range && std::isfinite(declaration.range->most))
        members.emplace_back("maximum", json_number(declaration.range->most));
    return {object(members), defined("reference")};
}

std::string parameter_schema(const ParameterDeclaration& declaration) {
    auto forms = forms_of(declaration);
    if (declaration.many) forms.push_back(object({{"type", "\"array\""}, {"items", any_of(forms)}}));
    const std::string gap = declaration.sentence.empty() ? "" : "\n\n";
    Members members{{"description", json_string(declaration.sentence + gap + parameter_facts(declaration))}};
    if (declaration.fallback) members.emplace_back("default", json_value(*declaration.fallback));
    members.emplace_back("anyOf", list(forms));
    return object(members);
}

void add_parameters(Members& properties, const std::vector<ParameterDeclaration>& declarations) {
    for (const auto& declaration : declarations)
        properties.emplace_back(declaration.name, parameter_schema(declaration));
}

// ---- Stages

/// The graph and for_each_graph stages take another graph's parameters, which are not known here.
bool takes_a_graph(const StageType& type) {
    return type.kind == Kind::graph || type.kind == Kind::for_each_graph;
}

std::string execution_schema(bool can_try_again) {
    auto declarations = Execution::parameters().declarations();
    for (auto& declaration : declarations)
        if (!can_try_again && declaration.name == "on_error") std::erase(declaration.choices, "retry");
    Members properties;
    add_parameters(properties, declarations);
    return object({{"type", "\"object\""},
                   {"description", json_string("How the stage is run.")},
                   {"properties", object(properties)},
                   {"additionalProperties", "false"}});
}

std::string from_schema(const StageType& type) {
    Members ports;
    std::vector<std::string> names;
    for (const auto& port : type.inputs) {
        names.emplace_back(port.name);
        ports.emplace_back(
            port.name,
            object({{"type", "\"string\""},
                    {"description", json_string(std::string(port.sentence) + " (" +
                                                std::string(port.type ? port.type->name : "any type") +
                                                "): \"stage\" or \"stage.port\"")}}));
    }
    const auto table = object({{"type", "\"object\""},
                               {"properties", object(ports)},
                               {"required", texts(names)},
                               {"additionalProperties", "false"}});
    return type.inputs.size() == 1 ? any_of({one_of_type("string"), table}) : table;
}

std::string described(const char* type, const std::string& sentence) {
    return object({{"type", json_string(type)}, {"description", json_string(sentence)}});
}

std::string stage_schema(const StageType& type) {
    Members properties{{"type", constant(type.name)}};
    std::vector<std::string> required{"type"};
    const auto must = [&](const char* key, const std::string& schema) {
        properties.emplace_back(key, schema);
        required.emplace_back(key);
    };
    if (!type.inputs.empty()) must("from", from_schema(type));
    if (type.kind == Kind::gather) must("group", described("string", "the expand whose group it closes"));
    if (takes_a_graph(type))
        must("file", described("string", "the graph: a file beside this one, or a shipped one"));
    if (type.kind != Kind::graph)
        properties.emplace_back("execution", defined(can_retry(type.kind) ? "execution" : "execution_once"));
    // Other keys of a graph are its parameters, which are not known here.
    if (takes_a_graph(type))
        for (const auto& key : reserved_in_stages())
            if (std::none_of(properties.begin(), properties.end(),
                             [&](const auto& each) { return each.first == key; }))
                properties.emplace_back(key, "false");
    add_parameters(properties, type.parameters);
    for (const auto& parameter : type.parameters)
        if (!parameter.fallback) required.push_back(parameter.name);
    Members schema{{"type", "\"object\""},
                   {"description", json_string(std::string(type.sentence))},
                   {"properties", object(properties)},
                   {"required", texts(required)}};
    if (!takes_a_graph(type)) schema.emplace_back("additionalProperties", "false");
    return object(schema);
}

std::string shipped_schema(const GraphHeader& graph) {
    Members properties{{"file", constant(graph.file.filename().string())}};
    add_parameters(properties, graph.parameters);
    return object({{"description", json_string(graph.title)}, {"properties", object(properties)}});
}

std::string any_stage_schema(const Registry& registry, std::span<const GraphHeader> shipped) {
    std::vector<std::string> names, sentences, forms, offered;
    for (const auto* type : registry.all()) {
        names.push_back(type->name);
        sentences.emplace_back(type->sentence);
        forms.push_back(when("type", type->name, defined("stage_" + type->name)));
        offered.push_back(defined("stage_" + type->name));
    }
    for (const auto& graph : shipped) offered.push_back(defined("graph_" + graph.name));
    // Some editors complete from what `anyOf` lists and do not look into `then`. The last choice takes
    // anything: it is the conditions that check, and they tell what is wrong instead of that nothing fits.
    offered.push_back("{}");
    const auto docs = object({{"docs", object({{"enumValues", texts(sentences)}})}});
    const auto type =
        object({{"description", json_string("what the stage does: its name in figurant stages")},
                {"enum", texts(names)},
                {"x-taplo", docs}});
    return object({{"type", "\"object\""},
                   {"required", texts({"type"})},
                   {"properties", object({{"type", type}})},
                   {"anyOf", list(offered)},
                   {"allOf", list(forms)}});
}

// ---- Tables of the file

std::string names_schema(const std::vector<std::string>& refused) {
    Members members{{"pattern", json_string("^[A-Za-z0-9_-]+$")}};
    if (!refused.empty()) members.emplace_back("not", object({{"enum", texts(refused)}}));
    return object(members);
}

std::vector<std::string> reserved_for_parameters() {
    auto names = reserved_in_stages();
    for (const char* each : {"help", "resume", "trace"}) names.emplace_back(each);
    for (const auto& declaration : RunArguments::parameters().declarations())
        if (std::find(names.begin(), names.end(), declaration.name) == names.end())
            names.push_back(declaration.name);
    return names;
}

/// What a parameter of each type may have as default, and which limits belong to it.
std::string limits_of(ParameterType type) {
    const char* json = type == ParameterType::boolean   ? "boolean"
                       : type == ParameterType::integer ? "integer"
                       : type == ParameterType::real    ? "number"
                                                        : "string";
    const bool number = type == ParameterType::integer || type == ParameterType::real;
    const auto one = one_of_type(json);
    Members properties{{"default", any_of({one, object({{"type", "\"array\""}, {"items", one}})})}};
    if (!number) properties.emplace_back("range", "false");
    if (type != ParameterType::text) properties.emplace_back("choices", "false");
    return object({{"properties", object(properties)}});
}

std::string declaration_schema() {
    std::vector<std::string> types, limits;
    for (const auto type : {ParameterType::boolean, ParameterType::integer, ParameterType::real,
                            ParameterType::text, ParameterType::path}) {
        types.emplace_back(parameter_type_name(type));
        limits.push_back(when("type", types.back(), limits_of(type)));
    }
    const auto numbers =
        object({{"type", "\"array\""},
                {"items", one_of_type("number")},
                {"minItems", "2"},
                {"maxItems", "2"},
                {"description", json_string("least and greatest; inf where a side is open")}});
    const auto choices = object({{"type", "\"array\""},
                                 {"items", one_of_type("string")},
                                 {"minItems", "1"},
                                 {"description", json_string("the texts that are allowed")}});
    const auto properties = object(
        {{"type", object({{"enum", texts(types)}})},
         {"many", described("boolean", "a list of values")},
         {"default",
          object({{"description", json_string("the value where none is given; without it one must be")}})},
         {"range", numbers},
         {"choices", choices},
         {"help", described("string", "the sentence that --help shows")}});
    return object({{"type", "\"object\""},
                   {"properties", properties},
                   {"required", texts({"type"})},
                   {"additionalProperties", "false"},
                   {"allOf", list(limits)}});
}

std::string table_of(const std::string& sentence, const std::vector<std::string>& refused,
                     const std::string& each) {
    return object({{"type", "\"object\""},
                   {"description", json_string(sentence)},
                   {"propertyNames", names_schema(refused)},
                   {"additionalProperties", each}});
}

std::string definitions(const Registry& registry, std::span<const GraphHeader> shipped) {
    const auto pattern = [](const char* text) {
        return object({{"type", "\"string\""}, {"pattern", json_string(text)}});
    };
    Members all{
        {"reference", pattern("^\\$\\{[^}]+\\}$")},  {"text_with_reference", pattern("\\$\\{[^}]+\\}")},
        {"parameter", declaration_schema()},         {"execution", execution_schema(true)},
        {"execution_once", execution_schema(false)}, {"stage", any_stage_schema(registry, shipped)}};
    for (const auto* type : registry.all()) all.emplace_back("stage_" + type->name, stage_schema(*type));
    for (const auto& graph : shipped) all.emplace_back("graph_" + graph.name, shipped_schema(graph));
    return object(all);
}

}  // namespace

std::string graph_schema(const Registry& registry, std::span<const GraphHeader> shipped) {
    Members properties{
        {"title", described("string", "what the graph does, in a line")},
        {"plugins", object({{"type", "\"array\""},
                            {"items", one_of_type("string")},
                            {"description", json_string("libraries of stages, relative to this file")}})},
        {"params", table_of("The graph's parameters; each becomes an option of the command line.",
                            reserved_for_parameters(), defined("parameter"))},
        {"stages", table_of("The stages, by name.", {}, defined("stage"))},
        {"outputs", table_of("What the graph gives where it is used as a stage: port = \"stage\" or "
                             "\"stage.port\".",
                             {}, one_of_type("string"))}};
    const auto json = object({{"$schema", "\"http://json-schema.org/draft-07/schema#\""},
                              {"title", "\"A graph of figurant\""},
                              {"type", "\"object\""},
                              {"properties", object(properties)},
                              {"required", texts({"stages"})},
                              {"additionalProperties", "false"},
                              {"definitions", definitions(registry, shipped)}});
    return Layout(json).text();
}

}  // namespace figurant::pipeline
