#include "data_formats/dataset/verified_hdf5.h"

#include <utility>

#include "base/error.h"

namespace figurant::data_formats {

namespace {

/// What travels in HDF5's access properties: copied bytewise by HDF5.
struct DriverInfo {
    const HashedBody* body;
    std::exception_ptr* thrown;
};

/// An open file as the driver's callbacks get it; HDF5 knows its first member only.
struct DriverFile {
    H5FD_t known_to_hdf5;
    DriverInfo info;
    haddr_t end_of_addresses;
};

DriverFile& ours(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& ours(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_file(const char*, unsigned, hid_t access, haddr_t) {
    const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
    if (!info) return nullptr;
    // Given back to HDF5, which hands it to close_file.
    auto file = std::make_unique<DriverFile>();
    file->info = *info;
    return &file.release()->known_to_hdf5;
}

herr_t close_file(H5FD_t* file) {
    const std::unique_ptr<DriverFile> owned(&ours(file));
    return 0;
}

haddr_t end_of_addresses(const H5FD_t* file, H5FD_mem_t) { return ours(file).end_of_addresses; }

herr_t set_end_of_addresses(H5FD_t* file, H5FD_mem_t, haddr_t end) {
    ours(file).end_of_addresses = end;
    return 0;
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t) { return ours(file).info.body->size(); }

herr_t read_bytes(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t offset, std::size_t size, void* buffer) {
    const DriverInfo& info = ours(file).info;
    const std::uint64_t whole = info.body->size();
    if (offset > whole || size > whole - offset) return -1;
    // No exception may pass through HDF5.
    try {
        info.body->read(offset, {static_cast<char*>(buffer), size});
        return 0;
    } catch (...) {
        *info.thrown = std::current_exception();
        return -1;
    }
}

herr_t refuse_to_write(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, std::size_t, const void*) { return -1; }

H5FD_class_t driver_class() {
    H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
    driver.version = H5FD_CLASS_VERSION;
    driver.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 77);
#endif
    driver.name = "figurant_verified";
    driver.maxaddr = HADDR_MAX - 1;
    driver.fc_degree = H5F_CLOSE_STRONG;
    driver.fapl_size = sizeof(DriverInfo);
    driver.open = open_file;
    driver.close = close_file;
    driver.get_eoa = end_of_addresses;
    driver.set_eoa = set_end_of_addresses;
    driver.get_eof = end_of_file;
    driver.read = read_bytes;
    driver.write = refuse_to_write;
    for (auto& kind : driver.fl_map) kind = H5FD_MEM_SUPER;
    return driver;
}

}  // namespace

VerifiedHdf5::VerifiedHdf5(std::shared_ptr<const HashedBody> body)
    : body_(std::move(body)), thrown_(std::make_unique<std::exception_ptr>()) {
    const Hdf5Session session;
    static const H5FD_class_t driver_description = driver_class();
    const Hdf5Handle driver(H5FDregister(&driver_description), H5FDunregister);
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const DriverInfo info{body_.get(), thrown_.get()};
    if (driver.good() && H5Pset_driver(access, driver, &info) >= 0)
        file_ =
            std::make_unique<Hdf5Handle>(H5Fopen(body_->name().c_str(), H5F_ACC_RDONLY, access), H5Fclose);
    if (file_ && file_->good()) return;
    rethrow();
    throw Error(Cause::input, body_->name() + ": HDF5 cannot open it",
                "make the file again with import_dataset");
}

VerifiedHdf5::~VerifiedHdf5() {
    const Hdf5Session session;
    file_.reset();
}

void VerifiedHdf5::rethrow() const {
    if (*thrown_) std::rethrow_exception(std::exchange(*thrown_, nullptr));
}

}  // namespace figurant::data_formats
