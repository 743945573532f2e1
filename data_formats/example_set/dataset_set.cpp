#include "base/digest.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/example_set/example_set.h"

namespace figurant::data_formats {

namespace {

class DatasetSet : public ExampleSet {
  public:
    explicit DatasetSet(const std::filesystem::path& path) : path_(path), file_(path) {}
    std::size_t size() const override { return file_.size(); }
    std::string name(std::size_t index) const override { return file_.name(index); }
    std::string digest(std::size_t index) const override {
        return hex_digest(std::to_string(file_.digest(index)));
    }
    std::size_t bytes(std::size_t index) const override { return file_.bytes(index); }
    StoredExample read(std::size_t index) const override { return file_.read(index); }
    figures::Example example(std::size_t index) const override {
        return decode_example(file_.read(index), path_.string() + ", " + file_.name(index));
    }

  private:
    std::filesystem::path path_;
    DatasetFile file_;
};

}  // namespace

std::shared_ptr<const ExampleSet> open_dataset_set(const std::filesystem::path& file) {
    return std::make_shared<DatasetSet>(file);
}

}  // namespace figurant::data_formats
