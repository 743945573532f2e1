#include "base/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/digest.h"
#include "base/error.h"

namespace figurant {
namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const fs::path& path, const char* what) {
    const int code = errno;
    throw Error(Cause::output, path.string() + ": " + what + ": " + std::strerror(code),
                code == ENOSPC ? "free some space, then run again with --resume"
                               : "check the folder and its permissions, then run again");
}

void flush_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;  // some file systems refuse it; the rename itself has happened
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

FileWriter::FileWriter(fs::path final_path) : final_(std::move(final_path)) {
    std::error_code failed;
    if (!final_.parent_path().empty()) fs::create_directories(final_.parent_path(), failed);
    if (failed) {
        errno = failed.value();
        fail(final_.parent_path(), "the folder cannot be made");
    }
    aside_ = final_;
    aside_ += ".part";
    descriptor_ = ::open(aside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail(aside_, "cannot be written");
    pending_ = true;
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : final_(std::move(other.final_)),
      aside_(std::move(other.aside_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      pending_(std::exchange(other.pending_, false)) {}

FileWriter::~FileWriter() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (pending_) ::unlink(aside_.c_str());
}

void FileWriter::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail(aside_, "writing failed");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

void FileWriter::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void FileWriter::flush() {
    if (descriptor_ < 0) return;
    // A library may have written to the aside path by itself, through a descriptor of its own: fsync works on
    // the file.
    if (::fsync(descriptor_) != 0) fail(aside_, "flushing failed");
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(aside_, "closing failed");
}

void FileWriter::commit() {
    flush();
    if (::rename(aside_.c_str(), final_.c_str()) != 0) fail(final_, "cannot be renamed into place");
    pending_ = false;
    flush_folder(final_.parent_path());
}

void write_file(const fs::path& path, std::string_view contents) {
    FileWriter writer(path);
    writer.write(contents);
    writer.commit();
}

std::string read_file(const fs::path& path, std::size_t most) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const auto reject = [&](const std::string& why) {
        if (descriptor >= 0) ::close(descriptor);
        throw Error(Cause::input, path.string() + ": " + why);
    };
    if (descriptor < 0) reject(std::string("cannot be opened: ") + std::strerror(errno));
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) reject(std::string("cannot be read: ") + std::strerror(errno));
    if (!S_ISREG(status.st_mode)) reject("is not a file");
    if (static_cast<std::size_t>(status.st_size) > most)
        reject("is " + std::to_string(status.st_size) + " bytes long; at most " + std::to_string(most) +
               " are read");
    std::string contents(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t place = 0;
    while (place < contents.size()) {
        const ssize_t got = ::read(descriptor, contents.data() + place, contents.size() - place);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) reject(std::string("reading failed: ") + std::strerror(errno));
        if (got == 0) reject("ended after " + std::to_string(place) + " bytes while it was being read");
        place += static_cast<std::size_t>(got);
    }
    ::close(descriptor);
    return contents;
}

std::string safe_file_name(std::string_view name) {
    std::string safe;
    bool changed = name.size() > 200;
    for (const char c : name.substr(0, 200)) {
        const auto byte = static_cast<unsigned char>(c);
        const bool keep = byte >= 0x20 && byte != 0x7f && c != '/' && c != '\\' && c != ':';
        safe += keep ? c : '_';
        changed = changed || !keep;
    }
    // A leading dot would hide the file, and covers "." and "..".
    if (safe.empty() || safe.front() == '.') {
        safe.insert(safe.begin(), '_');
        changed = true;
    }
    if (changed) safe = safe.substr(0, 180) + "-" + hex_digest(name).substr(0, 8);
    return safe;
}

}  // namespace figurant
