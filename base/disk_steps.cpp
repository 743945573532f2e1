#include "base/disk_steps.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

namespace figurant {
namespace fs = std::filesystem;

namespace {

std::atomic<DiskWatcher*>& watcher() {
    static std::atomic<DiskWatcher*> current{nullptr};
    return current;
}

/// The call, again while signals interrupt it.
template <class Call>
auto persistent(const Call& call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

/// `call` with whoever watches asked before and told after.
template <class Call>
int watched(const DiskAction& action, const Call& call) {
    DiskWatcher* const watching = watcher().load(std::memory_order_acquire);
    if (!watching) return persistent(call);
    if (const int error = watching->before(action).error; error != 0) {
        errno = error;
        return -1;
    }
    const int result = persistent(call);
    const int code = errno;
    watching->after(action, result >= 0);
    errno = code;
    return result;
}

fs::path as_folder(const fs::path& folder) { return folder.empty() ? fs::path(".") : folder; }

int sync_folder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return errno == EACCES ? 0 : -1;  // it may be written to, but not be listed
    const int result = ::fsync(descriptor);
    const int code = errno;
    ::close(descriptor);
    if (result == 0 || code == EINVAL || code == ENOTSUP) return 0;
    errno = code;
    return -1;
}

}  // namespace

std::string_view disk_step_name(DiskStep step) {
    switch (step) {
        case DiskStep::make_folder:
            return "make_folder";
        case DiskStep::open:
            return "open";
        case DiskStep::write:
            return "write";
        case DiskStep::flush:
            return "flush";
        case DiskStep::close:
            return "close";
        case DiskStep::rename:
            return "rename";
        case DiskStep::flush_folder:
            return "flush_folder";
        case DiskStep::truncate:
            return "truncate";
        case DiskStep::remove:
            return "remove";
    }
    return "";
}

DiskWatcher* watch_disk(DiskWatcher* next) { return watcher().exchange(next); }

namespace disk {

int make_folder(const fs::path& path) {
    return watched({DiskStep::make_folder, path, path}, [&] { return ::mkdir(path.c_str(), 0777); });
}

int open_to_write(const fs::path& path) {
    return watched({.step = DiskStep::open, .path = path, .to = path, .makes = true},
                   [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); });
}

int open_to_append(const fs::path& path) {
    return watched({DiskStep::open, path, path},
                   [&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666); });
}

std::ptrdiff_t write(int descriptor, const fs::path& path, std::string_view bytes) {
    const auto put = [&](std::size_t count) {
        return persistent([&] { return ::write(descriptor, bytes.data(), count); });
    };
    DiskWatcher* const watching = watcher().load(std::memory_order_acquire);
    if (!watching) return put(bytes.size());
    const auto verdict = watching->before({DiskStep::write, path, path, bytes.size()});
    if (verdict.error != 0) {
        errno = verdict.error;
        return -1;
    }
    const auto written = put(std::min(bytes.size(), verdict.most));
    const int code = errno;
    const auto bytes_written = static_cast<std::size_t>(std::max<std::ptrdiff_t>(written, 0));
    watching->after({DiskStep::write, path, path, bytes_written}, written >= 0);
    errno = code;
    return written;
}

int flush(int descriptor, const fs::path& path) {
    return watched({DiskStep::flush, path, path}, [&] { return ::fsync(descriptor); });
}

int close(int descriptor, const fs::path& path) {
    bool closed = false;
    const int result = watched({DiskStep::close, path, path}, [&] {
        closed = true;
        // Not again when it was interrupted: the descriptor is gone in any case.
        return ::close(descriptor) == 0 || errno == EINTR ? 0 : -1;
    });
    if (closed) return result;
    const int code = errno;
    ::close(descriptor);
    errno = code;
    return -1;
}

int rename(const fs::path& from, const fs::path& to) {
    return watched({DiskStep::rename, from, to}, [&] { return ::rename(from.c_str(), to.c_str()); });
}

int flush_folder(const fs::path& folder) {
    const fs::path path = as_folder(folder);
    return watched({DiskStep::flush_folder, path, path}, [&] { return sync_folder(path); });
}

int truncate(int descriptor, const fs::path& path, std::size_t length) {
    return watched({DiskStep::truncate, path, path, length},
                   [&] { return ::ftruncate(descriptor, static_cast<off_t>(length)); });
}

int remove(const fs::path& path) {
    return watched({DiskStep::remove, path, path},
                   [&] { return ::unlink(path.c_str()) == 0 || errno == ENOENT ? 0 : -1; });
}

}  // namespace disk

}  // namespace figurant
