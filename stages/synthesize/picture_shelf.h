#pragma once
// Folders of pictures as stages take them: which files, cut out, and what could not be used.

#include <filesystem>
#include <string>
#include <vector>

#include "base/parameters.h"
#include "pipeline/stage.h"
#include "stages/synthesize/refused_files.h"
#include "synthesis/cut_out.h"

namespace figurant::stages {

/// Which pictures; the parameters of stages that compose from pictures.
struct PictureParameters {
    std::vector<std::filesystem::path> pictures;
    std::filesystem::path list, exclude_list;
    std::int64_t longest = 640;
    std::int64_t megabytes = 1024;
};

/// The options of a step, and pictures.
template <class Options>
struct WithPictures : Options, PictureParameters {};

/// The declarations of both; `what` the pictures show, for the sentence.
template <class Options>
ParameterList<WithPictures<Options>> with_pictures(const ParameterList<Options>& options,
                                                   const std::string& what) {
    using P = WithPictures<Options>;
    const auto member = [](auto PictureParameters::*each) {
        return static_cast<std::remove_reference_t<decltype(std::declval<P>().*each)> P::*>(each);
    };
    return ParameterList<P>(options)
        .add("pictures", member(&PictureParameters::pictures),
             "folders of pictures of " + what +
                 ": cut out (PNG with transparency), or on a ground of one colour")
        .add("list", member(&PictureParameters::list),
             "a text file that names the pictures, or folders of them, to take; empty: all of the folders")
        .add("exclude_list", member(&PictureParameters::exclude_list),
             "a text file that names pictures never to take, in whatever folder, nor copies of them")
        .add("longest", member(&PictureParameters::longest),
             "larger pictures are read scaled down to this many pixels", range(32, 4096))
        .add("megabytes", member(&PictureParameters::megabytes), "memory that the pictures may take",
             range(1, 1 << 20), neutral);
}

/// The files under `folders`, sorted by name; only those on `list` (a text file: one name a line, relative to
/// a folder of `folders`; a folder's name stands for all below it; lines beginning with # are comments), none
/// on `exclude_list` (file names, in whatever folder), nor a copy of one under another name.
/// Error(Cause::input) for a folder or list that cannot be read, a name on `list` that is in no folder, or
/// when nothing is left.
std::vector<std::filesystem::path> list_pictures(const PictureParameters& parameters);

/// The pictures of a stage, read once before the run; files that cannot be used are left out.
class PictureShelf {
  public:
    /// Error as list_pictures; Error(Cause::input) when no picture can be used; Error(Cause::limit) when the
    /// pictures take more than `megabytes`.
    void fill(const PictureParameters& parameters);

    const std::vector<synthesis::CutOut>& pictures() const { return pictures_; }
    std::size_t bytes() const { return bytes_; }
    /// Warns of the files that were left out, at the first call.
    void tell(pipeline::Context& context) const { refused_.tell(context); }

  private:
    std::vector<synthesis::CutOut> pictures_;
    RefusedFiles refused_;
    std::size_t bytes_ = 0;
};

}  // namespace figurant::stages
