#pragma once
// What flows through a graph: typed, shared, immutable payloads whose size is known, and their lineage.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "base/parameters.h"

namespace figurant::pipeline {

/// To be specialised beside each type that flows:
///     template <> struct PayloadTraits<Tile> {
///         static constexpr std::string_view name = "tile";          // unique; graphs are checked by it
///         static std::size_t bytes(const Tile& tile);               // all memory it keeps alive; a view
///         counts whole static ParameterValues values(const Tile& tile);          // optional: what
///         ${item.NAME} gives a sub-run
///     };
template <class T>
struct PayloadTraits;

/// A payload's type, known at run time. Two are the same when their names are (shared libraries each have
/// their own copy); the registry sees to it that one name is one C++ type.
struct PayloadType {
    std::string_view name;
    const std::type_info* cpp;
    std::size_t (*bytes)(const void*);
    ParameterValues (*values)(const void*);  ///< null where the traits give none
};

template <class T>
const PayloadType& payload_type() {
    static constexpr PayloadType type = [] {
        PayloadType made{
            PayloadTraits<T>::name, &typeid(T),
            [](const void* data) { return PayloadTraits<T>::bytes(*static_cast<const T*>(data)); }, nullptr};
        if constexpr (requires(const T& item) { PayloadTraits<T>::values(item); })
            made.values = [](const void* data) {
                return PayloadTraits<T>::values(*static_cast<const T*>(data));
            };
        return made;
    }();
    return type;
}

/// Text flows as it is.
template <>
struct PayloadTraits<std::string> {
    static constexpr std::string_view name = "text";
    static std::size_t bytes(const std::string& text) { return sizeof(text) + text.capacity(); }
    static ParameterValues values(const std::string& text) { return {{"text", Scalar(text)}}; }
};

/// One payload: shared and immutable once made.
struct Payload {
    std::shared_ptr<const void> data;
    const PayloadType* type = nullptr;
    std::size_t bytes = 0;

    template <class T>
    static Payload of(T value) {
        auto shared = std::make_shared<const T>(std::move(value));
        const std::size_t size = PayloadTraits<T>::bytes(*shared);
        return {std::move(shared), &payload_type<T>(), size};
    }
    explicit operator bool() const { return data != nullptr; }
};

/// Where an item came from: the input (or, behind a regroup, the place in the regroup's output), and its
/// ordinal at each expand on the way. Ordered lexicographically: the order of the inputs, then of the items.
class Lineage {
  public:
    static constexpr std::size_t most_depth = 6;

    explicit Lineage(std::uint32_t root = 0) : root_(root) {}
    std::uint32_t root() const { return root_; }
    std::size_t depth() const { return depth_; }
    std::uint32_t ordinal(std::size_t level) const { return ordinals_[level]; }
    Lineage child(std::uint32_t ordinal) const {
        Lineage result = *this;
        result.ordinals_[result.depth_++] = ordinal;
        return result;
    }
    Lineage prefix(std::size_t depth) const {
        Lineage result(root_);
        result.depth_ = static_cast<std::uint8_t>(depth);
        for (std::size_t i = 0; i < depth; ++i) result.ordinals_[i] = ordinals_[i];
        return result;
    }
    auto operator<=>(const Lineage& other) const {
        if (const auto order = root_ <=> other.root_; order != 0) return order;
        for (std::size_t i = 0; i < depth_ && i < other.depth_; ++i)
            if (const auto order = ordinals_[i] <=> other.ordinals_[i]; order != 0) return order;
        return depth_ <=> other.depth_;
    }
    bool operator==(const Lineage& other) const { return (*this <=> other) == 0; }
    /// A seed for this item's random numbers, from the seed of its stage.
    std::uint64_t seed(std::uint64_t stage_seed) const;
    /// "3" or "3.17.0".
    std::string text() const;

  private:
    std::uint32_t root_ = 0;
    std::uint8_t depth_ = 0;
    std::array<std::uint32_t, most_depth> ordinals_{};
};

}  // namespace figurant::pipeline
