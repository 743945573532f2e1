#include "data_formats/example_set/example_set.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

class JoinedSet : public ExampleSet {
  public:
    using NamedSets = std::vector<std::pair<std::string, std::shared_ptr<const ExampleSet>>>;

    explicit JoinedSet(NamedSets sets) : sets_(std::move(sets)) {
        std::map<std::string, int> uses;
        for (std::size_t k = 0; k < sets_.size(); ++k)
            for (std::size_t i = 0; i < sets_[k].second->size(); ++i) {
                places_.push_back({k, i});
                ++uses[sets_[k].second->name(i)];
            }
        std::set<std::string> taken;
        for (const auto& [k, i] : places_) {
            std::string name = sets_[k].second->name(i);
            if (uses[name] > 1) name = sets_[k].first + "/" + name;
            while (!taken.insert(name).second) name += "_";
            names_.push_back(std::move(name));
        }
    }
    std::size_t size() const override { return places_.size(); }
    std::string name(std::size_t index) const override { return names_.at(index); }
    void check(std::size_t index) const override { set(index).check(places_[index].second); }
    std::string digest(std::size_t index) const override { return set(index).digest(places_[index].second); }
    std::size_t bytes(std::size_t index) const override { return set(index).bytes(places_[index].second); }
    StoredExample read(std::size_t index) const override { return set(index).read(places_[index].second); }
    figures::Example example(std::size_t index) const override {
        return set(index).example(places_[index].second);
    }

  private:
    const ExampleSet& set(std::size_t index) const { return *sets_[places_.at(index).first].second; }
    NamedSets sets_;
    std::vector<std::pair<std::size_t, std::size_t>> places_;  ///< which set, and which of it
    std::vector<std::string> names_;
};

bool is_record(const fs::path& path) {
    const std::string name = path.filename().string();
    for (const char* ending : {".record", ".tfrecord", ".tfrecords"})
        if (const auto at = name.find(ending); at != std::string::npos)
            if (const std::string rest = name.substr(at + std::string(ending).size());
                rest.empty() || rest.starts_with("-"))
                return true;
    return false;
}

std::vector<fs::path> records_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& each : fs::directory_iterator(folder, failed))
        if (each.is_regular_file(failed) && is_record(each.path())) files.push_back(each.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::shared_ptr<const ExampleSet> open_folder(const fs::path& folder, const ExampleSetOptions& options) {
    std::error_code failed;
    if (fs::is_directory(folder / "masks", failed)) return open_folder_set(folder, options.first_figure);
    JoinedSet::NamedSets sets;
    for (const auto& file : records_in(folder))
        sets.emplace_back(file.filename().string(), open_record_set(file));
    if (!sets.empty()) return joined_sets(std::move(sets));
    // What import_dataset and export_dataset write.
    if (fs::exists(folder / "dataset.h5", failed)) return open_dataset_set(folder / "dataset.h5");
    if (const auto truth = folder / "coco_ground_truth.json"; fs::exists(truth, failed))
        return open_coco_set(truth, options.images);
    throw Error(Cause::input,
                folder.string() +
                    ": has neither images/ and masks/, nor a *.record file, dataset.h5 or "
                    "coco_ground_truth.json in it",
                "give a data folder, COCO JSON, *.record files or a dataset file (*.h5)");
}

}  // namespace

figures::Example ExampleSet::example(std::size_t index) const {
    return decode_example(read(index), name(index));
}

FirstFigure first_figure_of(std::string_view text) {
    return text == "0" ? FirstFigure::zero : text == "1" ? FirstFigure::one : FirstFigure::detect;
}

std::shared_ptr<const ExampleSet> joined_sets(JoinedSet::NamedSets named_sets) {
    if (named_sets.size() == 1) return named_sets.front().second;
    return std::make_shared<JoinedSet>(std::move(named_sets));
}

std::shared_ptr<const ExampleSet> open_example_set(const fs::path& path, const ExampleSetOptions& options) {
    std::error_code failed;
    if (!fs::exists(path, failed))
        throw Error(Cause::input, path.string() + ": does not exist", "check the path");
    if (fs::is_directory(path, failed)) return open_folder(path, options);
    const auto extension = path.extension();
    if (extension == ".json") return open_coco_set(path, options.images);
    if (extension == ".h5" || extension == ".hdf5") return open_dataset_set(path);
    if (is_record(path)) return open_record_set(path);
    throw Error(Cause::input, path.string() + ": is none of a kind that is known here",
                "give a data folder, COCO JSON (*.json), *.record files or a dataset file (*.h5)");
}

}  // namespace figurant::data_formats
