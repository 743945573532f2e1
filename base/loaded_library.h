#pragma once
// Libraries of the program's own that are loaded when they are first needed: those that bring LibTorch or
// GDAL along, which take longer to load than most commands take to run.
//
//     // in both, a header:           what the library offers, as functions
//     struct Functions { double (*area)(const Map&); };
//     // in the library figurant_maps:
//     extern "C" const Functions& figurant_maps() { static constexpr Functions all{area}; return all; }
//     // in the program, which does not link it:
//     static const auto& maps = loaded_functions<Functions>("figurant_maps");

#include <string>

namespace figurant {

/// The file of a library of that name: beside the library that this function is in.
std::string loaded_library_file(const std::string& library);

/// The address of `function` in `library`, which is loaded if it is not yet, and stays so.
/// Error(Cause::configuration) naming the file and what is missing: it, one that it needs, or the function.
void* loaded_function(const std::string& library, const char* function);

/// What the library's function of the library's own name returns.
template <class Functions>
const Functions& loaded_functions(const std::string& library) {
    using Entry = const Functions&();
    return reinterpret_cast<Entry*>(loaded_function(library, library.c_str()))();
}

}  // namespace figurant
