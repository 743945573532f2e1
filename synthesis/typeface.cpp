#include "synthesis/typeface.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H
#include <hb-ft.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/error.h"

namespace figurant::synthesis {
namespace {

struct FreeTypeCloser {
    void operator()(FT_Library library) const { FT_Done_FreeType(library); }
    void operator()(FT_Face face) const { FT_Done_Face(face); }
    void operator()(hb_font_t* font) const { hb_font_destroy(font); }
    void operator()(hb_buffer_t* buffer) const { hb_buffer_destroy(buffer); }
};
template <class T>
using Owned = std::unique_ptr<std::remove_pointer_t<T>, FreeTypeCloser>;

/// A glyph's pixels, and where on the line they go.
struct Stamp {
    cv::Mat ink;
    cv::Point corner;
};

/// Letters that join cannot be set apart.
bool may_be_spaced(hb_buffer_t* buffer) {
    hb_segment_properties_t properties;
    hb_buffer_get_segment_properties(buffer, &properties);
    return properties.script != HB_SCRIPT_ARABIC && properties.script != HB_SCRIPT_DEVANAGARI;
}

constexpr float unit = 64;  // of FreeType and HarfBuzz, in a pixel
/// No letter that is meant is larger than so many ems, nor does one stand farther from the line's beginning
/// for each letter of the line. A damaged font's may be.
constexpr float most_ems = 4;

bool is_letter_sized(FT_Outline& outline, float size) {
    FT_BBox box;
    FT_Outline_Get_CBox(&outline, &box);
    const float most = most_ems * size * unit;
    return static_cast<float>(box.xMax - box.xMin) <= most &&
           static_cast<float>(box.yMax - box.yMin) <= most &&
           std::abs(static_cast<float>(box.xMin)) <= most && std::abs(static_cast<float>(box.yMin)) <= most;
}

}  // namespace

struct Typeface::Body {
    std::string bytes;
    Owned<FT_Library> library;
    Owned<FT_Face> face;
    Owned<hb_font_t*> font;
    std::vector<Alphabet> alphabets;
    std::mutex mutex;

    bool has(Alphabet alphabet) const {
        const auto letters = letters_of(alphabet);
        return std::all_of(letters.begin(), letters.end(),
                           [&](char32_t letter) { return FT_Get_Char_Index(face.get(), letter) != 0; });
    }

    /// The glyphs of a text, in the order in which they stand, from left to right.
    std::vector<Stamp> stamps(const std::u32string& text, float size, float spacing) {
        FT_Set_Char_Size(face.get(), 0, static_cast<FT_F26Dot6>(std::lround(size * unit)), 72, 72);
        hb_ft_font_changed(font.get());
        const Owned<hb_buffer_t*> buffer(hb_buffer_create());
        hb_buffer_add_utf32(buffer.get(), reinterpret_cast<const std::uint32_t*>(text.data()),
                            static_cast<int>(text.size()), 0, static_cast<int>(text.size()));
        // Else it would be the process's locale.
        hb_buffer_set_language(buffer.get(), hb_language_from_string("und", -1));
        hb_buffer_guess_segment_properties(buffer.get());
        hb_shape(font.get(), buffer.get(), nullptr, 0);
        const float between = may_be_spaced(buffer.get()) ? spacing * size : 0;
        unsigned count = 0;
        const auto* glyphs = hb_buffer_get_glyph_infos(buffer.get(), &count);
        const auto* places = hb_buffer_get_glyph_positions(buffer.get(), &count);
        std::vector<Stamp> all;
        const float farthest = most_ems * size * static_cast<float>(text.size() + 1);
        float x = 0, y = 0;
        for (unsigned i = 0; i < count; ++i) {
            const float left = x + static_cast<float>(places[i].x_offset) / unit,
                        up = y + static_cast<float>(places[i].y_offset) / unit;
            x += static_cast<float>(places[i].x_advance) / unit + between;
            y += static_cast<float>(places[i].y_advance) / unit;
            if (!(std::abs(left) <= farthest && std::abs(up) <= farthest)) continue;
            if (FT_Load_Glyph(face.get(), glyphs[i].codepoint, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0 ||
                face->glyph->format != FT_GLYPH_FORMAT_OUTLINE ||
                !is_letter_sized(face->glyph->outline, size) ||
                FT_Render_Glyph(face->glyph, FT_RENDER_MODE_NORMAL) != 0)
                continue;
            const FT_Bitmap& bitmap = face->glyph->bitmap;
            if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY || bitmap.rows == 0 || bitmap.width == 0) continue;
            const cv::Mat pixels(static_cast<int>(bitmap.rows), static_cast<int>(bitmap.width), CV_8UC1,
                                 bitmap.buffer, static_cast<std::size_t>(bitmap.pitch));
            all.push_back({pixels.clone(),
                           {static_cast<int>(std::lround(left)) + face->glyph->bitmap_left,
                            -static_cast<int>(std::lround(up)) - face->glyph->bitmap_top}});
        }
        return all;
    }
};

Typeface::Typeface(const std::string& name, std::string bytes) : body_(std::make_unique<Body>()) {
    const auto refuse = [&](const std::string& what) {
        throw Error(Cause::input, name + ": " + what, "give TrueType or OpenType fonts with outlines");
    };
    body_->bytes = std::move(bytes);
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) throw Error(Cause::internal, "FreeType cannot be begun");
    body_->library.reset(library);
    FT_Face face = nullptr;
    if (FT_New_Memory_Face(library, reinterpret_cast<const FT_Byte*>(body_->bytes.data()),
                           static_cast<FT_Long>(body_->bytes.size()), 0, &face) != 0)
        refuse("is no font");
    body_->face.reset(face);
    if (!FT_IS_SCALABLE(face)) refuse("is a font of pictures, without outlines");
    if (FT_Select_Charmap(face, FT_ENCODING_UNICODE) != 0) refuse("does not say which letters it has");
    for (const Alphabet each : all_alphabets())
        if (body_->has(each)) body_->alphabets.push_back(each);
    if (body_->alphabets.empty())
        refuse("has all letters of none of the alphabets that names are written in");
    body_->font.reset(hb_ft_font_create_referenced(face));
    hb_ft_font_set_load_flags(body_->font.get(), FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP);
}

std::vector<std::string> font_library_versions() {
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) return {};
    const Owned<FT_Library> owned(library);
    FT_Int major = 0, minor = 0, patch = 0;
    FT_Library_Version(library, &major, &minor, &patch);
    return {"FreeType " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch),
            "HarfBuzz " + std::string(hb_version_string())};
}

Typeface::~Typeface() = default;

const std::vector<Alphabet>& Typeface::alphabets() const { return body_->alphabets; }

cv::Mat Typeface::write(const std::u32string& text, float size, float spacing) const {
    std::vector<Stamp> stamps;
    {
        const std::lock_guard lock(body_->mutex);
        stamps = body_->stamps(text, std::clamp(size, 4.0F, 512.0F), spacing);
    }
    cv::Rect line;
    for (const auto& each : stamps) line |= cv::Rect(each.corner, each.ink.size());
    if (line.empty()) return {};
    cv::Mat ink(line.size(), CV_8UC1, cv::Scalar(0));
    for (const auto& each : stamps) {
        cv::Mat window = ink(cv::Rect(each.corner - line.tl(), each.ink.size()));
        cv::max(window, each.ink, window);
    }
    return ink;
}

}  // namespace figurant::synthesis
