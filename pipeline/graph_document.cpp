#include "pipeline/graph_document.h"

#include <algorithm>

#include "pipeline/plugins.h"
#include "pipeline/reserved_names.h"

namespace figurant::pipeline {

namespace {

bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    });
}

class DocumentReader {
  public:
    DocumentReader(GraphDocument& document, Problems& problems) : document_(document), problems_(problems) {}

    void read(const TomlNode& root) {
        for (const auto& entry : root.entries) {
            if (entry.key == "title")
                document_.title = text_of(entry).value_or("");
            else if (entry.key == "plugins")
                read_plugins(entry.value);
            else if (entry.key == "params")
                each_table(entry, "params", [&](const TomlEntry& each) { read_parameter(each); });
            else if (entry.key == "stages")
                each_table(entry, "stages", [&](const TomlEntry& each) { read_stage(each); });
            else if (entry.key == "outputs")
                read_outputs(entry);
            else
                unknown_key(entry, {"title", "plugins", "params", "stages", "outputs"}, "a graph file");
        }
        if (document_.stages.empty()) problems_.add(document_.place, "the graph has no stages");
    }

  private:
    template <class Body>
    void each_table(const TomlEntry& entry, const std::string& what, Body body) {
        if (entry.value.kind != TomlNode::Kind::table) {
            problems_.add(entry.value.place,
                          "\"" + what + "\" takes tables, [" + what + ".NAME]; found " + entry.value.found());
            return;
        }
        for (const auto& each : entry.value.entries) {
            if (!is_name(each.key))
                problems_.add(each.place, in_quotes(each.key) + " is no name: letters, digits, _ and - only");
            else if (each.value.kind != TomlNode::Kind::table)
                problems_.add(each.value.place,
                              "[" + what + "." + each.key + "] takes a table; found " + each.value.found());
            else
                body(each);
        }
    }

    void unknown_key(const TomlEntry& entry, const std::vector<std::string>& known,
                     const std::string& where) {
        const bool is_stage = std::any_of(entry.value.entries.begin(), entry.value.entries.end(),
                                          [](const TomlEntry& each) { return each.key == "type"; });
        problems_.add(entry.place, "unknown key " + in_quotes(entry.key) + " in " + where +
                                       (is_stage ? "; a stage is written [stages." + entry.key + "]"
                                                 : suggestion(entry.key, known)));
    }

    std::optional<std::string> text_of(const TomlEntry& entry) {
        if (const auto* text = entry.value.text()) return *text;
        problems_.add(entry.value.place,
                      in_quotes(entry.key) + " takes string; found " + entry.value.found());
        return std::nullopt;
    }

    void read_plugins(const TomlNode& list) {
        if (list.kind != TomlNode::Kind::list) {
            problems_.add(list.place,
                          "\"plugins\" takes a list of files, [\"./libmine.so\"]; found " + list.found());
            return;
        }
        for (const auto& item : list.items) {
            if (const auto* file = item.text())
                document_.plugins.push_back({*file, item.place});
            else
                problems_.add(item.place, "\"plugins\" takes names of files; found " + item.found());
        }
    }

    // ---- [params.NAME]

    void read_parameter(const TomlEntry& entry) {
        DeclaredParameter parameter;
        parameter.place = entry.place;
        parameter.declaration.name = entry.key;
        parameter_ = &parameter;
        if (is_reserved_on_command_line(entry.key))
            broken(entry.place,
                   in_quotes(entry.key) + " is an option of every run; give the parameter another name");
        else if (is_reserved_in_stages(entry.key))
            broken(entry.place,
                   in_quotes(entry.key) + " is a key of every stage; give the parameter another name");
        const TomlEntry* fallback = nullptr;
        const TomlEntry* type = nullptr;
        for (const auto& each : entry.value.entries) {
            if (each.key == "type")
                type = &each;
            else if (each.key == "default")
                fallback = &each;
            else
                read_property(each);
        }
        read_type(entry, type);
        check_limits(entry);
        if (fallback && parameter.sound) read_fallback(*fallback);
        document_.parameters.push_back(std::move(parameter));
    }

    void broken(const Place& place, std::string message) {
        problems_.add(place, std::move(message));
        parameter_->sound = false;
    }

