#pragma once
// Fonts for the names on a map.

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "synthesis/words.h"

namespace figurant::synthesis {

/// A font: what it can write, and how that looks. FreeType draws its letters, HarfBuzz chooses and joins
/// them. Const and thread-safe; threads that write with the same one wait for each other.
class Typeface {
  public:
    /// Of the bytes of a TrueType or OpenType file. Error(Cause::input) naming `name` when they are none, or
    /// a font without outlines, or one that has the letters of none of our alphabets.
    Typeface(const std::string& name, std::string bytes);
    ~Typeface();

    /// Those of which it has every letter.
    const std::vector<Alphabet>& alphabets() const;

    /// The ink of a line of text, CV_8UC1, 255 where it is full, with no margin; empty where there is none.
    /// At most 8 ems wide and high for each letter and two more, whatever the font says. `size`: pixels of
    /// the font's em, 4 to 512. `spacing`: what comes between two letters beside their own distance, in ems,
    /// 0 to 1; not for alphabets whose letters join.
    cv::Mat write(const std::u32string& text, float size, float spacing = 0) const;

  private:
    struct Body;
    std::unique_ptr<Body> body_;
};

/// "FreeType …", "HarfBuzz …": what the bytes of written names depend on.
std::vector<std::string> font_library_versions();

using Typefaces = std::vector<std::shared_ptr<const Typeface>>;

}  // namespace figurant::synthesis
