#pragma once
// A message of a text-format file, with the place of each field: so that what cannot be expressed is told
// where it stands.

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace figurant::data_formats {

/// All that is wrong with a text, "name:line:column: error: …".
class TextProblems {
  public:
    explicit TextProblems(std::string name) : name_(std::move(name)) {}
    /// Places from 0, as protobuf counts.
    void add(int line, int column, const std::string& what) {
        lines_.push_back(name_ + ":" + std::to_string(line + 1) + ":" + std::to_string(column + 1) +
                         ": error: " + what);
    }
    bool none() const { return lines_.empty(); }
    std::string text() const {
        std::string all;
        for (const auto& line : lines_) all += (all.empty() ? "" : "\n") + line;
        return all;
    }

  private:
    std::string name_;
    std::vector<std::string> lines_;
};

/// The shortest decimal that is this float: 0.7 for 0.699999988, and always with a point or an exponent; as
/// people write it: 0.0003, not 3e-04.
inline std::string float_text(float value) {
    char text[40];
    const bool plain = std::abs(value) >= 1e-4f && std::abs(value) < 1e7f;
    const auto end = plain ? std::to_chars(text, text + sizeof text, value, std::chars_format::fixed)
                           : std::to_chars(text, text + sizeof text, value);
    std::string made(text, end.ptr);
    if (made.find_first_of(".en") == std::string::npos) made += ".0";
    return made;
}

class Section {
  public:
    using Tree = google::protobuf::TextFormat::ParseInfoTree;
    using Location = google::protobuf::TextFormat::ParseLocation;

    /// `problems`: where they go; null: they are not told.
    Section(const google::protobuf::Message& message, const Tree* tree, Location place,
            TextProblems* problems)
        : message_(&message), tree_(tree), place_(place), problems_(problems) {}

    bool has(const std::string& field) const {
        const auto* found = descriptor(field);
        return found->is_repeated() ? reflection().FieldSize(*message_, found) > 0
                                    : reflection().HasField(*message_, found);
    }
    /// The message of a field; an empty one, at this one's place, where it is not given.
    Section section(const std::string& field) const {
        const auto* found = descriptor(field);
        return {reflection().GetMessage(*message_, found), nested(found, 0), place(field), problems_};
    }
    /// As section, where it must be given. Of one that is missing nothing else is told.
    Section required(const std::string& field) const {
        Section found = section(field);
        if (has(field)) return found;
        problem(field, "\"" + field + "\" is needed here");
        found.problems_ = nullptr;
        return found;
    }
    std::vector<Section> sections(const std::string& field) const {
        const auto* found = descriptor(field);
        std::vector<Section> all;
        for (int i = 0; i < reflection().FieldSize(*message_, found); ++i)
            all.push_back({reflection().GetRepeatedMessage(*message_, found, i), nested(found, i),
                           location(found, i), problems_});
        return all;
    }

    std::int64_t integer(const std::string& field) const {
        return reflection().GetInt32(*message_, descriptor(field));
    }
    float real(const std::string& field) const { return reflection().GetFloat(*message_, descriptor(field)); }
    std::string string(const std::string& field) const {
        return reflection().GetString(*message_, descriptor(field));
    }
    /// "[0.5, 1.0]"
    std::string reals_text(const std::string& field) const {
        const auto* found = descriptor(field);
        std::string text;
        for (int i = 0; i < reflection().FieldSize(*message_, found); ++i)
            text += (i ? ", " : "") + float_text(reflection().GetRepeatedFloat(*message_, found, i));
        return "[" + text + "]";
    }
    /// The value as TOML writes it; enums by their names.
    std::string value_text(const std::string& field) const {
        using google::protobuf::FieldDescriptor;
        const auto* found = descriptor(field);
        switch (found->cpp_type()) {
            case FieldDescriptor::CPPTYPE_FLOAT:
                return float_text(real(field));
            case FieldDescriptor::CPPTYPE_BOOL:
                return reflection().GetBool(*message_, found) ? "true" : "false";
            case FieldDescriptor::CPPTYPE_ENUM:
                return reflection().GetEnum(*message_, found)->name();
            default:
                return std::to_string(integer(field));
        }
    }
    /// A problem unless the value is this one, the only one that can be expressed.
    void expect(const std::string& field, const std::string& value) const {
        if (const auto found = value_text(field); found != value)
            problem(field, "\"" + field + "\" is " + found + (has(field) ? "" : " where it is not given") +
                               "; only " + value + " can be expressed");
    }
    void problem(const std::string& field, const std::string& what) const {
        if (!problems_) return;
        const Location at = place(field);
        problems_->add(at.line, at.column, what);
    }

  private:
    const google::protobuf::Reflection& reflection() const { return *message_->GetReflection(); }
    const google::protobuf::FieldDescriptor* descriptor(const std::string& field) const {
        return message_->GetDescriptor()->FindFieldByName(field);
    }
    Tree* nested(const google::protobuf::FieldDescriptor* field, int index) const {
        return tree_ ? tree_->GetTreeForNested(field, field->is_repeated() ? index : -1) : nullptr;
    }
    Location location(const google::protobuf::FieldDescriptor* field, int index) const {
        const Location at = tree_ ? tree_->GetLocation(field, field->is_repeated() ? index : -1) : Location();
        return at.line < 0 ? place_ : at;
    }
    Location place(const std::string& field) const { return location(descriptor(field), 0); }

    const google::protobuf::Message* message_;
    const Tree* tree_;
    Location place_;
    TextProblems* problems_;
};

}  // namespace figurant::data_formats
