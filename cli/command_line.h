#pragma once
// Words of a command line to options, by their declarations.

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/parameters.h"
#include "pipeline/graph_file.h"

namespace figurant::cli {

/// The words as typed for each option, by the parameter's name, and those that belong to none.
struct SplitWords {
    std::map<std::string, std::vector<std::string>> options;
    std::vector<std::string> rest;
    bool help = false;
    std::set<std::string> told;  ///< options whose words were told as a problem: their values are not read
};

/// Splits words by what is declared. Dashes and underscores are the same, and case counts; `--name value` and
/// `--name=value`; a parameter declared `many` takes several words until the next option, and may be given
/// again; a bool stands alone or takes a word. Problems (an unknown option, one given twice, one without its
/// value) are all told together: GraphError.
SplitWords split_words(std::span<const std::string> words,
                       std::span<const ParameterDeclaration> declarations);

/// The same, with the problems added to `problems`.
SplitWords split_words(std::span<const std::string> words, std::span<const ParameterDeclaration> declarations,
                       std::vector<pipeline::Problem>& problems);

/// The values of the options that `declarations` name, each checked. GraphError with all problems.
ParameterValues option_values(const SplitWords& words, std::span<const ParameterDeclaration> declarations);
/// The same, with the problems added to `problems`, and those values left out.
ParameterValues option_values(const SplitWords& words, std::span<const ParameterDeclaration> declarations,
                              std::vector<pipeline::Problem>& problems);

/// "--score-threshold" of "score_threshold".
std::string option_name(std::string name);

/// "2G", "800M", "512 MiB", "1.5GB", "1000000": bytes, in powers of 1024. Error(Cause::configuration).
std::size_t parse_bytes(const std::string& text);

}  // namespace figurant::cli