    void read_property(const TomlEntry& entry) {
        auto& declaration = parameter_->declaration;
        const auto& value = entry.value;
        if (entry.key == "many") {
            if (value.kind != TomlNode::Kind::boolean)
                return broken(value.place, "\"many\" takes bool; found " + value.found());
            declaration.many = std::get<bool>(value.scalar);
        } else if (entry.key == "range") {
            read_range(value);
        } else if (entry.key == "choices") {
            read_choices(value);
        } else if (entry.key == "help") {
            declaration.sentence = text_of(entry).value_or("");
        } else {
            unknown_key(entry, {"type", "default", "many", "range", "choices", "help"}, "a parameter");
        }
    }

    void read_type(const TomlEntry& entry, const TomlEntry* type) {
        static const std::vector<std::string> names = {"bool", "int", "float", "string", "path"};
        if (!type)
            return broken(entry.place, "parameter " + in_quotes(entry.key) +
                                           " has no type; it takes one of " + list_in_quotes(names));
        const auto* name = type->value.text();
        const auto known = name ? parameter_type_from(*name) : std::nullopt;
        const auto near = name ? nearest_name(*name, names) : std::nullopt;
        if (known)
            parameter_->declaration.type = *known;
        else
            broken(type->value.place, "\"type\" takes one of " + list_in_quotes(names) + "; found " +
                                          (name ? in_quotes(*name) : type->value.found()) +
                                          (near ? "; did you mean " + in_quotes(*near) + "?" : ""));
    }

    static std::optional<double> number_of(const TomlNode& node) {
        if (node.kind == TomlNode::Kind::integer)
            return static_cast<double>(std::get<std::int64_t>(node.scalar));
        if (node.kind == TomlNode::Kind::real) return std::get<double>(node.scalar);
        return std::nullopt;
    }

    void read_range(const TomlNode& node) {
        const auto least = node.items.size() == 2 ? number_of(node.items[0]) : std::nullopt;
        const auto most = node.items.size() == 2 ? number_of(node.items[1]) : std::nullopt;
        range_place_ = node.place;
        if (!least || !most)
            return broken(node.place, "\"range\" takes two numbers, [least, most]; inf where a side is open");
        if (!(*least <= *most)) return broken(node.place, "\"range\" takes the smaller number first");
        parameter_->declaration.range = ParameterRange{*least, *most};
    }

    void read_choices(const TomlNode& node) {
        const bool texts = node.kind == TomlNode::Kind::list && !node.items.empty() &&
                           std::all_of(node.items.begin(), node.items.end(),
                                       [](const TomlNode& item) { return item.text() != nullptr; });
        range_place_ = node.place;
        if (!texts) return broken(node.place, "\"choices\" takes a list of strings");
        for (const auto& item : node.items) parameter_->declaration.choices.push_back(*item.text());
    }

    void check_limits(const TomlEntry& entry) {
        if (!parameter_->sound) return;
        const auto& declaration = parameter_->declaration;
        const bool number =
            declaration.type == ParameterType::integer || declaration.type == ParameterType::real;
        if (declaration.range && !number)
            broken(range_place_, "\"range\" belongs to int and float; " + in_quotes(entry.key) + " is " +
                                     with_article(parameter_type_name(declaration.type)));
        if (!declaration.choices.empty() && declaration.type != ParameterType::text)
            broken(range_place_, "\"choices\" belongs to string; " + in_quotes(entry.key) + " is " +
                                     with_article(parameter_type_name(declaration.type)));
    }

    void read_fallback(const TomlEntry& entry) {
        // A default stands for itself: a graph's parameters are known before anything refers to them.
        TomlNode literal = entry.value;
        ParameterValue value;
        value.many = literal.kind == TomlNode::Kind::list;
        std::vector<TomlNode> items = value.many ? literal.items : std::vector<TomlNode>{literal};
        for (const auto& item : items) {
            if (item.kind == TomlNode::Kind::list || item.kind == TomlNode::Kind::table ||
                item.kind == TomlNode::Kind::moment)
                return broken(item.place, "\"default\" takes a value or a list; found " + item.found());
            value.items.push_back(item.scalar);
        }
        try {
            parameter_->declaration.fallback = parameter_->declaration.checked(value);
        } catch (const Error& error) {
            broken(entry.value.place, std::string("the default of ") + error.what());
        }
    }

