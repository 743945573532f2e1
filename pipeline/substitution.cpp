#include "pipeline/substitution.h"

#include <algorithm>

namespace figurant::pipeline {

namespace {

constexpr std::string_view item_prefix = "item.";

bool is_item(const std::string& name) { return name.starts_with(item_prefix); }

/// A scalar inside a text: strings without quotes.
std::string plain_text(const Scalar& scalar) {
    if (const auto* text = std::get_if<std::string>(&scalar)) return *text;
    return to_text(scalar);
}

/// So that split_references gives `text` back as one literal.
std::string escaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("${")) result += '$';
        result += text[i];
    }
    return result;
}

std::string joined(const std::vector<TextPiece>& pieces, ItemReferences item_references) {
    std::string text;
    for (const auto& piece : pieces) {
        if (piece.reference)
            text += "${" + piece.text + "}";
        else
            text += item_references == ItemReferences::kept ? escaped(piece.text) : piece.text;
    }
    return text;
}

class Evaluation {
  public:
    Evaluation(std::string_view what, const Bindings& bindings, ItemReferences item_references,
               Problems& problems)
        : what_(what), bindings_(bindings), item_references_(item_references), problems_(problems) {}

    Evaluated of(const TomlNode& node) {
        switch (node.kind) {
            case TomlNode::Kind::text:
                return text(node);
            case TomlNode::Kind::list:
                return list(node);
            case TomlNode::Kind::table:
            case TomlNode::Kind::moment:
                return refuse(node.place,
                              in_quotes(what_) + " takes a value or a list; found " + node.found());
            default:
                return {ParameterValue(node.scalar), false, false, false, {}, {}};
        }
    }

  private:
    Evaluated refuse(const Place& place, std::string message) {
        problems_.add(place, std::move(message));
        Evaluated result;
        result.broken = true;
        return result;
    }

    Evaluated text(const TomlNode& node) {
        std::vector<TextPiece> pieces;
        try {
            pieces = split_references(*node.text());
        } catch (const Error& error) {
            return refuse(node.place, error.what());
        }
        Evaluated result;
        const bool alone = pieces.size() == 1 && pieces.front().reference;
        for (auto& piece : pieces) {
            if (!piece.reference) continue;
            if (is_item(piece.text)) {
                if (item_references_ == ItemReferences::refused)
                    return refuse(node.place, "${" + piece.text +
                                                  "} has a value only in the parameters of a for_each_graph");
                result.reads_item = true;
                continue;
            }
            const auto found = bindings_.find(piece.text);
            if (found == bindings_.end()) return refuse(node.place, undeclared(piece.text));
            if (alone) result.alone = piece.text;
            if (!found->second.value) {
                result.unknown = true;
                if (!found->second.given) result.missing.push_back(piece.text);
                continue;
            }
            if (alone) {
                result.value = kept(*found->second.value);
                return result;
            }
            if (found->second.value->many)
                return refuse(node.place,
                              "${" + piece.text + "} is a list, which cannot stand inside a text");
            piece = {false, plain_text(found->second.value->items.at(0))};
        }
        if (!result.unknown) result.value = Scalar(joined(pieces, item_references_));
        return result;
    }

    Evaluated list(const TomlNode& node) {
        Evaluated result;
        std::vector<Scalar> items;
        for (const auto& item : node.items) {
            if (item.kind == TomlNode::Kind::list)
                return refuse(item.place, in_quotes(what_) + " takes no list inside a list");
            Evaluated each = of(item);
            result.broken = result.broken || each.broken;
            result.reads_item = result.reads_item || each.reads_item;
            result.unknown = result.unknown || each.unknown;
            result.missing.insert(result.missing.end(), each.missing.begin(), each.missing.end());
            if (each.value) items.insert(items.end(), each.value->items.begin(), each.value->items.end());
        }
        if (!result.broken && !result.unknown) result.value = ParameterValue(std::move(items));
        return result;
    }

    ParameterValue kept(ParameterValue value) const {
        if (item_references_ == ItemReferences::kept)
            for (auto& scalar : value.items)
                if (auto* content = std::get_if<std::string>(&scalar)) *content = escaped(*content);
        return value;
    }

    std::string undeclared(const std::string& name) const {
        std::vector<std::string> names;
        for (const auto& [each, binding] : bindings_) names.push_back(each);
        return "${" + name + "}: the graph has no parameter " + in_quotes(name) + suggestion(name, names);
    }

    std::string_view what_;
    const Bindings& bindings_;
    ItemReferences item_references_;
    Problems& problems_;
};

const ParameterValue& item_value(const std::string& name, const ParameterValues& item) {
    const auto found = item.find(std::string_view(name).substr(item_prefix.size()));
    if (found != item.end()) return found->second;
    std::vector<std::string> names;
    for (const auto& [each, value] : item) names.push_back("item." + each);
    throw Error(Cause::configuration,
                "${" + name + "}: the item has no such value" + suggestion(name, names));
}

}  // namespace

std::vector<TextPiece> split_references(std::string_view text) {
    std::vector<TextPiece> pieces;
    std::string literal;
    const auto end_literal = [&] {
        if (!literal.empty()) pieces.push_back({false, std::move(literal)});
        literal.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        if (rest.starts_with("$${")) {
            literal += "${";
            at += 3;
        } else if (rest.starts_with("${")) {
            const std::size_t close = rest.find('}');
            if (close == std::string_view::npos || close == 2)
                throw Error(Cause::configuration, close == 2
                                                      ? "${} names no parameter (write $${ for a literal ${)"
                                                      : "a ${ without its } (write $${ for a literal ${)");
            end_literal();
            pieces.push_back({true, std::string(rest.substr(2, close - 2))});
            at += close + 1;
        } else {
            literal += text[at++];
        }
    }
    end_literal();
    return pieces;
}

Evaluated evaluate(const TomlNode& node, std::string_view what, const Bindings& bindings,
                   ItemReferences item_references, Problems& problems) {
    return Evaluation(what, bindings, item_references, problems).of(node);
}

ParameterValue with_item_values(const ParameterValue& value, const ParameterValues& item) {
    ParameterValue result;
    result.many = value.many;
    for (const auto& scalar : value.items) {
        const auto* text = std::get_if<std::string>(&scalar);
        if (!text) {
            result.items.push_back(scalar);
            continue;
        }
        const auto pieces = split_references(*text);
        if (pieces.size() == 1 && pieces.front().reference) {
            const ParameterValue& whole = item_value(pieces.front().text, item);
            result.items.insert(result.items.end(), whole.items.begin(), whole.items.end());
            result.many = result.many || whole.many;
            continue;
        }
        std::string filled;
        for (const auto& piece : pieces) {
            if (!piece.reference) {
                filled += piece.text;
                continue;
            }
            const ParameterValue& part = item_value(piece.text, item);
            if (part.many)
                throw Error(Cause::configuration,
                            "${" + piece.text + "} is a list, which cannot stand inside a text");
            filled += plain_text(part.items.at(0));
        }
        result.items.push_back(filled);
    }
    return result;
}

}  // namespace figurant::pipeline
