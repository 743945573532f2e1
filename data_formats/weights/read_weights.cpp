#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "data_formats/weights/envelope.h"
#include "data_formats/weights/hdf5_handle.h"
#include "data_formats/weights/layout.h"
#include "data_formats/weights/weights.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;
namespace layout = weights_layout;

namespace {

/// Reads the HDF5 part of one weights file. `size`: that of the whole file, a bound of what it can hold.
class BodyReader {
  public:
    BodyReader(hid_t file, std::string name, std::uint64_t size)
        : file_(file), name_(std::move(name)), size_(size) {}

    WeightsFile read(std::string_view kind) const {
        WeightsFile weights;
        weights.kind = read_kind();
        if (!kind.empty() && weights.kind != kind)
            throw Error(Cause::model,
                        name_ + ": holds a " + weights.kind + ", where a " + std::string(kind) + " is wanted",
                        kind == "model" ? "make a model of it: figurant run convert_model"
                                        : "give a " + std::string(kind));
        weights.config = read_config();
        const Hdf5Handle group(H5Gopen2(file_, layout::arrays_group, H5P_DEFAULT), H5Gclose);
        H5G_info_t info{};
        if (!group.good() || H5Gget_info(group, &info) < 0) reject("it has no group \"arrays\"");
        for (hsize_t i = 0; i < info.nlinks; ++i)
            weights.arrays.push_back(read_array(group, link_name(group, i)));
        return weights;
    }

  private:
    [[noreturn]] void reject(const std::string& why) const {
        throw Error(Cause::model, name_ + ": " + why, "take another file, or write it again");
    }

    /// A text of the fixed length that `type` says.
    std::size_t text_size(hid_t type, const std::string& what) const {
        const std::size_t length = H5Tget_size(type);
        if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || length > size_)
            reject(what + " is no text of a fixed length");
        return length;
    }

    static std::string unpadded(std::string text) {
        text.resize(std::strlen(text.c_str()));
        return text;
    }

    std::string read_kind() const {
        const Hdf5Handle attribute(H5Aopen(file_, layout::kind_attribute, H5P_DEFAULT), H5Aclose);
        if (!attribute.good()) reject("it does not say its kind");
        const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
        std::string text(text_size(type, "its kind"), '\0');
        if (H5Sget_simple_extent_npoints(space) != 1 || H5Aread(attribute, type, text.data()) < 0)
            reject("its kind cannot be read");
        return unpadded(std::move(text));
    }

    std::string read_config() const {
        const Hdf5Handle data(H5Dopen2(file_, layout::config_dataset, H5P_DEFAULT), H5Dclose);
        if (!data.good()) reject("it has no configuration");
        const Hdf5Handle type(H5Dget_type(data), H5Tclose), space(H5Dget_space(data), H5Sclose);
        std::string text(text_size(type, "its configuration"), '\0');
        if (H5Sget_simple_extent_npoints(space) != 1 ||
            H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0)
            reject("its configuration cannot be read");
        return unpadded(std::move(text));
    }

