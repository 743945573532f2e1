#include "base/file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/disk_steps.h"
#include "base/error.h"
#include "base/lost_trouble.h"

namespace figurant {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view aside_suffix = ".figurant-part";

Error trouble(const fs::path& path, const char* what) {
    const int code = errno;
    return Error(Cause::output, path.string() + ": " + what + ": " + std::strerror(code),
                 code == ENOSPC || code == EDQUOT
                     ? "free some space, then run again with --resume"
                     : "check the disk, the folder and its permissions, then run again with --resume");
}

[[noreturn]] void fail(const fs::path& path, const char* what) { throw trouble(path, what); }

/// The first since somebody asked; for `take_lost_trouble`.
thread_local std::optional<Error> lost_trouble;

void note_lost(const fs::path& path, const char* what) noexcept {
    try {
        if (!lost_trouble) lost_trouble = trouble(path, what);
    } catch (...) {
        // No memory for a message: then there is none.
    }
}

void write_all(int descriptor, const fs::path& path, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = disk::write(descriptor, path, bytes);
        if (written == 0) errno = ENOSPC;
        if (written <= 0) fail(path, "writing failed");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void flush_names(const fs::path& folder) {
    if (disk::flush_folder(folder) != 0) fail(folder, "flushing the folder failed");
}

/// A device or a pipe: something renamed to its name would take its place.
bool is_stream(const fs::path& path) {
    std::error_code ignored;
    const auto status = fs::status(path, ignored);
    return fs::is_character_file(status) || fs::is_block_file(status) || fs::is_fifo(status) ||
           fs::is_socket(status);
}

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return path.empty() || fs::is_directory(path, ignored);
}

}  // namespace

void make_folders(const fs::path& folder) {
    // Nobody looks while another thread makes folders: who finds one may rely on its name being on the disk.
    static std::shared_mutex making;
    if (const std::shared_lock looking(making); is_folder(folder)) return;
    const std::scoped_lock lock(making);
    std::vector<fs::path> missing;
    for (auto path = folder; !is_folder(path) && path != path.parent_path(); path = path.parent_path())
        if (path.has_filename()) missing.push_back(path);
    for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
        if (disk::make_folder(*path) != 0 && !(errno == EEXIST && is_folder(*path)))
            fail(*path, "the folder cannot be made");
        flush_names(path->parent_path());
    }
}

void remove_file(const fs::path& path) {
    if (disk::remove(path) != 0) fail(path, "cannot be removed");
}

FileWriter::FileWriter(fs::path final_path) : final_(std::move(final_path)) {
    make_folders(final_.parent_path());
    aside_ = final_;
    if (!is_stream(final_)) aside_ += aside_suffix;
    descriptor_ = disk::open_to_write(aside_);
    if (descriptor_ < 0) fail(aside_, "cannot be written");
    pending_ = aside_ != final_;
}

FileWriter::FileWriter(FileWriter&& other) noexcept
    : final_(std::move(other.final_)),
      aside_(std::move(other.aside_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      pending_(std::exchange(other.pending_, false)) {}

FileWriter::~FileWriter() {
    if (descriptor_ >= 0 && disk::close(descriptor_, aside_) != 0) note_lost(aside_, "closing failed");
    if (pending_ && disk::remove(aside_) != 0) note_lost(aside_, "cannot be removed");
}

void FileWriter::write(std::span<const std::byte> bytes) {
    write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void FileWriter::write(std::string_view text) { write_all(descriptor_, aside_, text); }

void FileWriter::flush() {
    if (descriptor_ < 0) return;
    // A library may have written to the aside path by itself, through a descriptor of its own: fsync works on
    // the file.
    if (pending_ && disk::flush(descriptor_, aside_) != 0) fail(aside_, "flushing failed");
    if (disk::close(std::exchange(descriptor_, -1), aside_) != 0) fail(aside_, "closing failed");
}

void FileWriter::commit() {
    flush();
    if (aside_ == final_) return;
    if (disk::rename(aside_, final_) != 0) fail(final_, "cannot be renamed into place");
    pending_ = false;
    flush_names(final_.parent_path());
}

std::optional<Error> take_lost_trouble() { return std::exchange(lost_trouble, std::nullopt); }

bool is_aside(const fs::path& path) { return path.filename().string().ends_with(aside_suffix); }

LineJournal::LineJournal(fs::path path) : path_(std::move(path)) {
    make_folders(path_.parent_path());
    descriptor_ = disk::open_to_append(path_);
    if (descriptor_ < 0) fail(path_, "cannot be written");
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || disk::flush_folder(path_.parent_path()) != 0) {
        const int code = errno;
        disk::close(descriptor_, path_);
        errno = code;
        fail(path_, "cannot be written");
    }
    size_ = static_cast<std::size_t>(status.st_size);
}

LineJournal::~LineJournal() {
    if (disk::close(descriptor_, path_) != 0) note_lost(path_, "closing failed");
}

void LineJournal::append(std::string_view line) {
    struct stat status {};
    if (torn_ && ::fstat(descriptor_, &status) == 0) size_ = static_cast<std::size_t>(status.st_size);
    std::string text(torn_ ? "\n" : "");
    text.append(line).append("\n");
    try {
        write_all(descriptor_, path_, text);
    } catch (const Error&) {
        torn_ = disk::truncate(descriptor_, path_, size_) != 0;
        throw;
    }
    size_ += text.size();
    torn_ = false;
    if (disk::flush(descriptor_, path_) != 0) fail(path_, "flushing failed");
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
        throw Error(Cause::input, path.string() + ": " + why,
                    "check the path, and that the file may be read");
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
