#pragma once
// Every call of the system that changes the disk, one function each; whoever writes goes through them. So
// that a test can stand between the program and the disk: end the process at a chosen step, let a step fail,
// or forget what was not flushed.

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string_view>

namespace figurant {

enum class DiskStep { make_folder, open, write, flush, close, rename, flush_folder, truncate, remove };

/// "open", "flush_folder", …: for messages of tests.
std::string_view disk_step_name(DiskStep step);

/// What is about to be done, or was.
struct DiskAction {
    DiskStep step;
    const std::filesystem::path& path;  ///< of rename: the old name
    const std::filesystem::path& to;    ///< of rename: the new name; else as `path`
    std::size_t bytes = 0;              ///< write: how many; truncate: the length that stays
    bool makes = false;                 ///< open: an existing file is emptied, a missing one made
};

/// Sees each step before and after it. Called by all threads.
class DiskWatcher {
  public:
    struct Verdict {
        int error = 0;  ///< not 0: the step is not taken, and fails with this errno
        std::size_t most = std::numeric_limits<std::size_t>::max();  ///< write: no more bytes than these
    };
    virtual ~DiskWatcher() = default;
    virtual Verdict before(const DiskAction& action) = 0;
    /// Of steps that were taken. `done`: they succeeded; write: so many `bytes` were written.
    virtual void after(const DiskAction& action, bool done) = 0;
};

/// The one watcher of the process, null for none (as it starts); gives the one before. Tests only.
DiskWatcher* watch_disk(DiskWatcher* watcher);

/// As the system's own: 0 or more, or -1 with errno. An interrupted call is made again.
namespace disk {

int make_folder(const std::filesystem::path& path);
int open_to_write(const std::filesystem::path& path);   ///< emptied or made
int open_to_append(const std::filesystem::path& path);  ///< as it is, or made
std::ptrdiff_t write(int descriptor, const std::filesystem::path& path, std::string_view bytes);
int flush(int descriptor, const std::filesystem::path& path);
int close(int descriptor, const std::filesystem::path& path);
int rename(const std::filesystem::path& from, const std::filesystem::path& to);
/// The names in a folder. File systems that cannot are taken as they are: 0.
int flush_folder(const std::filesystem::path& folder);
int truncate(int descriptor, const std::filesystem::path& path, std::size_t length);
int remove(const std::filesystem::path& path);  ///< a file; one that is not there is fine

}  // namespace disk

}  // namespace figurant
