#include "data_formats/byte_source/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace figurant::data_formats {

namespace {

class FileSource : public ByteSource {
  public:
    explicit FileSource(const std::filesystem::path& path) : path_(path) {
        descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor_ < 0) fail("cannot be opened");
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
            ::close(descriptor_);
            throw Error(Cause::input, path_.string() + ": is not a file", "check the path");
        }
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
    ~FileSource() override { ::close(descriptor_); }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<char> into) const override {
        while (!into.empty()) {
            const ssize_t got = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("reading failed");
            if (got == 0)
                throw Error(Cause::input, path_.string() + ": ended at byte " + std::to_string(offset) +
                                              " of " + std::to_string(size_) + " while it was being read");
            offset += static_cast<std::uint64_t>(got);
            into = into.subspan(static_cast<std::size_t>(got));
        }
    }

  private:
    [[noreturn]] void fail(const char* what) const {
        throw Error(Cause::input, path_.string() + ": " + what + ": " + std::strerror(errno),
                    "check the path and its permissions");
    }
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

class MemorySource : public ByteSource {
  public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    void read(std::uint64_t offset, std::span<char> into) const override {
        std::copy_n(bytes_.data() + offset, into.size(), into.data());
    }

  private:
    std::string_view bytes_;
};

}  // namespace

std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path) {
    return std::make_unique<FileSource>(path);
}

std::unique_ptr<ByteSource> memory_source(std::string_view bytes) {
    return std::make_unique<MemorySource>(bytes);
}

}  // namespace figurant::data_formats
