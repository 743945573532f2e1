#pragma once
// What may come next on a command line, from the declarations: the shell asks, the program answers.

#include <string>
#include <vector>

#include "cli/commands.h"

namespace figurant::cli {

struct Candidates {
    std::vector<std::string> words;  ///< all that begin as what is typed, in order
    bool files = false;              ///< names of files may stand here too
    bool open = false;               ///< a word goes on after itself: "tiles.size="
};

/// `before`: the words after the program's name up to the one being typed; `typed`: what there is of it.
/// Graphs that are broken or not there have no options.
Candidates candidates(Words before, const std::string& typed);

/// The script that makes bash ask.
std::string bash_completion();

}  // namespace figurant::cli
