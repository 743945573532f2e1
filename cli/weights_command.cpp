// figurant weights: what a file of tensors holds.

#include <cstdio>
#include <iostream>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "data_formats/tensors/element_types.h"
#include "data_formats/tensors/tensor_file.h"
#include "pipeline/json_text.h"
#include "pipeline/reference.h"

namespace figurant::cli {

namespace {

struct WeightsArguments {
    bool json = false;
    static const ParameterList<WeightsArguments>& parameters() {
        static const auto list = ParameterList<WeightsArguments>{}.add(
            "json", &WeightsArguments::json, "a list of objects: name, type, shape, min, mean, max");
        return list;
    }
};

using data_formats::TensorFile;
using data_formats::TensorSummary;

/// Nothing for tensors that are listed only, or hold nothing.
std::optional<TensorSummary> summary_of(const TensorFile& file, std::size_t place) {
    if (!file.tensors()[place].unreadable.empty()) return std::nullopt;
    return data_formats::summarize(file.read(place));
}

std::string short_number(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", number);
    return text;
}

std::string json_of(const TensorFile& file) {
    using pipeline::json_number;
    std::string text = "[";
    for (std::size_t i = 0; i < file.tensors().size(); ++i) {
        const auto& tensor = file.tensors()[i];
        text += (i ? ",\n" : "\n") + ("{\"name\": " + pipeline::json_string(tensor.name)) +
                ", \"type\": " + pipeline::json_string(tensor.type) +
                ", \"shape\": " + data_formats::shape_text(tensor.shape);
        const auto summary = summary_of(file, i);
        for (const auto& [key, value] : {std::pair("min", &TensorSummary::min),
                                         {"mean", &TensorSummary::mean},
                                         {"max", &TensorSummary::max}})
            text += ", \"" + std::string(key) + "\": " + (summary ? json_number(*summary.*value) : "null");
        text += "}";
    }
    return text + "\n]\n";
}

std::string table_of(const TensorFile& file) {
    std::vector<std::vector<std::string>> rows = {{"name", "type", "shape", "min", "mean", "max"}};
    for (std::size_t i = 0; i < file.tensors().size(); ++i) {
        const auto& tensor = file.tensors()[i];
        const auto summary = summary_of(file, i);
        const auto text = [&](double TensorSummary::*value) {
            return summary ? short_number(*summary.*value) : std::string("-");
        };
        rows.push_back({tensor.name, tensor.type, data_formats::shape_text(tensor.shape),
                        text(&TensorSummary::min), text(&TensorSummary::mean), text(&TensorSummary::max)});
    }
    return pipeline::table_text(rows, "", 4096) + file.kind() + ", " + std::to_string(file.tensors().size()) +
           " tensors\n";
}

}  // namespace

std::vector<ParameterDeclaration> weights_options() { return WeightsArguments::parameters().declarations(); }

int weights_command(Words words) {
    const auto& list = WeightsArguments::parameters();
    const auto split = split_words(words, list.declarations());
    if (split.help) {
        std::cout
            << "figurant weights FILE: the tensors of a model or checkpoint (.h5), a TensorFlow checkpoint "
               "(its prefix),\nor a frozen graph (.pb)\n\n"
            << option_table(list.declarations());
        return 0;
    }
    const auto arguments = list.bind(option_values(split, list.declarations()));
    if (split.rest.size() != 1)
        throw Error(
            Cause::configuration,
            split.rest.empty() ? "weights needs a file" : "\"" + split.rest[1] + "\": weights takes one file",
            "figurant weights FILE [--json]");
    const auto file = data_formats::open_tensors(split.rest.front());
    // Nothing is printed of a file that turns out damaged.
    std::cout << (arguments.json ? json_of(*file) : table_of(*file));
    return 0;
}

}  // namespace figurant::cli
