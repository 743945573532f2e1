// Libraries of the program's own that are loaded when they are needed.

#include "base/loaded_library.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "base/error.h"

using namespace figurant;

namespace {

std::string message_of(const std::string& library, const char* function) {
    try {
        loaded_function(library, function);
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        CHECK(error.next_step() != "");
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a library of the program's own lies beside the one that looks for it") {
    const auto base = loaded_library_file("figurant_base");
    CHECK(std::filesystem::path(base).is_absolute());
    CHECK(std::filesystem::is_regular_file(base));
}

TEST_CASE("a library that is missing, or lacks what is wanted, is named with its file") {
    const auto missing = message_of("figurant_nothing", "figurant_nothing");
    CHECK(missing.find(loaded_library_file("figurant_nothing")) != std::string::npos);
    CHECK(missing.find("No such file") != std::string::npos);
    const auto lacks = message_of("figurant_base", "no_such_function");
    CHECK(lacks.find(loaded_library_file("figurant_base")) != std::string::npos);
    CHECK(lacks.find("no_such_function") != std::string::npos);
}
