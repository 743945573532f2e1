#pragma once
// HDF5 over a HashedBody: the library never sees a byte whose hash is wrong, so that what it does with
// damaged files does not matter.

#include <exception>
#include <memory>

#include "data_formats/dataset/block_hashes.h"
#include "data_formats/weights/hdf5_handle.h"

namespace figurant::data_formats {

/// An open HDF5 file over a body. All calls need an Hdf5Session of the caller's, but the constructor and the
/// destructor, which make their own.
class VerifiedHdf5 {
  public:
    /// Error(Cause::input) naming the body when HDF5 cannot open it.
    explicit VerifiedHdf5(std::shared_ptr<const HashedBody> body);
    ~VerifiedHdf5();
    VerifiedHdf5(const VerifiedHdf5&) = delete;
    VerifiedHdf5& operator=(const VerifiedHdf5&) = delete;

    hid_t file() const { return *file_; }
    /// After a call of HDF5 that failed: throws what the body threw meanwhile, if anything.
    void rethrow() const;

  private:
    std::shared_ptr<const HashedBody> body_;
    std::unique_ptr<std::exception_ptr> thrown_;  ///< what the body threw in a callback of HDF5's
    std::unique_ptr<Hdf5Handle> file_;
};

}  // namespace figurant::data_formats
