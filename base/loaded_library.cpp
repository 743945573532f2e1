#include "base/loaded_library.h"

#include <dlfcn.h>

#include <filesystem>

#include "base/error.h"

namespace figurant {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& file) {
    const char* why = dlerror();
    std::string message = why ? why : "it could not be loaded";
    if (message.find(file) == std::string::npos) message = file + ": " + message;
    throw Error(
        Cause::configuration, "a library of this program does not load: " + message,
        "build or install figurant again, whole (cmake --install), with the libraries that it was built "
        "with");
}

}  // namespace

std::string loaded_library_file(const std::string& library) {
    Dl_info own{};
    if (dladdr(reinterpret_cast<const void*>(&loaded_library_file), &own) == 0 || !own.dli_fname)
        throw Error(Cause::internal, "the folder of the program's libraries cannot be found");
    return (fs::path(own.dli_fname).parent_path() / ("lib" + library + ".so." FIGURANT_VERSION)).string();
}

void* loaded_function(const std::string& library, const char* function) {
    const std::string file = loaded_library_file(library);
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) fail(file);
    void* address = dlsym(handle, function);
    if (!address) fail(file);
    return address;
}

}  // namespace figurant
