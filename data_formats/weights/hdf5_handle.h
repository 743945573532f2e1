#pragma once
// HDF5's C library behind handles that close themselves, one thread at a time, silent.

#include <hdf5.h>

#include <mutex>
#include <utility>

namespace figurant::data_formats {

/// An HDF5 identifier with the function that closes it. Negative: the call that made it failed.
class Hdf5Handle {
  public:
    using Closer = herr_t (*)(hid_t);
    Hdf5Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
    Hdf5Handle(Hdf5Handle&& other) noexcept
        : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(other.closer_) {}
    Hdf5Handle& operator=(Hdf5Handle&&) = delete;
    ~Hdf5Handle() {
        if (id_ >= 0) closer_(id_);
    }
    operator hid_t() const { return id_; }  // NOLINT: the C functions take it as it is
    bool good() const { return id_ >= 0; }

  private:
    hid_t id_;
    Closer closer_;
};

/// While it lives, this thread alone talks to HDF5, and HDF5 prints nothing.
class Hdf5Session {
  public:
    Hdf5Session() : lock_(mutex()) {
        H5Eget_auto2(H5E_DEFAULT, &former_, &former_data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~Hdf5Session() { H5Eset_auto2(H5E_DEFAULT, former_, former_data_); }
    Hdf5Session(const Hdf5Session&) = delete;
    Hdf5Session& operator=(const Hdf5Session&) = delete;

  private:
    static std::mutex& mutex() {
        static std::mutex one;
        return one;
    }
    std::lock_guard<std::mutex> lock_;
    H5E_auto2_t former_ = nullptr;
    void* former_data_ = nullptr;
};

}  // namespace figurant::data_formats
