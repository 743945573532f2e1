#pragma once
// Folders of fonts as stages take them: which files, read, and what could not be used.

#include <filesystem>
#include <string>
#include <vector>

#include "base/parameters.h"
#include "pipeline/stage.h"
#include "stages/synthesize/refused_files.h"
#include "synthesis/typeface.h"

namespace figurant::stages {

/// Which fonts; a parameter of stages that write.
struct FontParameters {
    std::vector<std::filesystem::path> fonts;
};

/// The options of a step, and fonts.
template <class Options>
struct WithFonts : Options, FontParameters {};

/// The declarations of both.
template <class Options>
ParameterList<WithFonts<Options>> with_fonts(const ParameterList<Options>& options) {
    using P = WithFonts<Options>;
    return ParameterList<P>(options).add(
        "fonts", static_cast<std::vector<std::filesystem::path> P::*>(&FontParameters::fonts),
        "fonts (*.ttf, *.otf, *.ttc), or folders of them, to write in, each map mostly in one of their "
        "alphabets; empty: plain Latin letters");
}

/// The fonts of a stage, read once before the run; files that cannot be used are left out.
class FontShelf {
  public:
    /// TrueType and OpenType files (*.ttf, *.otf, *.ttc), or folders of them, taken in the order of their
    /// names. Error(Cause::input) for a path that is not there or cannot be listed, or when no font can be
    /// used; Error(Cause::limit) for more than 512 MB of fonts.
    void fill(const std::vector<std::filesystem::path>& paths);

    const synthesis::Typefaces& typefaces() const { return typefaces_; }
    /// Of the fonts' files.
    std::size_t bytes() const { return bytes_; }
    /// Warns of the files that were left out, at the first call.
    void tell(pipeline::Context& context) const { refused_.tell(context); }

  private:
    synthesis::Typefaces typefaces_;
    RefusedFiles refused_;
    std::size_t bytes_ = 0;
};

}  // namespace figurant::stages
