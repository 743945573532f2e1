#include "data_formats/gdal/scratch_pixels.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/error.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

fs::path scratch_folder() {
    if (const char* named = std::getenv("TMPDIR"); named && *named) return named;
    // Unlike /tmp it is kept on a disk, not in memory.
    std::error_code failed;
    return fs::is_directory("/var/tmp", failed) ? "/var/tmp" : "/tmp";
}

int open_nameless(const fs::path& folder) {
    std::string path = (folder / "figurant-XXXXXX").string();
    const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
    if (descriptor >= 0) ::unlink(path.c_str());
    return descriptor;
}

}  // namespace

ScratchPixels::ScratchPixels(cv::Size size) : size_(size), folder_(scratch_folder()) {
    descriptor_ = open_nameless(folder_);
    if (descriptor_ < 0) fail("no scratch file can be made");
    // Not posix_fallocate: where a file system cannot do it, that writes every block.
    const std::int64_t bytes = place_of(0, size.height);
    if (::fallocate(descriptor_, 0, 0, bytes) == 0) return;
    if (errno == EOPNOTSUPP && ::ftruncate(descriptor_, bytes) == 0) return;
    const int code = errno;
    ::close(descriptor_);
    errno = code;
    fail("there is no room for a scratch file");
}

ScratchPixels::~ScratchPixels() { ::close(descriptor_); }

void ScratchPixels::fail(const char* what) const {
    const std::string reason = std::strerror(errno);
    throw Error(Cause::limit,
                folder_.string() + ": " + what + " of " + std::to_string(place_of(0, size_.height) >> 20) +
                    " MB: " + reason,
                "name a folder with more room in TMPDIR, or convert the map to a tiled TIFF "
                "(gdal_translate -co TILED=YES -co COMPRESS=DEFLATE), which needs none");
}

void ScratchPixels::write(const cv::Mat& pixels, cv::Point place) {
    for (int y = 0; y < pixels.rows; ++y) {
        const char* row = pixels.ptr<char>(y);
        std::size_t left = static_cast<std::size_t>(pixels.cols) * 3;
        std::int64_t at = place_of(place.x, place.y + y);
        while (left > 0) {
            const ssize_t done = ::pwrite(descriptor_, row, left, at);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) fail("writing failed in a scratch file");
            row += done;
            at += done;
            left -= static_cast<std::size_t>(done);
        }
    }
}

cv::Mat ScratchPixels::read(const cv::Rect& window) const {
    cv::Mat pixels(window.size(), CV_8UC3);
    for (int y = 0; y < window.height; ++y) {
        char* row = pixels.ptr<char>(y);
        std::size_t left = static_cast<std::size_t>(window.width) * 3;
        std::int64_t at = place_of(window.x, window.y + y);
        while (left > 0) {
            const ssize_t done = ::pread(descriptor_, row, left, at);
            if (done < 0 && errno == EINTR) continue;
            if (done <= 0) fail("reading failed in a scratch file");
            row += done;
            at += done;
            left -= static_cast<std::size_t>(done);
        }
    }
    return pixels;
}

}  // namespace figurant::data_formats
