#pragma once
// The columns in the HDF5 part of a dataset file, for its reader and its writer. See dataset.md.

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "figures/example.h"

namespace figurant::data_formats::dataset_layout {

/// One dataset of HDF5: rows of `width` numbers of one type, in chunks of about `chunk` bytes.
template <class T>
struct Column {
    const char* path;
    hsize_t width = 1;
    hsize_t chunk = hsize_t{4} << 10;
};

inline constexpr hsize_t large_chunk = hsize_t{64} << 10;

// A row for each picture. "…/end" says where its part of another column ends; it begins where the one before
// ends.
inline constexpr Column<std::uint64_t> image_end{"images/bytes_end"};
inline constexpr Column<std::uint64_t> name_end{"images/names_end"};
inline constexpr Column<std::uint64_t> figures_end{"images/figures_end"};
inline constexpr Column<std::uint64_t> body_parts_end{"images/body_parts_end"};
inline constexpr Column<std::int64_t> image_size{"images/size", 2};  // width, height
inline constexpr Column<std::int64_t> image_id{"images/id"};
inline constexpr Column<std::uint64_t> image_digest{"images/digest"};

inline constexpr Column<std::uint8_t> image_bytes{"images/bytes", 1, large_chunk};
inline constexpr Column<std::uint8_t> names{"images/names"};
inline constexpr Column<std::uint32_t> part_lengths{"body_parts/lengths", 1, large_chunk};
inline constexpr Column<std::uint8_t> part_labels{"body_parts/labels", 1, large_chunk};

// A row for each figure.
inline constexpr Column<double> bbox{"figures/bbox", 4};  // x, y, width, height
inline constexpr Column<std::int64_t> category{"figures/category"};
inline constexpr Column<double> area{"figures/area"};
inline constexpr Column<std::uint8_t> crowd{"figures/crowd"};
inline constexpr Column<std::int64_t> figure_id{"figures/id"};
inline constexpr Column<std::int64_t> window{"figures/window", 4};  // x, y, width, height
inline constexpr Column<std::uint64_t> runs_end{"figures/runs_end"};
inline constexpr Column<std::uint64_t> keypoints_end{"figures/keypoints_end"};

inline constexpr Column<std::uint32_t> runs{"figures/runs", 1, large_chunk};
inline constexpr Column<float> keypoints{"figures/keypoints", figures::joints * 3};  // x, y, known

// A row for each category.
inline constexpr Column<std::int64_t> category_id{"categories/id"};
inline constexpr Column<std::uint64_t> category_name_end{"categories/names_end"};
inline constexpr Column<std::uint8_t> category_names{"categories/names"};

inline constexpr const char* groups[] = {"images", "figures", "body_parts", "categories"};

template <class T>
hid_t type_in_file() {
    if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_STD_U8LE;
    if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_STD_U32LE;
    if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_STD_U64LE;
    if constexpr (std::is_same_v<T, std::int64_t>) return H5T_STD_I64LE;
    if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
    if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
}

template <class T>
hid_t type_in_memory() {
    if constexpr (std::is_same_v<T, std::uint8_t>) return H5T_NATIVE_UINT8;
    if constexpr (std::is_same_v<T, std::uint32_t>) return H5T_NATIVE_UINT32;
    if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
    if constexpr (std::is_same_v<T, std::int64_t>) return H5T_NATIVE_INT64;
    if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
    if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
}

}  // namespace figurant::data_formats::dataset_layout
