#include "data_formats/cut_out/scaled_png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/error.h"

namespace figurant::data_formats {
namespace {

/// Averages blocks of factor x factor pixels of RGB or RGBA rows, each colour weighted by its alpha.
class Blocks {
  public:
    Blocks(cv::Size size, int channels, int factor)
        : width_(size.width),
          height_(size.height),
          channels_(channels),
          factor_(factor),
          columns_((size.width + factor - 1) / factor) {
        sums_.resize(static_cast<std::size_t>(columns_) * 4);
        result_.create((height_ + factor - 1) / factor, columns_, CV_32FC4);
    }

    /// The next row from above.
    void add(const std::uint8_t* pixels) {
        for (int x = 0; x < width_; ++x) {
            const std::uint8_t* pixel = pixels + static_cast<std::ptrdiff_t>(x) * channels_;
            std::uint64_t* sum = &sums_[static_cast<std::size_t>(x / factor_) * 4];
            const std::uint64_t alpha = channels_ == 4 ? pixel[3] : 255;
            for (int c = 0; c < 3; ++c) sum[c] += alpha * pixel[c];
            sum[3] += alpha;
        }
        ++rows_;
        if (rows_ % factor_ == 0 || rows_ == height_) flush();
    }
    /// CV_32FC4: colour times alpha, each 0 to 255, and alpha, 0 to 255.
    const cv::Mat& result() const { return result_; }

  private:
    void flush() {
        const int row = (rows_ - 1) / factor_, high = rows_ - row * factor_;
        for (int column = 0; column < columns_; ++column) {
            const int wide = std::min(factor_, width_ - column * factor_);
            const auto pixels = static_cast<float>(high) * static_cast<float>(wide);
            const std::uint64_t* sum = &sums_[static_cast<std::size_t>(column) * 4];
            auto& pixel = result_.at<cv::Vec4f>(row, column);
            for (int c = 0; c < 4; ++c)
                pixel[c] = static_cast<float>(sum[c]) / (pixels * (c < 3 ? 255.0F : 1.0F));
        }
        std::fill(sums_.begin(), sums_.end(), 0);
    }

    int width_, height_, channels_, factor_, columns_, rows_ = 0;
    std::vector<std::uint64_t> sums_;
    cv::Mat result_;
};

/// libpng leaves by longjmp: the bodies of `run` own nothing.
struct Reader {
    std::string_view bytes;
    std::size_t at = 0;
    png_structp png = nullptr;
    png_infop info = nullptr;
    char message[200] = "damaged";
    std::vector<std::uint8_t> pixels;
    std::vector<png_bytep> rows;

    explicit Reader(std::string_view from) : bytes(from) {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        if (png) info = png_create_info_struct(png);
        if (!info) {
            png_destroy_read_struct(&png, &info, nullptr);
            throw Error(Cause::limit, "no memory to read a PNG");
        }
        png_set_read_fn(png, this, on_read);
        png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
        png_set_chunk_malloc_max(png, 8 << 20);
    }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    static void on_error(png_structp png, png_const_charp text) {
        auto* reader = static_cast<Reader*>(png_get_error_ptr(png));
        std::strncpy(reader->message, text, sizeof reader->message - 1);
        png_longjmp(png, 1);
    }
    static void on_warning(png_structp, png_const_charp) {}
    static void on_read(png_structp png, png_bytep into, std::size_t count) {
        auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
        if (count > reader->bytes.size() - reader->at) png_error(png, "ends too early");
        std::memcpy(into, reader->bytes.data() + reader->at, count);
        reader->at += count;
    }
    /// False when libpng found an error.
    bool run(void (*body)(Reader&)) {
        if (setjmp(png_jmpbuf(png)) != 0) return false;
        body(*this);
        return true;
    }

