#include "data_formats/image/strip_png_writer.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// Compressed by ISA-L, as libpng with zlib takes four times as long, which is a tenth of a whole `evaluate`.
// The format: Portable Network Graphics (third edition), sections 5 (chunks), 9 (filters) and 10 (zlib).

namespace figurant::data_formats {
namespace {

constexpr std::string_view signature{"\x89PNG\r\n\x1A\n", 8};
constexpr std::int64_t largest_side = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t piece_size = 256 * 1024;
constexpr std::uint8_t subtract_left = 1;

void put_big_endian(std::uint32_t value, std::uint8_t* out) {
    for (int i = 0; i < 4; ++i) out[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

}  // namespace

struct StripPngWriter::State {
    FileWriter& file;
    std::int64_t height, rows = 0;
    int width;
    // What ISA-L is given comes in pieces of one size, so that its answer does not depend on the strips.
    std::vector<std::uint8_t> piece;
    std::vector<std::uint8_t> compressed;
    std::vector<std::uint8_t> level_buffer;
    isal_zstream stream;

    State(FileWriter& target, std::int64_t w, std::int64_t h)
        : file(target),
          height(h),
          width(static_cast<int>(w)),
          compressed(piece_size),
          level_buffer(ISAL_DEF_LVL1_DEFAULT) {
        piece.reserve(piece_size);
        isal_deflate_init(&stream);
        stream.gzip_flag = IGZIP_ZLIB;
        stream.level = 1;
        stream.level_buf = level_buffer.data();
        stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    }

    void write(std::span<const std::uint8_t> bytes) { file.write(std::as_bytes(bytes)); }

    void write_chunk(std::string_view name, std::span<const std::uint8_t> content) {
        std::array<std::uint8_t, 8> head{};
        put_big_endian(static_cast<std::uint32_t>(content.size()), head.data());
        std::copy(name.begin(), name.end(), head.begin() + 4);
        std::array<std::uint8_t, 4> tail{};
        const auto of_name = crc32_gzip_refl(0, head.data() + 4, 4);
        put_big_endian(crc32_gzip_refl(of_name, content.data(), content.size()), tail.data());
        write(head);
        write(content);
        write(tail);
    }

    /// Compresses the piece and writes what comes of it; the last piece ends the stream.
    void send_piece(bool last) {
        stream.next_in = piece.data();
        stream.avail_in = static_cast<std::uint32_t>(piece.size());
        stream.end_of_stream = last ? 1 : 0;
        do {
            stream.next_out = compressed.data();
            stream.avail_out = static_cast<std::uint32_t>(compressed.size());
            if (isal_deflate(&stream) != COMP_OK)
                throw Error(Cause::internal, file.final_path().string() + ": the PNG cannot be compressed");
            if (const auto size = compressed.size() - stream.avail_out; size > 0)
                write_chunk("IDAT", {compressed.data(), size});
        } while (stream.avail_out == 0);
        piece.clear();
    }

    void put(const std::uint8_t* bytes, std::size_t count) {
        while (count > 0) {
            const std::size_t taken = std::min(count, piece_size - piece.size());
            piece.insert(piece.end(), bytes, bytes + taken);
            bytes += taken;
            count -= taken;
            if (piece.size() == piece_size) send_piece(false);
        }
    }
};

StripPngWriter::StripPngWriter(FileWriter& file, std::int64_t width, std::int64_t height) {
    if (width < 1 || height < 1 || width > largest_side / 3 || height > largest_side)
        throw Error(Cause::output, file.final_path().string() + ": a PNG cannot be " + std::to_string(width) +
                                       " x " + std::to_string(height) + " pixels");
    state_ = std::make_unique<State>(file, width, height);
    std::array<std::uint8_t, 13> header{};
    put_big_endian(static_cast<std::uint32_t>(width), header.data());
    put_big_endian(static_cast<std::uint32_t>(height), header.data() + 4);
    header[8] = 8;  // bits
    header[9] = 2;  // RGB; compression, filters and interlacing are the only or the plain kind: 0
    file.write(std::as_bytes(std::span(signature)));
    state_->write_chunk("IHDR", header);
}

StripPngWriter::~StripPngWriter() = default;

void StripPngWriter::write_rows(const cv::Mat& rgb) {
    if (rgb.type() != CV_8UC3 || rgb.cols != state_->width || rgb.rows > state_->height - state_->rows)
        throw Error(Cause::internal,
                    state_->file.final_path().string() + ": rows that do not fit the picture");
    const auto bytes = static_cast<std::size_t>(rgb.cols) * 3;
    std::vector<std::uint8_t> filtered(1 + bytes);
    filtered[0] = subtract_left;
    for (int y = 0; y < rgb.rows; ++y) {
        const std::uint8_t* row = rgb.ptr(y);
        std::uint8_t* out = filtered.data() + 1;
        std::copy_n(row, 3, out);
        for (std::size_t x = 3; x < bytes; ++x) out[x] = static_cast<std::uint8_t>(row[x] - row[x - 3]);
        state_->put(filtered.data(), filtered.size());
    }
    state_->rows += rgb.rows;
}

void StripPngWriter::end() {
    if (state_->rows != state_->height)
        throw Error(Cause::internal, state_->file.final_path().string() + ": rows are missing");
    state_->send_piece(true);
    state_->write_chunk("IEND", {});
}

}  // namespace figurant::data_formats
