#include "data_formats/frozen_graph/frozen_graph.h"

#include <algorithm>
#include <map>

#include "data_formats/frozen_graph/fields.h"
#include "data_formats/frozen_graph/tensor_message.h"
#include "data_formats/tensors/element_types.h"
#include "data_formats/tensors/input_file.h"

namespace figurant::data_formats {

namespace {

// Fields of GraphDef, NodeDef (graph.proto, node_def.proto), of entries of a map, and of AttrValue.
constexpr int node_field = 1;
constexpr int name_field = 1, op_field = 2, input_field = 3, attr_field = 5;
constexpr int key_field = 1, value_field = 2;
constexpr int tensor_field = 8;

constexpr std::size_t longest_name = 4096;

struct Node {
    Span name, op, input;  ///< input: the first one
    std::uint64_t at = 0;
};

Node read_node(const Span& message, const std::string& file) {
    Node node;
    node.at = message.at;
    each_field(message, file, [&](const Field& field) {
        if (field.kind != Field::Kind::bytes) return;
        if (field.number == name_field) node.name = field.span;
        if (field.number == op_field) node.op = field.span;
        if (field.number == input_field && node.input.bytes.empty()) node.input = field.span;
    });
    return node;
}

/// The message of the attribute "value" that holds a tensor.
std::optional<Span> value_of(const Span& node, const std::string& file) {
    std::optional<Span> tensor;
    each_field(node, file, [&](const Field& entry) {
        if (entry.number != attr_field || entry.kind != Field::Kind::bytes) return;
        Span key, value;
        each_field(entry.span, file, [&](const Field& field) {
            if (field.number == key_field) key = field.span;
            if (field.number == value_field) value = field.span;
        });
        if (key.bytes != "value") return;
        each_field(value, file, [&](const Field& field) {
            if (field.number == tensor_field && field.kind == Field::Kind::bytes) tensor = field.span;
        });
    });
    return tensor;
}

/// "X:0" and "X" are the same node's first output.
std::string_view node_of(std::string_view input) { return input.substr(0, input.find(':')); }

class FrozenGraph : public TensorFile {
  public:
    FrozenGraph(std::string bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
        if (bytes_.size() > most_bytes)
            throw Error(Cause::limit, name_ + ": has " + std::to_string(bytes_.size()) +
                                          " bytes; a frozen graph has at most " + std::to_string(most_bytes));
        std::vector<Constant> constants;
        each_field({bytes_, 0}, name_, [&](const Field& field) {
            if (field.number == node_field && field.kind == Field::Kind::bytes)
                take_node(field.span, constants);
            else if (field.number == node_field)
                reject_field(name_, field.at, "a node of a graph",
                             "a number (a SavedModel? give its variables/variables)");
        });
        if (nodes_ == 0) reject_field(name_, 0, "a graph", "no node");
        keep(std::move(constants));
    }

    static constexpr std::uint64_t most_bytes = 0x7fffffff;

    std::string kind() const override { return "frozen graph"; }

    std::size_t held_bytes() const override { return bytes_.size(); }

    std::optional<std::size_t> find(std::string_view name) const override {
        for (const std::string& candidate : {std::string(name), std::string(name) + "/read"})
            if (const auto place = resolve(candidate)) return place;
        return std::nullopt;
    }

    NamedArray read(std::size_t place) const override {
        const TensorInfo& info = tensors_.at(place);
        if (!info.unreadable.empty())
            throw Error(Cause::model, name_ + ": \"" + info.name + "\" cannot be read: " + info.unreadable,
                        "only float32, float16, bfloat16, int32 and int64 are");
        const Span& message = messages_[place];
        return tensor_values(read_tensor_message(message, name_, info.name), message, name_, info.name);
    }

  private:
    struct Constant {
        TensorInfo info;
        Span message;
    };

    void take_node(const Span& message, std::vector<Constant>& constants) {
        ++nodes_;
        const Node node = read_node(message, name_);
        if (node.op.bytes == "Identity" && !node.input.bytes.empty() && node.input.bytes[0] != '^')
            identities_.emplace(node.name.bytes, node_of(node.input.bytes));
        if (node.op.bytes != "Const") return;
        check_name(node);
        const auto tensor = value_of(message, name_);
        if (!tensor)
            reject_field(name_, message.at, "a value of \"" + std::string(node.name.bytes) + "\"", "none");
        const auto read = read_tensor_message(*tensor, name_, std::string(node.name.bytes));
        TensorInfo info{std::string(node.name.bytes), tensorflow_type_name(read.type), read.shape, {}};
        if (!readable_type(read.type)) info.unreadable = "its type is " + info.type;
        constants.push_back({std::move(info), *tensor});
    }

    void check_name(const Node& node) const {
        const auto name = node.name.bytes;
        if (name.empty() || name.size() > longest_name || std::any_of(name.begin(), name.end(), [](char c) {
                return static_cast<unsigned char>(c) < 0x20;
            }))
            reject_field(name_, node.at, "the name of a constant", "one that is none");
    }

    void keep(std::vector<Constant> constants) {
        std::sort(constants.begin(), constants.end(),
                  [](const auto& a, const auto& b) { return a.info.name < b.info.name; });
        for (auto& constant : constants) {
            if (!tensors_.empty() && tensors_.back().name == constant.info.name)
                reject_field(name_, constant.message.at, "one constant \"" + constant.info.name + "\"",
                             "a second one");
            tensors_.push_back(std::move(constant.info));
            messages_.push_back(constant.message);
        }
    }

    std::optional<std::size_t> resolve(std::string_view name) const {
        // A chain longer than there are identities goes round.
        for (std::size_t steps = 0; steps <= identities_.size(); ++steps) {
            if (const auto place = TensorFile::find(name)) return place;
            const auto next = identities_.find(name);
            if (next == identities_.end()) return std::nullopt;
            name = next->second;
        }
        return std::nullopt;
    }

    std::string bytes_;
    std::string name_;
    std::size_t nodes_ = 0;
    std::map<std::string_view, std::string_view> identities_;  ///< node -> what it passes on
    std::vector<Span> messages_;                               ///< beside tensors_
};

}  // namespace

std::unique_ptr<TensorFile> open_frozen_graph(const std::filesystem::path& path) {
    const InputFile file(path);
    return parse_frozen_graph(file.text(FrozenGraph::most_bytes), path.string());
}

std::unique_ptr<TensorFile> parse_frozen_graph(std::string bytes, const std::string& name) {
    return std::make_unique<FrozenGraph>(std::move(bytes), name);
}

}  // namespace figurant::data_formats
