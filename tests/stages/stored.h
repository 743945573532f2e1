#pragma once
// Data sets as files, and the stages that carry them from one kind to another.

#include "base/file_writer.h"
#include "data_formats/dataset/dataset_file.h"
#include "figures/map.h"
#include "stages/load/examples.h"
#include "tests/data_formats/stored_examples.h"
#include "tests/stages/stage_harness.h"

namespace figurant::stages::test {

using data_formats::StoredExample;
using data_formats::test::Content;

inline std::vector<StoredExample> stored_examples(Content content, int count = 5) {
    std::vector<StoredExample> all;
    for (int i = 0; i < count; ++i)
        all.push_back(data_formats::test::stored_example(static_cast<std::uint64_t>(i), content, i % 4));
    return all;
}

inline std::filesystem::path write_dataset(const std::filesystem::path& path,
                                           const std::vector<StoredExample>& all) {
    data_formats::DatasetWriter writer(path);
    for (const auto& example : all) writer.add(example);
    writer.commit();
    return path;
}

inline Payload loaded(const StoredExample& example) {
    return payload(LoadedExample{example, figures::map_stem(example.name)});
}

/// All examples of a data set of any kind, by way of list_examples and load_example.
inline std::vector<StoredExample> load(const ParameterValues& values) {
    StageRun list("list_examples", values), load_one("load_example");
    std::vector<StoredExample> all;
    for (const auto& input : list.inputs())
        all.push_back(get<LoadedExample>(load_one.process({list.open(input)})).example);
    return all;
}

/// What a sink and finish stages of `names` make of these examples, in `folder`.
inline void write(const std::filesystem::path& folder, const std::vector<StoredExample>& all,
                  std::initializer_list<const char*> names) {
    for (const char* name : names) {
        StageRun stage(name, {{"folder", one(folder)}});
        std::vector<std::pair<std::string, std::vector<Payload>>> inputs;
        for (const auto& example : all) inputs.push_back({example.name, {loaded(example)}});
        if (stage.type().kind == Kind::finish)
            stage.finish(inputs);
        else
            for (const auto& input : inputs) stage.sink(input.second);
    }
}

}  // namespace figurant::stages::test
