#include "synthesis/words.h"

#include <array>

namespace figurant::synthesis {
namespace {

/// Syllables of a consonant and a vowel; where `vowels` is empty, of a consonant or sign alone.
struct Script {
    Alphabet alphabet;
    const char* name;
    std::u32string_view consonants, vowels;
    /// How far before a letter its capital stands; 0: there are none.
    char32_t capital = 0;
    int least = 1, most = 4;  ///< syllables of a name
};

// The Han signs are those of places: directions, sizes, waters, hills, plants, animals, colours.
constexpr std::array<Script, 11> scripts = {{
    {Alphabet::latin, "Latin", U"bcdfghklmnprstvw", U"aeiou", 0x20},
    {Alphabet::greek, "Greek", U"βγδζθκλμνξπρστφχψ", U"αεηιουω", 0x20},
    {Alphabet::cyrillic, "Cyrillic", U"бвгджзклмнпрстфхцчшщ", U"аеиоуыюя", 0x20},
    {Alphabet::armenian, "Armenian", U"բգդզթլխծկհձղճմյնշչպջռսվտրցքփֆ", U"աեէիոօ", 0x30},
    {Alphabet::georgian, "Georgian", U"ბგდვზთკლმნპჟრსტფქღყშჩცძწჭხჯჰ", U"აეიოუ"},
    {Alphabet::hebrew, "Hebrew", U"אבגדהוזחטילמנסעפצקרשת", U"", 0, 3, 6},
    {Alphabet::arabic, "Arabic", U"ابتثجحخدذرزسشصضطظعغفقكلمنهوي", U"", 0, 3, 7},
    {Alphabet::devanagari, "Devanagari", U"कखगघचजटडतथदधनपबभमयरलवशसह", U"ािीुूेो", 0, 2, 4},
    {Alphabet::han, "Han",
     U"東西南北中上下大小山川江河湖海島港門城市町村里田野原林石水火土金木月日白青赤黃龍虎馬牛羊鳥魚松竹梅花橋"
     U"京州國",
     U"", 0, 2, 4},
    {Alphabet::katakana, "Katakana",
     U"アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン", U"", 0, 2,
     5},
    {Alphabet::hangul, "Hangul", U"", U"", 0, 2, 4},
}};

const Script& script_of(Alphabet alphabet) { return scripts[static_cast<std::size_t>(alphabet)]; }

/// A Hangul syllable of a first consonant, a vowel and, where not 0, a last consonant, as Unicode composes
/// them.
char32_t hangul(int first, int vowel, int last) {
    return static_cast<char32_t>(0xAC00 + (first * 21 + vowel) * 28 + last);
}
constexpr int hangul_firsts = 19;
constexpr std::array<int, 6> hangul_vowels = {0, 4, 8, 13, 18, 20};
constexpr std::array<int, 5> hangul_lasts = {0, 0, 4, 8, 21};

char32_t picked(std::u32string_view letters, Random& random) {
    return letters[static_cast<std::size_t>(random.whole(0, static_cast<int>(letters.size()) - 1))];
}

std::u32string syllable(const Script& script, Random& random) {
    if (script.alphabet == Alphabet::hangul) {
        const int first = random.whole(0, hangul_firsts - 1);
        const int vowel = hangul_vowels[static_cast<std::size_t>(random.whole(0, 5))];
        const int last = hangul_lasts[static_cast<std::size_t>(random.whole(0, 4))];
        return {hangul(first, vowel, last)};
    }
    std::u32string letters{picked(script.consonants, random)};
    if (!script.vowels.empty()) letters += picked(script.vowels, random);
    return letters;
}

}  // namespace

std::span<const Alphabet> all_alphabets() {
    static const auto all = [] {
        std::array<Alphabet, scripts.size()> made{};
        for (std::size_t i = 0; i < made.size(); ++i) made[i] = scripts[i].alphabet;
        return made;
    }();
    return all;
}

std::string name_of(Alphabet alphabet) { return script_of(alphabet).name; }

std::u32string letters_of(Alphabet alphabet) {
    const Script& script = script_of(alphabet);
    std::u32string letters(script.consonants);
    letters += script.vowels;
    if (script.capital > 0)
        for (const char32_t each : std::u32string(letters)) letters += each - script.capital;
    if (alphabet == Alphabet::hangul)
        for (int first = 0; first < hangul_firsts; ++first)
            for (const int vowel : hangul_vowels)
                for (const int last : hangul_lasts) letters += hangul(first, vowel, last);
    return letters;
}

std::u32string random_name(Alphabet alphabet, Random& random) {
    const Script& script = script_of(alphabet);
    std::u32string name;
    for (int i = random.whole(script.least, script.most); i > 0; --i) name += syllable(script, random);
    if (!script.vowels.empty() && alphabet != Alphabet::devanagari && random.chance(0.5F))
        name += picked(script.consonants, random);
    if (script.capital > 0) {
        const std::size_t capitals = random.chance(0.4F) ? name.size() : 1;
        for (std::size_t i = 0; i < capitals; ++i) name[i] -= script.capital;
    }
    return name;
}

}  // namespace figurant::synthesis