    std::string link_name(hid_t group, hsize_t index) const {
        const auto get = [&](char* into, std::size_t room) {
            return H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, index, into, room,
                                      H5P_DEFAULT);
        };
        const ssize_t length = get(nullptr, 0);
        if (length <= 0 || static_cast<std::uint64_t>(length) > size_)
            reject("array " + std::to_string(index) + " has no name");
        std::string name(static_cast<std::size_t>(length) + 1, '\0');
        if (get(name.data(), name.size()) != length)
            reject("array " + std::to_string(index) + " has no name");
        name.pop_back();
        return name;
    }

    NamedArray read_array(hid_t group, const std::string& link) const {
        NamedArray array;
        array.name = layout::array_name(link);
        const std::string what = "the array \"" + array.name + "\"";
        const Hdf5Handle data(H5Dopen2(group, link.c_str(), H5P_DEFAULT), H5Dclose);
        if (!data.good()) reject(what + " cannot be opened");
        const Hdf5Handle type(H5Dget_type(data), H5Tclose), space(H5Dget_space(data), H5Sclose);
        array.type = element_type(type, what);
        array.shape = read_shape(space, what);
        std::uint64_t bytes = element_size(array.type);
        for (const std::int64_t side : array.shape) {
            if (side != 0 && bytes > size_ / static_cast<std::uint64_t>(side))
                reject(what + " is larger than its file");
            bytes *= static_cast<std::uint64_t>(side);
        }
        if (bytes > H5Dget_storage_size(data)) reject(what + " is not stored whole");
        array.bytes.renew(bytes);
        // HDF5 leaves alone what the file leaves out (chunks that are not there).
        std::fill(array.bytes.begin(), array.bytes.end(), std::byte{0});
        const hid_t in_memory = array.type == ElementType::float32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64;
        if (bytes > 0 && H5Dread(data, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.bytes.data()) < 0)
            reject(what + " cannot be read");
        return array;
    }

    ElementType element_type(hid_t type, const std::string& what) const {
        if (H5Tequal(type, H5T_IEEE_F32LE) > 0) return ElementType::float32;
        if (H5Tequal(type, H5T_STD_I64LE) > 0) return ElementType::int64;
        reject(what + " has elements of a type that is not known");
    }

    std::vector<std::int64_t> read_shape(hid_t space, const std::string& what) const {
        const int rank = H5Sget_simple_extent_ndims(space);
        if (rank < 0 || rank > 8) reject(what + " has a shape that is not known");
        std::vector<hsize_t> sides(static_cast<std::size_t>(rank));
        if (rank > 0) H5Sget_simple_extent_dims(space, sides.data(), nullptr);
        for (const hsize_t side : sides)
            if (side > std::uint64_t{1} << 40) reject(what + " is larger than its file");
        return {sides.begin(), sides.end()};
    }

    hid_t file_;
    std::string name_;
    std::uint64_t size_;
};

[[noreturn]] void damaged(const std::string& name) {
    throw Error(Cause::model, name + ": HDF5 cannot open it", "copy the file again, or take another");
}

void check_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code failed;
    if (!file || !fs::is_regular_file(path, failed))
        throw Error(Cause::model,
                    path.string() + (fs::exists(path, failed) ? ": cannot be read" : ": does not exist"),
                    "check the path and its permissions");
    std::string piece(envelope_size, '\0');
    const auto read = [&](std::size_t most) {
        piece.resize(most);
        file.read(piece.data(), static_cast<std::streamsize>(most));
        piece.resize(static_cast<std::size_t>(file.gcount()));
        return !piece.empty();
    };
    read(envelope_size);
    const std::string envelope = piece;
    check_kind_of_file(envelope, path.string());
    BodyHash hash;
    std::uint64_t size = 0;
    while (read(BodyHash::piece)) {
        hash.add(piece);
        size += piece.size();
    }
    check_envelope(envelope, size, hash.value(), path.string());
}

}  // namespace

WeightsFile read_weights(const fs::path& path, std::string_view kind) {
    check_file(path);
    const Hdf5Session session;
    const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file.good()) damaged(path.string());
    return BodyReader(file, path.string(), fs::file_size(path)).read(kind);
}

WeightsFile parse_weights(std::span<const std::byte> bytes, const std::string& name, std::string_view kind) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view body = text.substr(std::min(text.size(), envelope_size));
    check_kind_of_file(text.substr(0, envelope_size), name);
    BodyHash hash;
    for (std::size_t i = 0; i < body.size(); i += BodyHash::piece) hash.add(body.substr(i, BodyHash::piece));
    check_envelope(text.substr(0, envelope_size), body.size(), hash.value(), name);
    const Hdf5Session session;
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    // HDF5 takes a copy; it does not write to what it is given.
    if (H5Pset_fapl_core(access, std::size_t{1} << 20, false) < 0 ||
        H5Pset_file_image(access, const_cast<char*>(body.data()), body.size()) < 0)
        damaged(name);
    const Hdf5Handle file(H5Fopen(name.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
    if (!file.good()) damaged(name);
    return BodyReader(file, name, bytes.size()).read(kind);
}

}  // namespace figurant::data_formats
