#pragma once
// The one file writer: aside, flush, rename. Nothing half-written ever stands under a final name. What it
// does to the disk goes through base/disk_steps.h, where a test can stand in between.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace figurant {

/// Writes a file whole or not at all: bytes go to a name aside in the same folder, `commit` flushes them to
/// the disk and renames. Destroyed without commit, it removes what it wrote. Errors: Error(Cause::output)
/// naming the path.
class FileWriter {
  public:
    /// Creates missing parent folders. `final_path` may exist and is replaced only by commit.
    explicit FileWriter(std::filesystem::path final_path);
    ~FileWriter();
    FileWriter(FileWriter&& other) noexcept;
    FileWriter& operator=(FileWriter&&) = delete;

    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);
    /// Flushes to the disk and closes, the file still aside: commit then only renames, so that several files
    /// can appear together.
    void flush();
    /// Renames to the final name (flushing first where that was not done).
    void commit();
    /// Where the bytes are until commit; for libraries that insist on opening a file by themselves.
    const std::filesystem::path& aside_path() const { return aside_; }
    const std::filesystem::path& final_path() const { return final_; }

  private:
    std::filesystem::path final_, aside_;
    int descriptor_ = -1;
    bool pending_ = false;
};

/// Whether this is a name that FileWriter uses for what is not committed: what a killed process left.
bool is_aside(const std::filesystem::path& path);

/// A file that grows by whole lines, each on the disk before `append` returns. For one thread at a time.
/// Errors: Error(Cause::output) naming the path.
class LineJournal {
  public:
    /// Goes on at the end of the file, which should end with a whole line, or makes it.
    explicit LineJournal(std::filesystem::path path);
    ~LineJournal();
    LineJournal(const LineJournal&) = delete;
    LineJournal& operator=(const LineJournal&) = delete;
    /// `line` without its end. What of it could not be written whole is taken back, so that the next line can
    /// be.
    void append(std::string_view line);

  private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::size_t size_ = 0;
    bool torn_ = false;  ///< an unfinished line could not be taken back
};

/// Makes the folder and those above it, their names on the disk on return. Error(Cause::output).
void make_folders(const std::filesystem::path& folder);

/// Removes a file; one that is not there is fine. Error(Cause::output).
void remove_file(const std::filesystem::path& path);

/// The whole text under `path`, by way of FileWriter.
void write_file(const std::filesystem::path& path, std::string_view contents);

/// The whole file; Error(Cause::input) naming the path when it cannot be read or exceeds `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{1} << 32);

/// `name` made safe as one component of a file name inside an output folder: no separators, no "..", no
/// control characters, never empty, at most 200 bytes; distinct names that would collide get a short digest
/// at the end.
std::string safe_file_name(std::string_view name);

}  // namespace figurant
