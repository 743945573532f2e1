// write_dataset: all examples of a run as one dataset file, dataset.h5, and how many there are.
//
//     [stages.dataset]
//     type = "write_dataset"
//     from = "loaded"
//     folder = "${output}"

#include <set>

#include "data_formats/dataset/dataset_file.h"
#include "data_formats/dataset/example_message.h"
#include "figures/map.h"
#include "pipeline/registry.h"
#include "stages/load/examples.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;
/// Gives each example a name that no other has, also without its extension, which masks and crops lose.
class UniqueNames {
  public:
    std::string name(const std::string& wanted) {
        const auto dot = wanted.size() - std::filesystem::path(wanted).extension().string().size();
        std::string name = wanted;
        for (int n = 2; !taken_.insert(figures::map_stem(name)).second; ++n)
            name = wanted.substr(0, dot) + "_" + std::to_string(n) + wanted.substr(dot);
        if (name != wanted && changed_++ == 0) first_ = "\"" + wanted + "\" is called \"" + name + "\"";
        return name;
    }
    /// How many have another name than they wanted, and the first of them; empty when none has.
    std::string changed() const {
        if (changed_ == 0) return {};
        return std::to_string(changed_) +
               " examples have the name of another one, so a number is put to it: " + first_ +
               (changed_ > 1 ? ", …" : "");
    }

  private:
    std::set<std::string> taken_;
    std::size_t changed_ = 0;
    std::string first_;
};

class WriteDataset : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Writes all examples into one dataset file, dataset.h5, in source order, and prints how many there "
        "are.";
    static constexpr In<LoadedExample> loaded{"example", "an example, its picture encoded"};
    static auto ports() { return std::tuple(loaded); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for dataset.h5", required);
        return list;
    }
    explicit WriteDataset(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    std::string part(const Inputs& in, Context&) const override {
        return data_formats::example_to_bytes(in[loaded].example);
    }
    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        data_formats::DatasetWriter writer(folder_ / "dataset.h5");
        UniqueNames names;
        std::set<std::int64_t> named_twice;
        while (const auto input = next())
            for (const auto& item : input->items) {
                auto example = data_formats::example_from_bytes(item, input->input->name);
                example.name = names.name(example.name);
                for (const std::int64_t category : writer.add(example)) named_twice.insert(category);
            }
        if (const auto changed = names.changed(); !changed.empty()) context.warn(changed);
        for (const std::int64_t category : named_twice)
            context.warn("category " + std::to_string(category) + " has several names; the first is kept");
        context.print("number_of_examples: " + std::to_string(writer.examples()) +
                      "\nnumber_of_boxes: " + std::to_string(writer.figures()) + "\n");
        if (writer.examples() > 0) writer.commit();
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteDataset> registered("write_dataset");

}  // namespace
}  // namespace figurant::stages
