#pragma once
// The stages there are. Each registers itself in the last line of its file; nothing else knows them.

#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "base/parameters.h"
#include "pipeline/stage.h"

namespace figurant::pipeline {

/// A kind of stage by its name in graph files, with all that its documentation needs.
struct StageType {
    std::string name;
    std::string
        family;  ///< the folder of its file: load, tile, detect, …; of a plugin's stage: the library's name
    std::filesystem::path plugin;  ///< the library that it came with; empty: the program's own
    std::string_view sentence;
    Kind kind = Kind::map;
    std::vector<PortDeclaration> inputs, outputs;
    std::vector<ParameterDeclaration> parameters;
    std::function<std::unique_ptr<Stage>(const ParameterValues&)> make;
};

/// The one registry. Names are unique: a second one of the same name is an Error(Cause::internal) at
/// start-up. Thread-safe; what it has given stays valid.
class Registry {
  public:
    static Registry& global();
    void add(StageType type);
    /// All of them or, with an Error, none.
    void add_all(std::vector<StageType> types);
    const StageType* find(std::string_view name) const;
    std::vector<const StageType*> all() const;  ///< by family, then name

  private:
    const StageType* found(std::string_view name) const;
    void check_payloads(const StageType& type) const;

    mutable std::shared_mutex mutex_;
    std::vector<std::unique_ptr<StageType>> types_;
};

namespace detail {

template <class T>
void declare_port(StageType& type, const In<T>& port) {
    type.inputs.push_back({port.name, port.sentence, &payload_type<T>()});
}
template <class T>
void declare_port(StageType& type, const Out<T>& port) {
    type.outputs.push_back({port.name, port.sentence, &payload_type<T>()});
}

template <class S>
constexpr Kind kind_of() {
    if constexpr (std::is_base_of_v<Source, S>)
        return Kind::source;
    else if constexpr (std::is_base_of_v<Map, S>)
        return Kind::map;
    else if constexpr (std::is_base_of_v<Expand, S>)
        return Kind::expand;
    else if constexpr (std::is_base_of_v<Gather, S>)
        return Kind::gather;
    else if constexpr (std::is_base_of_v<Regroup, S>)
        return Kind::regroup;
    else if constexpr (std::is_base_of_v<Sink, S>)
        return Kind::sink;
    else {
        static_assert(std::is_base_of_v<Finish, S>, "a stage derives from one of the kinds in stage.h");
        return Kind::finish;
    }
}

std::string family_of(std::string_view source_file);

/// What Registered does. While a plugin is loaded (plugins.h), stages and errors are kept for its loader: no
/// exception may leave a library's initialisation.
void register_stage(const std::function<StageType()>& describe);

}  // namespace detail

/// Describes S; a struct without parameters may leave `Parameters` and `parameters()` out.
template <class S>
StageType describe(std::string name, std::string_view source_file) {
    StageType type;
    type.name = std::move(name);
    type.family = detail::family_of(source_file);
    type.sentence = S::sentence;
    type.kind = detail::kind_of<S>();
    std::apply([&](const auto&... port) { (detail::declare_port(type, port), ...); }, S::ports());
    if constexpr (requires { S::parameters(); }) {
        type.parameters = S::parameters().declarations();
        type.make = [](const ParameterValues& values) -> std::unique_ptr<Stage> {
            return std::make_unique<S>(S::parameters().bind(values));
        };
    } else {
        type.make = [](const ParameterValues&) -> std::unique_ptr<Stage> { return std::make_unique<S>(); };
    }
    return type;
}

/// As a constant at namespace scope, the last line of a stage's file.
template <class S>
struct Registered {
    /// `file`: the source file that the stage is in (std::source_location is more than Clang 14 understands).
    explicit Registered(std::string name, const char* file = __builtin_FILE()) {
        detail::register_stage([&] { return describe<S>(std::move(name), file); });
    }
};

}  // namespace figurant::pipeline
