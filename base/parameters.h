#pragma once
// Parameters, declared once: a struct's members with name, sentence, range. Parsing, defaults, errors,
// --help, `figurant stages` and the reference pages all come from the one list.
//
//     struct TileParameters {
//         std::int64_t size = 512;
//         std::filesystem::path model;
//     };
//     const auto& list = ParameterList<TileParameters>{}
//         .add("size", &TileParameters::size, "side of a tile, in pixels", range(64, 8192))
//         .add("model", &TileParameters::model, "the model to use", required);

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace figurant {

enum class ParameterType { boolean, integer, real, text, path };

/// "bool", "int", "float", "string", "path": the names that graph files and help use.
std::string_view parameter_type_name(ParameterType type);
std::optional<ParameterType> parameter_type_from(std::string_view name);

using Scalar = std::variant<bool, std::int64_t, double, std::string>;

/// One scalar, or a list of scalars (of a parameter declared `many`).
struct ParameterValue {
    std::vector<Scalar> items;
    bool many = false;

    ParameterValue() = default;
    ParameterValue(Scalar scalar) : items{std::move(scalar)} {}  // NOLINT: a value is its scalar
    explicit ParameterValue(std::vector<Scalar> list) : items(std::move(list)), many(true) {}
    bool operator==(const ParameterValue&) const = default;
};

/// As TOML would write it: 0.25, "text", [1, 2].
std::string to_text(const ParameterValue& value);

struct ParameterRange {
    double least, most;  ///< both inclusive; infinities where a side is open
};

/// What `figurant tune` tries of a parameter on which the time depends: these values, and these multiples of
/// the value that holds otherwise (of whole numbers, rounded).
struct Tuning {
    std::vector<Scalar> values;
    std::vector<double> multiples;
};

/// Everything that is known of a parameter, without its struct.
struct ParameterDeclaration {
    std::string name;
    ParameterType type = ParameterType::text;
    bool many = false;
    std::optional<ParameterValue> fallback;  ///< the default; none: required
    std::optional<ParameterRange> range;
    std::vector<std::string> choices;  ///< allowed texts; empty: any
    std::string sentence;
    bool affects_result = true;    ///< false for what may differ when a run is resumed (threads, batch, …)
    std::optional<Tuning> tuning;  ///< none: it is not worth trying other values for the sake of time

    /// The value as this declaration wants it (an int becomes a float; one scalar becomes a list where many);
    /// Error(Cause::configuration) saying what was expected and what was found, without naming file or place.
    ParameterValue checked(const ParameterValue& value) const;
    /// A command line's words to a value; the same errors.
    ParameterValue parsed(const std::vector<std::string>& words) const;
    /// What `tuning` gives where `usual` holds: `usual` too, each value once, all as declared and in range,
    /// numbers by size. Empty without a tuning, or for a list.
    std::vector<Scalar> values_to_try(const ParameterValue& usual) const;
    /// "float, 0 to 1", "one of "a", "b"", "list of path": for messages and help.
    std::string expectation() const;
};

// Options of a declaration, given after its sentence.
struct RequiredOption {};
inline constexpr RequiredOption required;
inline ParameterRange range(double least, double most) { return {least, most}; }
inline ParameterRange at_least(double least) { return {least, std::numeric_limits<double>::infinity()}; }
struct ChoicesOption {
    std::vector<std::string> choices;
};
inline ChoicesOption choices(std::vector<std::string> names) { return {std::move(names)}; }
struct NeutralOption {};
/// Does not change any byte of the results.
inline constexpr NeutralOption neutral;
/// `figurant tune` tries these values.
inline Tuning tune(std::vector<Scalar> values) { return {std::move(values), {}}; }
/// `figurant tune` tries these multiples of the value that holds otherwise.
inline Tuning tune_around(std::vector<double> multiples = {0.5, 0.75, 1.5, 2}) {
    return {{}, std::move(multiples)};
}

namespace detail {

template <class T>
struct MemberType;
template <>
struct MemberType<bool> {
    static constexpr auto type = ParameterType::boolean;
    using Stored = bool;
};
template <>
struct MemberType<std::int64_t> {
    static constexpr auto type = ParameterType::integer;
    using Stored = std::int64_t;
};
template <>
struct MemberType<double> {
    static constexpr auto type = ParameterType::real;
    using Stored = double;
};
template <>
struct MemberType<std::string> {
    static constexpr auto type = ParameterType::text;
    using Stored = std::string;
};
template <>
struct MemberType<std::filesystem::path> {
    static constexpr auto type = ParameterType::path;
    using Stored = std::string;
};

template <class T>
struct Element {
    using Type = T;
    static constexpr bool many = false;
};
template <class T>
struct Element<std::vector<T>> {
    using Type = T;
    static constexpr bool many = true;
};

template <class T>
ParameterValue to_value(const T& member) {
    using Stored = typename MemberType<typename Element<T>::Type>::Stored;
    if constexpr (Element<T>::many) {
        std::vector<Scalar> list;
        for (const auto& each : member) list.emplace_back(Stored(each));
        return ParameterValue(std::move(list));
    } else {
        return ParameterValue(Scalar(Stored(member)));
    }
}

template <class T>
void from_value(const ParameterValue& value, T& member) {
    using Stored = typename MemberType<typename Element<T>::Type>::Stored;
    if constexpr (Element<T>::many) {
        member.clear();
        for (const auto& each : value.items) member.emplace_back(std::get<Stored>(each));
    } else {
        member = std::get<Stored>(value.items.at(0));
    }
}

}  // namespace detail

/// Values by name, each already `checked`.
using ParameterValues = std::map<std::string, ParameterValue, std::less<>>;

/// The declarations of a parameter struct and how to fill one. Defaults are the struct's member initialisers.
template <class Parameters>
class ParameterList {
  public:
    ParameterList() = default;
    /// The list of a struct that Parameters derives from, to be added to.
    template <class Base>
    explicit ParameterList(const ParameterList<Base>& base) : declarations_(base.declarations()) {
        static_assert(std::is_base_of_v<Base, Parameters>);
        for (const auto& set : base.setters_)
            setters_.push_back([set](const ParameterValue& value, Parameters& into) { set(value, into); });
        for (const auto& get : base.getters_)
            getters_.push_back([get](const Parameters& from) { return get(from); });
    }

    template <class T, class... Options>
    ParameterList& add(std::string name, T Parameters::*member, std::string sentence, Options... options) {
        ParameterDeclaration declaration;
        declaration.name = std::move(name);
        declaration.type = detail::MemberType<typename detail::Element<T>::Type>::type;
        declaration.many = detail::Element<T>::many;
        declaration.fallback = detail::to_value(Parameters{}.*member);
        declaration.sentence = std::move(sentence);
        (apply(declaration, options), ...);
        declarations_.push_back(std::move(declaration));
        setters_.push_back([member](const ParameterValue& value, Parameters& into) {
            detail::from_value(value, into.*member);
        });
        getters_.push_back([member](const Parameters& from) { return detail::to_value(from.*member); });
        return *this;
    }

    const std::vector<ParameterDeclaration>& declarations() const { return declarations_; }

    /// The struct filled from values; those not named keep their defaults. Unknown names, wrong types, values
    /// out of range and missing required ones: Error(Cause::configuration).
    Parameters bind(const ParameterValues& values) const {
        Parameters parameters;
        std::size_t known = 0;
        for (std::size_t i = 0; i < declarations_.size(); ++i) {
            const auto found = values.find(declarations_[i].name);
            if (found == values.end()) {
                if (!declarations_[i].fallback)
                    throw Error(Cause::configuration,
                                "parameter \"" + declarations_[i].name + "\" is required");
                continue;
            }
            ++known;
            setters_[i](declarations_[i].checked(found->second), parameters);
        }
        if (known != values.size()) throw Error(Cause::configuration, unknown_name(values));
        return parameters;
    }

    /// All values of a struct, by name.
    ParameterValues values(const Parameters& parameters) const {
        ParameterValues all;
        for (std::size_t i = 0; i < declarations_.size(); ++i)
            all[declarations_[i].name] = getters_[i](parameters);
        return all;
    }

  private:
    template <class>
    friend class ParameterList;

    static void apply(ParameterDeclaration& declaration, RequiredOption) { declaration.fallback.reset(); }
    static void apply(ParameterDeclaration& declaration, ParameterRange range) { declaration.range = range; }
    static void apply(ParameterDeclaration& declaration, ChoicesOption option) {
        declaration.choices = option.choices;
    }
    static void apply(ParameterDeclaration& declaration, NeutralOption) {
        declaration.affects_result = false;
    }

    static void apply(ParameterDeclaration& declaration, const Tuning& tuning) {
        declaration.tuning = tuning;
    }

    std::string unknown_name(const ParameterValues& values) const {
        for (const auto& [name, value] : values) {
            bool found = false;
            for (const auto& declaration : declarations_) found = found || declaration.name == name;
            if (!found) return "unknown parameter \"" + name + "\"";
        }
        return "unknown parameter";
    }

    std::vector<ParameterDeclaration> declarations_;
    std::vector<std::function<void(const ParameterValue&, Parameters&)>> setters_;
    std::vector<std::function<ParameterValue(const Parameters&)>> getters_;
};

/// The entry of `names` nearest to `name` by edit distance, if near enough to be a slip of the fingers.
std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& names);

}  // namespace figurant
