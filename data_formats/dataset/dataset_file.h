#pragma once
// A data set in one HDF5 file, read by examples. See dataset.md.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data_formats/byte_source/byte_source.h"
#include "data_formats/dataset/stored_example.h"

namespace figurant::data_formats {

/// Writes a dataset file example by example; memory: some thousand rows. Whole or not at all: destroyed
/// without commit, it leaves nothing. The same examples give the same bytes. Errors: Error(Cause::output)
/// naming the path.
class DatasetWriter {
  public:
    explicit DatasetWriter(const std::filesystem::path& path);
    ~DatasetWriter();
    DatasetWriter(const DatasetWriter&) = delete;
    DatasetWriter& operator=(const DatasetWriter&) = delete;

    /// Error(Cause::internal) for an example that the reader would refuse. A category that an earlier example
    /// has under another name keeps that name; such ids are returned.
    std::vector<std::int64_t> add(const StoredExample& example);
    std::uint64_t examples() const;
    std::uint64_t figures() const;
    void commit();

  private:
    class State;
    std::unique_ptr<State> state_;
};

/// An open dataset file. Reading an example reads its own bytes only (and the rest of the blocks of 32 KiB
/// that they lie in). Safe to call from several threads; HDF5 is held while bytes are fetched, not longer.
/// Errors: Error(Cause::input) naming the file and the example: damaged in any bit, cut short, a size that
/// the file cannot hold, columns that contradict each other.
class DatasetFile {
  public:
    explicit DatasetFile(const std::filesystem::path& path);
    /// The same from bytes; `name` stands for the file in messages.
    DatasetFile(std::unique_ptr<ByteSource> source, const std::string& name);
    ~DatasetFile();
    DatasetFile(const DatasetFile&) = delete;
    DatasetFile& operator=(const DatasetFile&) = delete;

    std::size_t size() const;
    const std::string& name(std::size_t index) const;
    std::uint64_t digest(std::size_t index) const;
    /// At most what StoredExample::bytes gives of an example, without reading it.
    std::size_t bytes(std::size_t index) const;
    /// A hash of the whole file's contents.
    std::uint64_t hash() const;
    const std::vector<figures::CocoCategory>& categories() const;
    StoredExample read(std::size_t index) const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace figurant::data_formats
