#include "base/error.h"
#include "data_formats/example_set/example_set.h"
#include "data_formats/map_image/map_list.h"
#include "data_formats/tf_record/tf_example.h"
#include "data_formats/tf_record/tf_record.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

class RecordSet : public ExampleSet {
  public:
    explicit RecordSet(const fs::path& path)
        : path_(path),
          file_(open_file_source(path)),
          index_(index_records(*file_, path.string())),
          digest_(input_digest(path)) {}

    /// What cannot be followed counts as one example, which fails.
    std::size_t size() const override { return index_.records.size() + (index_.broken ? 1 : 0); }
    std::string name(std::size_t index) const override {
        std::string number = std::to_string(index);
        if (number.size() < 6) number.insert(0, 6 - number.size(), '0');
        return path_.filename().string() + "/" + number;
    }
    std::string digest(std::size_t index) const override { return digest_ + "-" + std::to_string(index); }
    /// Most of a record is its picture, which is kept as it is; packed masks grow.
    std::size_t bytes(std::size_t index) const override {
        return (std::size_t{64} << 10) +
               8 * (index < index_.records.size() ? index_.records[index].length : 0);
    }
    StoredExample read(std::size_t index) const override {
        if (index == index_.records.size() && index_.broken)
            throw Error(index_.broken->cause(),
                        std::string(index_.broken->what()) + "; this record and those behind it are lost",
                        index_.broken->next_step());
        return parse_tf_example(read_record(*file_, index_.records.at(index), path_.string()),
                                path_.string() + ", record " + std::to_string(index));
    }

  private:
    fs::path path_;
    std::unique_ptr<ByteSource> file_;
    RecordIndex index_;
    std::string digest_;
};

}  // namespace

std::shared_ptr<const ExampleSet> open_record_set(const fs::path& file) {
    return std::make_shared<RecordSet>(file);
}

}  // namespace figurant::data_formats