    // ---- [stages.NAME] and [outputs]

    void read_stage(const TomlEntry& entry) {
        DeclaredStage stage;
        stage.name = entry.key;
        stage.place = entry.place;
        for (const auto& each : entry.value.entries) {
            if (is_reserved_in_stages(each.key))
                stage.reserved(each.key) = each;
            else
                stage.parameters.push_back(each);
        }
        document_.stages.push_back(std::move(stage));
    }

    void read_outputs(const TomlEntry& entry) {
        if (entry.value.kind != TomlNode::Kind::table) {
            problems_.add(entry.value.place,
                          "\"outputs\" takes a table, port = \"stage\" or \"stage.port\"; found " +
                              entry.value.found());
            return;
        }
        for (const auto& each : entry.value.entries) {
            if (!is_name(each.key)) {
                problems_.add(each.place, in_quotes(each.key) + " is no name: letters, digits, _ and - only");
                continue;
            }
            if (const auto text = text_of(each))
                document_.outputs.push_back({each.key, each.place, parse_reference(*text, each.value.place)});
        }
    }

    GraphDocument& document_;
    Problems& problems_;
    DeclaredParameter* parameter_ = nullptr;  ///< the one being read
    Place range_place_;
};

}  // namespace

std::optional<TomlEntry>& DeclaredStage::reserved(std::string_view key) {
    if (key == "type") return type;
    if (key == "from") return from;
    if (key == "file") return file;
    if (key == "group") return group;
    return execution;
}

Reference parse_reference(const std::string& text, const Place& place) {
    const auto dot = text.find('.');
    if (dot == std::string::npos) return {text, "", place};
    return {text.substr(0, dot), text.substr(dot + 1), place};
}

const DeclaredStage* GraphDocument::find_stage(std::string_view name) const {
    for (const auto& stage : stages)
        if (stage.name == name) return &stage;
    return nullptr;
}

const DeclaredParameter* GraphDocument::find_parameter(std::string_view name) const {
    for (const auto& parameter : parameters)
        if (parameter.declaration.name == name) return &parameter;
    return nullptr;
}

std::vector<std::string> GraphDocument::stage_names() const {
    std::vector<std::string> names;
    for (const auto& stage : stages) names.push_back(stage.name);
    return names;
}

std::vector<std::string> GraphDocument::parameter_names() const {
    std::vector<std::string> names;
    for (const auto& parameter : parameters) names.push_back(parameter.declaration.name);
    return names;
}

GraphDocument read_graph_document(const std::filesystem::path& file, Problems& problems) {
    const TomlNode root = read_toml(file);
    GraphDocument document;
    document.file = file;
    document.place = root.place;
    DocumentReader(document, problems).read(root);
    return document;
}

void load_plugins(GraphDocument& document, Problems& problems) {
    for (const auto& plugin : document.plugins) {
        try {
            load_plugin(document.file.parent_path() / plugin.file);
        } catch (const Error& error) {
            document.all_plugins = false;
            problems.add(plugin.place,
                         error.what() + (error.next_step().empty() ? "" : "; " + error.next_step()));
        }
    }
}

Wires wires_of(const DeclaredStage& stage, Problems& problems) {
    Wires wires;
    const auto refuse = [&](const Place& place, std::string message) {
        problems.add(place, std::move(message));
        wires.sound = false;
    };
    if (!stage.from) return wires;
    const auto& value = stage.from->value;
    if (const auto* text = value.text()) {
        wires.all.push_back({"", value.place, parse_reference(*text, value.place)});
    } else if (value.kind == TomlNode::Kind::table) {
        for (const auto& each : value.entries) {
            if (const auto* source = each.value.text())
                wires.all.push_back({each.key, each.place, parse_reference(*source, each.value.place)});
            else
                refuse(each.value.place, in_quotes(each.key) + " takes \"stage\" or \"stage.port\"; found " +
                                             each.value.found());
        }
    } else {
        refuse(value.place,
               "\"from\" takes \"stage\", \"stage.port\" or a table port = source; found " + value.found());
    }
    return wires;
}

}  // namespace figurant::pipeline
