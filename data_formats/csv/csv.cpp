#include "data_formats/csv/csv.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace figurant::data_formats {

namespace {

template <class Number>
std::string digits(Number number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? "\"\"" : std::string(1, c);
    return result + "\"";
}

std::string field_text(const CsvField& field) {
    if (const auto* integer = std::get_if<std::int64_t>(&field)) return digits(*integer);
    if (const auto* real = std::get_if<double>(&field)) return digits(*real);
    if (const auto* text = std::get_if<std::string>(&field)) return quoted(*text);
    return "";
}

class CsvParser {
  public:
    CsvParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

    std::vector<std::vector<std::string>> parse() {
        std::vector<std::vector<std::string>> table;
        while (at_ < text_.size()) table.push_back(line());
        return table;
    }

  private:
    std::vector<std::string> line() {
        std::vector<std::string> fields;
        do fields.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field());
        while (take(','));
        take('\r');
        if (!take('\n') && at_ < text_.size()) fail("text after a closing quote, or a lone carriage return");
        ++line_;
        return fields;
    }

    std::string plain_field() {
        const auto end = std::min(text_.size(), text_.find_first_of(",\r\n", at_));
        const auto begin = std::exchange(at_, end);
        return std::string(text_.substr(begin, end - begin));
    }

    std::string quoted_field() {
        std::string field;
        ++at_;
        for (;;) {
            const auto quote = text_.find('"', at_);
            if (quote == std::string_view::npos) fail("a quote that does not end");
            field += text_.substr(at_, quote - at_);
            at_ = quote + 1;
            if (!take('"')) return field;
            field += '"';
        }
    }

    bool take(char c) {
        const bool there = at_ < text_.size() && text_[at_] == c;
        at_ += there;
        return there;
    }

    [[noreturn]] void fail(const std::string& why) const {
        throw Error(Cause::input, name_ + ": row " + std::to_string(line_) + ": " + why, "repair the file");
    }

    std::string_view text_;
    const std::string& name_;
    std::size_t at_ = 0, line_ = 1;
};

}  // namespace

std::string csv_line(const std::vector<CsvField>& fields) {
    std::string line;
    for (std::size_t i = 0; i < fields.size(); ++i) line += (i ? "," : "") + field_text(fields[i]);
    return line + "\n";
}

std::string csv_heading(const std::vector<std::string>& names) {
    return csv_line({names.begin(), names.end()});
}

std::vector<std::vector<std::string>> parse_csv(std::string_view text, const std::string& name) {
    return CsvParser(text, name).parse();
}

}  // namespace figurant::data_formats
