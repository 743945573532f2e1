#include <algorithm>
#include <cstring>
#include <set>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/weights/envelope.h"
#include "data_formats/weights/hdf5_handle.h"
#include "data_formats/weights/layout.h"
#include "data_formats/weights/weights.h"

namespace figurant::data_formats {
namespace layout = weights_layout;

namespace {

void check(const NamedArray& array, std::set<std::string>& names) {
    const auto broken = [&](const char* why) {
        throw Error(Cause::internal, "the array \"" + array.name + "\" cannot be written: " + why);
    };
    std::size_t count = 1;
    for (const std::int64_t side : array.shape) {
        if (side < 0) broken("a side of its shape is negative");
        count *= static_cast<std::size_t>(side);
    }
    if (array.shape.size() > 8) broken("it has more than eight dimensions");
    if (count * element_size(array.type) != array.bytes.size()) broken("its bytes do not fit its shape");
    if (array.name.empty() || array.name == "." || array.name.find(':') != std::string::npos)
        broken("its name is empty or holds a colon");
    for (const char c : array.name)
        if (static_cast<unsigned char>(c) < 0x20) broken("its name holds a control character");
    if (!names.insert(array.name).second) broken("there are two of this name");
}

void must(bool done, const std::string& what) {
    if (!done)
        throw Error(Cause::limit, "HDF5 cannot write " + what + " (no memory?)",
                    "free some memory, then run again");
}

Hdf5Handle fixed_text(const std::string& text) {
    Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    must(H5Tset_size(type, std::max<std::size_t>(1, text.size())) >= 0, "a text");
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

/// `text` as HDF5 takes it: at least one byte.
std::string padded(const std::string& text) { return text.empty() ? std::string(1, '\0') : text; }

void write_attribute(hid_t owner, const char* name, const std::string& text) {
    const Hdf5Handle type = fixed_text(text), space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute(H5Acreate2(owner, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    must(attribute.good() && H5Awrite(attribute, type, padded(text).data()) >= 0, name);
}

/// Without times, so that the same content gives the same bytes.
Hdf5Handle timeless(hid_t kind) {
    Hdf5Handle properties(H5Pcreate(kind), H5Pclose);
    must(H5Pset_obj_track_times(properties, false) >= 0, "a property");
    return properties;
}

void write_config(hid_t file, const std::string& config) {
    const Hdf5Handle type = fixed_text(config), space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle properties = timeless(H5P_DATASET_CREATE);
    const Hdf5Handle data(
        H5Dcreate2(file, layout::config_dataset, type, space, H5P_DEFAULT, properties, H5P_DEFAULT),
        H5Dclose);
    must(data.good() && H5Dwrite(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, padded(config).data()) >= 0,
         "the configuration");
}

void write_array(hid_t group, const NamedArray& array) {
    std::vector<hsize_t> sides(array.shape.begin(), array.shape.end());
    const Hdf5Handle space(sides.empty()
                               ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(sides.size()), sides.data(), nullptr),
                           H5Sclose);
    const bool real = array.type == ElementType::float32;
    const Hdf5Handle properties = timeless(H5P_DATASET_CREATE);
    const Hdf5Handle data(
        H5Dcreate2(group, layout::link_name(array.name).c_str(), real ? H5T_IEEE_F32LE : H5T_STD_I64LE, space,
                   H5P_DEFAULT, properties, H5P_DEFAULT),
        H5Dclose);
    must(data.good(), "the array \"" + array.name + "\"");
    if (array.bytes.empty()) return;
    must(H5Dwrite(data, real ? H5T_NATIVE_FLOAT : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                  array.bytes.data()) >= 0,
         "the array \"" + array.name + "\"");
}

/// The HDF5 part, made in memory.
std::string encode_body(const WeightsFile& weights) {
    const Hdf5Session session;
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    must(H5Pset_fapl_core(access, std::size_t{4} << 20, false) >= 0, "in memory");
    const Hdf5Handle creation = timeless(H5P_FILE_CREATE);
    const Hdf5Handle file(H5Fcreate("weights", H5F_ACC_TRUNC, creation, access), H5Fclose);
    must(file.good(), "in memory");
    write_attribute(file, layout::kind_attribute, weights.kind);
    write_config(file, weights.config);
    const Hdf5Handle ordered = timeless(H5P_GROUP_CREATE);
    must(H5Pset_link_creation_order(ordered, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0,
         "a property");
    {
        const Hdf5Handle group(H5Gcreate2(file, layout::arrays_group, H5P_DEFAULT, ordered, H5P_DEFAULT),
                               H5Gclose);
        must(group.good(), "a group");
        for (const auto& array : weights.arrays) write_array(group, array);
    }
    must(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0, "in memory");
    const ssize_t size = H5Fget_file_image(file, nullptr, 0);
    must(size > 0, "in memory");
    std::string body(static_cast<std::size_t>(size), '\0');
    must(H5Fget_file_image(file, body.data(), body.size()) == size, "in memory");
    return body;
}

std::string envelope_of(std::string_view body) {
    BodyHash hash;
    for (std::size_t i = 0; i < body.size(); i += BodyHash::piece) hash.add(body.substr(i, BodyHash::piece));
    return make_envelope(body.size(), hash.value());
}

std::string checked_body(const WeightsFile& weights) {
    std::set<std::string> names;
    for (const auto& array : weights.arrays) check(array, names);
    return encode_body(weights);
}

}  // namespace

std::string encode_weights(const WeightsFile& weights) {
    const std::string body = checked_body(weights);
    return envelope_of(body) + body;
}

void write_weights(const std::filesystem::path& path, const WeightsFile& weights) {
    const std::string body = checked_body(weights);
    FileWriter writer(path);
    writer.write(envelope_of(body));
    writer.write(body);
    writer.commit();
}

}  // namespace figurant::data_formats
