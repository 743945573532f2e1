#pragma once
// Dataset files whose columns hold anything, as no writer makes them, with hashes that are right.

#include <hdf5.h>

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "data_formats/dataset/block_hashes.h"
#include "data_formats/dataset/layout.h"
#include "data_formats/weights/hdf5_handle.h"

namespace figurant::data_formats::test {

/// Rows of each column, by path, as the bytes of its numbers.
using ColumnBytes = std::map<std::string, std::string>;

/// An HDF5 part as the head and the hashes of a dataset file want it.
inline std::string framed(const std::string& body) {
    const auto digits = [](std::uint64_t value) {
        std::string text(16, '0');
        for (std::size_t i = 0; i < 16; ++i) text[i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 15];
        return text;
    };
    std::string hashes;
    std::uint64_t hash = 0, block = 0;
    for (std::size_t at = 0; at < body.size(); at += hashed_block_size, ++block) {
        const std::uint64_t each = hash64(std::string_view(body).substr(at, hashed_block_size), block);
        hash = mix(hash, each);
        for (int i = 0; i < 8; ++i) hashes += static_cast<char>(each >> (8 * i));
    }
    std::string head =
        "figurant dataset, format 1\nbytes " + std::to_string(body.size()) + "\nhash " + digits(hash) +
        "\nAn HDF5 file begins after these 512 bytes; a hash of each 32768 bytes of it follows "
        "it.\n";
    head.resize(frame_head_size, '\0');
    return head + body + hashes;
}

template <class T>
void put_column(hid_t file, const dataset_layout::Column<T>& column, const ColumnBytes& bytes) {
    const auto found = bytes.find(column.path);
    if (found == bytes.end()) return;
    const hsize_t rows = found->second.size() / sizeof(T) / column.width, sides[] = {rows, column.width},
                  chunk[] = {64, column.width}, most[] = {H5S_UNLIMITED, column.width};
    const int rank = column.width == 1 ? 1 : 2;
    const Hdf5Handle space(H5Screate_simple(rank, sides, most), H5Sclose),
        properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(properties, rank, chunk);
    const Hdf5Handle data(H5Dcreate2(file, column.path, dataset_layout::type_in_file<T>(), space, H5P_DEFAULT,
                                     properties, H5P_DEFAULT),
                          H5Dclose);
    if (rows > 0)
        H5Dwrite(data, dataset_layout::type_in_memory<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                 found->second.data());
}

/// A dataset file of these columns; those that are not given are missing.
inline std::string dataset_of(const ColumnBytes& columns) {
    namespace layout = dataset_layout;
    const Hdf5Session session;
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_core(access, std::size_t{1} << 16, false);
    const Hdf5Handle file(H5Fcreate("columns", H5F_ACC_TRUNC, H5P_DEFAULT, access), H5Fclose);
    for (const char* group : layout::groups)
        const Hdf5Handle made(H5Gcreate2(file, group, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    const auto put = [&](const auto&... each) { (put_column(file, each, columns), ...); };
    put(layout::image_end, layout::name_end, layout::figures_end, layout::body_parts_end, layout::image_size,
        layout::image_id, layout::image_digest, layout::image_bytes, layout::names, layout::part_lengths,
        layout::part_labels, layout::bbox, layout::category, layout::area, layout::crowd, layout::figure_id,
        layout::window, layout::runs_end, layout::keypoints_end, layout::runs, layout::keypoints,
        layout::category_id, layout::category_name_end, layout::category_names);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    std::string body(static_cast<std::size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
    H5Fget_file_image(file, body.data(), body.size());
    return framed(body);
}

/// Columns of numbers, as the bytes of `dataset_of`.
template <class T>
std::string bytes_of(const std::vector<T>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// A dataset of one picture of 4 x 4 pixels with one figure, right in all columns.
inline ColumnBytes sound_columns() {
    using U64 = std::vector<std::uint64_t>;
    using I64 = std::vector<std::int64_t>;
    return {{"images/bytes", "a picture"},
            {"images/bytes_end", bytes_of(U64{9})},
            {"images/names", "a.png"},
            {"images/names_end", bytes_of(U64{5})},
            {"images/figures_end", bytes_of(U64{1})},
            {"images/body_parts_end", bytes_of(U64{1})},
            {"images/size", bytes_of(I64{4, 4})},
            {"images/id", bytes_of(I64{7})},
            {"images/digest", bytes_of(U64{0})},
            {"body_parts/lengths", bytes_of(std::vector<std::uint32_t>{16})},
            {"body_parts/labels", std::string(1, '\2')},
            {"figures/bbox", bytes_of(std::vector<double>{1, 1, 2, 2})},
            {"figures/category", bytes_of(I64{1})},
            {"figures/area", bytes_of(std::vector<double>{4})},
            {"figures/crowd", std::string(1, '\0')},
            {"figures/id", bytes_of(I64{1})},
            {"figures/window", bytes_of(I64{1, 1, 2, 2})},
            {"figures/runs", bytes_of(std::vector<std::uint32_t>{0, 4})},
            {"figures/runs_end", bytes_of(U64{2})},
            {"figures/keypoints", bytes_of(std::vector<float>(48, 1))},
            {"figures/keypoints_end", bytes_of(U64{1})},
            {"categories/id", bytes_of(I64{1})},
            {"categories/names", "character"},
            {"categories/names_end", bytes_of(U64{9})}};
}

/// A dataset whose columns are changed as `orders` says: of each order a byte chooses the column, one what is
/// done to it, eight are the number that is put in.
inline std::string dataset_with_columns(std::string_view orders) {
    ColumnBytes columns = sound_columns();
    for (; orders.size() >= 10; orders.remove_prefix(10)) {
        auto column = columns.begin();
        std::advance(column, static_cast<unsigned char>(orders[0]) % columns.size());
        const auto what = static_cast<unsigned char>(orders[1]);
        auto& bytes = column->second;
        if (what < 16)
            bytes.resize(what * 8);  // longer, shorter, empty
        else if (what < 128)
            bytes += orders.substr(2, 8);  // a row more
        else if (bytes.size() >= 8)
            bytes.replace(8 * (what % (bytes.size() / 8)), 8, orders.substr(2, 8));
        if (columns.size() > 1 && what == 255) columns.erase(column);
    }
    return dataset_of(columns);
}

}  // namespace figurant::data_formats::test