    std::int64_t width() const { return png_get_image_width(png, info); }
    std::int64_t height() const { return png_get_image_height(png, info); }
    /// 3 or 4 once the form is chosen: all else is expanded to RGB or RGBA.
    int channels() const { return png_get_channels(png, info); }
    bool interlaced() const { return png_get_interlace_type(png, info) != PNG_INTERLACE_NONE; }
};

void read_header(Reader& r) { png_read_info(r.png, r.info); }

/// libpng takes memory for its rows here: only once the size is known to be allowed.
void choose_form(Reader& r) {
    png_set_expand(r.png);
    png_set_scale_16(r.png);
    png_set_gray_to_rgb(r.png);
    if (png_get_interlace_type(r.png, r.info) != PNG_INTERLACE_NONE) png_set_interlace_handling(r.png);
    png_read_update_info(r.png, r.info);
}

void read_row(Reader& r) { png_read_row(r.png, r.pixels.data(), nullptr); }
void read_whole(Reader& r) { png_read_image(r.png, r.rows.data()); }

void check_size(const Reader& r, const std::string& name, const CutOutLimits& limits) {
    const auto refuse = [&](const std::string& why) {
        throw Error(Cause::limit,
                    name + ": is " + std::to_string(r.width()) + " x " + std::to_string(r.height()) +
                        " pixels; " + why,
                    "make the picture smaller");
    };
    if (r.width() > limits.most_pixels / r.height())
        refuse("at most " + std::to_string(limits.most_pixels) + " are read of a cut-out");
    const auto most = static_cast<std::int64_t>(limits.most_bytes);
    if (4 * r.width() > most)
        refuse("a row of it is more than the " + std::to_string(most) + " bytes that may be held at once");
    if (r.interlaced() && 4 * r.width() * r.height() > most)
        refuse("it is interlaced, so all of it must be held at once, and that is more than " +
               std::to_string(most) + " bytes");
}

void read_pixels(Reader& r, const std::string& name, Blocks& blocks) {
    const auto row_bytes = static_cast<std::size_t>(r.width()) * 4;
    const auto height = static_cast<std::size_t>(r.height());
    const auto damaged = [&] {
        throw Error(Cause::input, name + ": the PNG is damaged: " + r.message, "copy the file again");
    };
    if (!r.interlaced()) {
        r.pixels.resize(row_bytes);
        for (std::size_t y = 0; y < height; ++y) {
            if (!r.run(read_row)) damaged();
            blocks.add(r.pixels.data());
        }
        return;
    }
    r.pixels.resize(row_bytes * height);
    for (std::size_t y = 0; y < height; ++y) r.rows.push_back(r.pixels.data() + y * row_bytes);
    if (!r.run(read_whole)) damaged();
    for (const auto* row : r.rows) blocks.add(row);
}

cv::Mat as_bytes(const cv::Mat& premultiplied) {
    cv::Mat rgba(premultiplied.size(), CV_8UC4);
    for (int y = 0; y < rgba.rows; ++y)
        for (int x = 0; x < rgba.cols; ++x) {
            const auto& from = premultiplied.at<cv::Vec4f>(y, x);
            auto& to = rgba.at<cv::Vec4b>(y, x);
            for (int c = 0; c < 3; ++c)
                to[c] = from[3] > 0 ? cv::saturate_cast<std::uint8_t>(from[c] * 255 / from[3]) : 0;
            to[3] = cv::saturate_cast<std::uint8_t>(from[3]);
        }
    return rgba;
}

}  // namespace

cv::Mat decode_png_scaled(std::string_view png, const std::string& name, const CutOutLimits& limits) {
    Reader reader(png);
    const auto run = [&](void (*body)(Reader&)) {
        if (!reader.run(body))
            throw Error(Cause::input, name + ": the PNG is damaged: " + reader.message,
                        "copy the file again");
    };
    run(read_header);
    check_size(reader, name, limits);
    run(choose_form);
    const auto width = static_cast<int>(reader.width()), height = static_cast<int>(reader.height());
    Blocks blocks({width, height}, reader.channels(), std::max(1, std::max(width, height) / limits.longest));
    read_pixels(reader, name, blocks);
    const double scale = std::min(1.0, limits.longest / static_cast<double>(std::max(width, height)));
    const cv::Size size(std::max(1, cvRound(width * scale)), std::max(1, cvRound(height * scale)));
    cv::Mat small = blocks.result();
    if (small.size() != size) cv::resize(small, small, size, 0, 0, cv::INTER_AREA);
    return as_bytes(small);
}

}  // namespace figurant::data_formats
