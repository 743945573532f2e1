#pragma once
// Names that nobody bears, in the letters of several alphabets.

#include <span>
#include <string>

#include "synthesis/random.h"

namespace figurant::synthesis {

enum class Alphabet {
    latin,
    greek,
    cyrillic,
    armenian,
    georgian,
    hebrew,
    arabic,
    devanagari,
    han,
    katakana,
    hangul
};

/// Latin first.
std::span<const Alphabet> all_alphabets();

/// "Latin", "Greek", …
std::string name_of(Alphabet alphabet);

/// Every letter that `random_name` may use of it.
std::u32string letters_of(Alphabet alphabet);

/// A name of one to four syllables, or of two to seven signs where vowels are not written, or a sign is a
/// syllable or a word. Its letters in the order in which they are read.
std::u32string random_name(Alphabet alphabet, Random& random);

}  // namespace figurant::synthesis
