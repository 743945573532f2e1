#include <string>
#include <vector>

#include "base/allocator.h"
#include "cli/commands.h"

int main(int count, char** words) {
    figurant::keep_freed_memory();
    const std::vector<std::string> all(words + 1, words + count);
    return figurant::cli::program(all);
}
