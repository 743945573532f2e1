#include "data_formats/image/strip_png_writer.h"

#include <png.h>

#include <csetjmp>
#include <exception>
#include <string>

#include "base/error.h"

namespace figurant::data_formats {

/// libpng leaves by longjmp, and no exception may pass through it: callbacks keep what went wrong, `run`
/// throws it.
struct StripPngWriter::State {
    FileWriter& file;
    std::int64_t height, rows = 0;
    int width;
    png_structp png = nullptr;
    png_infop info = nullptr;
    std::exception_ptr failure;
    std::string message;

    State(FileWriter& target, std::int64_t w, std::int64_t h)
        : file(target), height(h), width(static_cast<int>(w)) {
        png = png_create_write_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
        if (png) info = png_create_info_struct(png);
        if (!info) throw Error(Cause::limit, "no memory to write " + file.final_path().string());
        png_set_write_fn(png, this, on_write, on_flush);
    }
    ~State() { png_destroy_write_struct(&png, &info); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    static void on_error(png_structp png, png_const_charp text) {
        static_cast<State*>(png_get_error_ptr(png))->message = text;
        png_longjmp(png, 1);
    }
    static void on_warning(png_structp, png_const_charp) {}
    static void on_flush(png_structp) {}
    static void on_write(png_structp png, png_bytep bytes, std::size_t count) {
        auto* state = static_cast<State*>(png_get_io_ptr(png));
        try {
            state->file.write(std::as_bytes(std::span(bytes, count)));
            return;
        } catch (...) {
            state->failure = std::current_exception();
        }
        png_error(png, "writing failed");
    }

    /// `body(state, argument)` calls libpng and owns nothing: it may be left at any point.
    template <class Argument>
    void run(void (*body)(State&, Argument), Argument argument) {
        if (setjmp(png_jmpbuf(png)) == 0) {
            body(*this, argument);
            return;
        }
        if (failure) std::rethrow_exception(failure);
        throw Error(Cause::output, file.final_path().string() + ": the PNG cannot be written: " + message,
                    "choose another format, or a smaller picture");
    }
};

StripPngWriter::StripPngWriter(FileWriter& file, std::int64_t width, std::int64_t height, int level) {
    if (width < 1 || height < 1 || width > PNG_UINT_31_MAX / 3 || height > PNG_UINT_31_MAX)
        throw Error(Cause::output, file.final_path().string() + ": a PNG cannot be " + std::to_string(width) +
                                       " x " + std::to_string(height) + " pixels");
    state_ = std::make_unique<State>(file, width, height);
    state_->run<int>(
        [](State& state, int compression) {
            png_set_user_limits(state.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
            png_set_IHDR(state.png, state.info, static_cast<png_uint_32>(state.width),
                         static_cast<png_uint_32>(state.height), 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                         PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
            png_set_compression_level(state.png, compression);
            png_set_filter(state.png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
            png_write_info(state.png, state.info);
        },
        level);
}

StripPngWriter::~StripPngWriter() = default;

void StripPngWriter::write_rows(const cv::Mat& rgb) {
    if (rgb.type() != CV_8UC3 || rgb.cols != state_->width || rgb.rows > state_->height - state_->rows)
        throw Error(Cause::internal,
                    state_->file.final_path().string() + ": rows that do not fit the picture");
    state_->run<const cv::Mat*>(
        [](State& state, const cv::Mat* rows) {
            for (int y = 0; y < rows->rows; ++y) png_write_row(state.png, rows->ptr(y));
        },
        &rgb);
    state_->rows += rgb.rows;
}

void StripPngWriter::end() {
    if (state_->rows != state_->height)
        throw Error(Cause::internal, state_->file.final_path().string() + ": rows are missing");
    state_->run<int>([](State& state, int) { png_write_end(state.png, nullptr); }, 0);
}

}  // namespace figurant::data_formats
