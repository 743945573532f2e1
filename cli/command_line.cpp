#include "cli/command_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace figurant::cli {

namespace {

using pipeline::GraphError;
using pipeline::Problem;

bool is_option(const std::string& word) { return word.size() > 2 && word.starts_with("--"); }

bool is_bool_word(const std::string& word) {
    return word == "true" || word == "false" || word == "yes" || word == "no" || word == "1" || word == "0";
}

class Splitter {
  public:
    Splitter(std::span<const std::string> words, std::span<const ParameterDeclaration> declarations,
             std::vector<Problem>& problems)
        : words_(words), declarations_(declarations), problems_(problems) {}

    SplitWords split() {
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            if (word == "--help" || word == "-h")
                result_.help = true;
            else if (is_option(word))
                take_option(word);
            else if (is_option("-" + word) && find(name_of("-" + word)))
                take_option_of_one_dash(word);
            else
                result_.rest.push_back(word);
        }
        return std::move(result_);
    }

  private:
    static std::string name_of(const std::string& option) {
        const auto equals = option.find('=');
        std::string name = option.substr(2, equals == std::string::npos ? equals : equals - 2);
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    }

    /// Taken all the same, so that its values are not told as further mistakes.
    void take_option_of_one_dash(const std::string& word) {
        problems_.push_back({word, "options have two dashes: -" + word});
        take_option("-" + word);
    }

    void take_option(const std::string& word) {
        const auto equals = word.find('=');
        const std::string name = name_of(word);
        const auto* declaration = find(name);
        if (!declaration) {
            unknown(word.substr(0, equals), name);
            skip_values();
            return;
        }
        const bool again = result_.options.contains(name);
        if (again && !declaration->many && result_.told.insert(name).second)
            problems_.push_back({option_name(name), "given twice; it takes one value"});
        auto& values = result_.options[name];
        if (equals != std::string::npos) {
            values.push_back(word.substr(equals + 1));
            return;
        }
        take_values(*declaration, values);
    }

    void take_values(const ParameterDeclaration& declaration, std::vector<std::string>& values) {
        if (declaration.type == ParameterType::boolean && !declaration.many) {
            const bool told = at_ < words_.size() && is_bool_word(words_[at_]);
            values.push_back(told ? words_[at_++] : "true");
            return;
        }
        const std::size_t before = values.size();
        while (at_ < words_.size() && !is_option(words_[at_]) &&
               (declaration.many || values.size() == before))
            values.push_back(words_[at_++]);
        if (values.size() == before && result_.told.insert(declaration.name).second)
            problems_.push_back({option_name(declaration.name),
                                 "needs a value (" + declaration.expectation() +
                                     (declaration.sentence.empty() ? "" : ": " + declaration.sentence) +
                                     ")"});
    }

    /// So that the values of an unknown option are not told as further mistakes.
    void skip_values() {
        while (at_ < words_.size() && !is_option(words_[at_])) ++at_;
    }

    const ParameterDeclaration* find(const std::string& name) const {
        for (const auto& declaration : declarations_)
            if (declaration.name == name) return &declaration;
        return nullptr;
    }

    void unknown(const std::string& typed, const std::string& name) {
        std::vector<std::string> names = {"help"};
        for (const auto& declaration : declarations_) names.push_back(declaration.name);
        const auto near = nearest_name(name, names);
        problems_.push_back(
            {typed, "there is no such option" + (near ? "; did you mean " + option_name(*near) + "?"
                                                      : std::string("; --help lists them"))});
    }

    std::span<const std::string> words_;
    std::span<const ParameterDeclaration> declarations_;
    std::size_t at_ = 0;
    SplitWords result_;
    std::vector<Problem>& problems_;
};

}  // namespace

SplitWords split_words(std::span<const std::string> words,
                       std::span<const ParameterDeclaration> declarations) {
    std::vector<Problem> problems;
    auto split = split_words(words, declarations, problems);
    // Who asks for help gets it, whatever else is wrong.
    if (!problems.empty() && !split.help) throw GraphError(std::move(problems));
    return split;
}

SplitWords split_words(std::span<const std::string> words, std::span<const ParameterDeclaration> declarations,
                       std::vector<Problem>& problems) {
    return Splitter(words, declarations, problems).split();
}

ParameterValues option_values(const SplitWords& words, std::span<const ParameterDeclaration> declarations) {
    std::vector<Problem> problems;
    auto values = option_values(words, declarations, problems);
    if (!problems.empty()) throw GraphError(std::move(problems));
    return values;
}

ParameterValues option_values(const SplitWords& words, std::span<const ParameterDeclaration> declarations,
                              std::vector<Problem>& problems) {
    ParameterValues values;
    for (const auto& declaration : declarations) {
        const auto found = words.options.find(declaration.name);
        if (found == words.options.end() || words.told.contains(declaration.name)) continue;
        try {
            values[declaration.name] = declaration.parsed(found->second);
        } catch (const Error& error) {
            problems.push_back({option_name(declaration.name), error.what()});
        }
    }
    return values;
}

std::string option_name(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
}

std::size_t parse_bytes(const std::string& text) {
    double number = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::string unit(rest, text.data() + text.size());
    unit.erase(std::remove(unit.begin(), unit.end(), ' '), unit.end());
    std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::toupper(c); });
    const std::string_view letters = "KMGT";
    double factor = 1;
    bool known = failed == std::errc() && (unit.empty() || unit == "B");
    if (const auto power = unit.empty() ? std::string::npos : letters.find(unit.front());
        failed == std::errc() && power != std::string::npos) {
        const std::string tail = unit.substr(1);
        known = tail.empty() || tail == "B" || tail == "IB";
        factor = std::pow(1024.0, static_cast<double>(power + 1));
    }
    const double bytes = number * factor;
    if (!known || !(bytes >= 1) || bytes > 1e18)
        throw Error(Cause::configuration, "\"" + text + "\" is no amount of memory",
                    "write it as 2G or 800M");
    return static_cast<std::size_t>(bytes);
}

}  // namespace figurant::cli
