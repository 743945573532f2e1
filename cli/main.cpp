#include <string>
#include <vector>

#include "cli/commands.h"

int main(int count, char** words) {
    const std::vector<std::string> all(words + 1, words + count);
    return figurant::cli::program(all);
}
