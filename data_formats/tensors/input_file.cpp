#include "data_formats/tensors/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace figurant::data_formats {

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
    // Without waiting: a pipe of this name would hold the program for ever.
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat facts {};
    if (descriptor_ >= 0 && ::fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode)) {
        size_ = static_cast<std::uint64_t>(facts.st_size);
        return;
    }
    const int code = errno;
    const bool open = descriptor_ >= 0;
    if (open) ::close(descriptor_);
    throw Error(Cause::model,
                path_.string() + (open             ? ": is no file"
                                  : code == ENOENT ? std::string(": does not exist")
                                                   : std::string(": cannot be read: ") + std::strerror(code)),
                "check the path and its permissions");
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(std::uint64_t offset, std::span<std::byte> into) const {
    while (!into.empty()) {
        const auto got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            throw Error(Cause::model,
                        path_.string() + ": cannot be read at byte " + std::to_string(offset) + ": " +
                            (got < 0 ? std::strerror(errno) : "it ends there"),
                        "copy the file again");
        offset += static_cast<std::uint64_t>(got);
        into = into.subspan(static_cast<std::size_t>(got));
    }
}

std::string InputFile::text(std::uint64_t most) const {
    if (size_ > most)
        throw Error(Cause::limit, path_.string() + ": has " + std::to_string(size_) + " bytes; at most " +
                                      std::to_string(most) + " can be read");
    std::string bytes(size_, '\0');
    read(0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
}

}  // namespace figurant::data_formats
