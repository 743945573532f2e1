#pragma once
// Collects all problems of a graph, so that they can be told at once.

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/graph_file.h"
#include "pipeline/toml_document.h"

namespace figurant::pipeline {

class Problems {
  public:
    void add(const Place& place, std::string message);
    bool empty() const { return entries_.empty(); }
    /// Throws GraphError if there are any: file by file as they were met, from top to bottom; arguments last.
    /// A problem met twice (a graph inlined twice) is told once.
    void throw_if_any() const;

  private:
    struct Entry {
        Place place;
        std::string message;
    };
    std::vector<Entry> entries_;
};

/// `"name"`.
std::string in_quotes(std::string_view name);
/// `"a", "b" and "c"`.
std::string list_in_quotes(const std::vector<std::string>& names);
/// "a map", "an expand".
std::string with_article(std::string_view noun);
/// What follows a name that does not exist: `; did you mean "tile"?`, else the few there are, else nothing.
std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace figurant::pipeline
