#include <cstdlib>

#include "base/shipped_files.h"
#include "cli/commands.h"

namespace figurant::cli {

pipeline::GraphLibrary shipped_graphs() {
    if (const char* folder = std::getenv("FIGURANT_GRAPHS"); folder && *folder) return {{folder}};
    try {
        return {{shipped_folder("graphs")}};
    } catch (const Error&) {
        // A program without its shipped files still runs graphs that are given as files.
        return {};
    }
}

}  // namespace figurant::cli
