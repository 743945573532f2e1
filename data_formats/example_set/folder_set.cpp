#include "base/digest.h"
#include "base/error.h"
#include "data_formats/example_set/example_set.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

/// Size and time of a file, without reading it: data sets have many.
std::string state_of(const fs::path& file) {
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    if (failed) return " -";
    const auto changed = fs::last_write_time(file, failed).time_since_epoch();
    return " " + std::to_string(size) + " " + std::to_string(changed.count());
}

class FolderSet : public ExampleSet {
  public:
    FolderSet(const fs::path& folder, FirstFigure first) : entries_(list_entries(folder)), first_(first) {}
    std::size_t size() const override { return entries_.size(); }
    std::string name(std::size_t index) const override { return entries_.at(index).name; }
    void check(std::size_t index) const override { check_mask(entries_.at(index)); }
    std::string digest(std::size_t index) const override {
        const auto& entry = entries_.at(index);
        return hex_digest(entry.name + state_of(entry.image) + state_of(entry.mask) +
                          state_of(entry.keypoints));
    }
    /// A byte of a packed mask makes at most some ten runs of four bytes; figures and joints take less than
    /// their text and four times that.
    std::size_t bytes(std::size_t index) const override {
        const auto& entry = entries_.at(index);
        return (std::size_t{64} << 10) + size_of(entry.image) + 40 * size_of(entry.mask) +
               4 * size_of(entry.keypoints);
    }
    StoredExample read(std::size_t index) const override {
        return read_stored_example(entries_.at(index), first_);
    }
    figures::Example example(std::size_t index) const override {
        return read_example(entries_.at(index), first_);
    }

  private:
    static std::size_t size_of(const fs::path& file) {
        std::error_code failed;
        const auto size = fs::file_size(file, failed);
        return failed ? 0 : static_cast<std::size_t>(size);
    }
    std::vector<DataFolderEntry> entries_;
    FirstFigure first_;
};

}  // namespace

std::shared_ptr<const ExampleSet> open_folder_set(const fs::path& folder, FirstFigure first) {
    return std::make_shared<FolderSet>(folder, first);
}

}  // namespace figurant::data_formats
