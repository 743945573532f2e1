#include "stages/convert/tensors.h"

#include "stages/detect/network.h"

namespace figurant::stages {

std::vector<NamedArray> read_mapped(const data_formats::TensorFile& file,
                                    const mask_rcnn::WeightMapping& mapping) {
    std::vector<NamedArray> arrays;
    for (const auto& row : mapping.rows) {
        if (row.use != mask_rcnn::TensorUse::taken) continue;
        arrays.push_back(file.read(*row.tensor));
        arrays.back().name = row.name;
    }
    return arrays;
}

mask_rcnn::TensorList tensor_list(const data_formats::TensorFile& file) {
    mask_rcnn::TensorList list;
    list.ours = file.kind() == "checkpoint";
    for (const auto& tensor : file.tensors())
        list.tensors.push_back({tensor.name, tensor.type, tensor.shape,
                                tensor.unreadable.empty() && !tensor.type.starts_with("int")});
    list.find = [&file](std::string_view name) { return file.find(name); };
    return list;
}

InitialWeights read_initial_weights(const data_formats::TensorFile& file, const std::string& name,
                                    const mask_rcnn::NetworkConfig& network) {
    using mask_rcnn::MappingExtent;
    const auto mapping = mask_rcnn::map_weights(network, stages::network().file_variables(network),
                                                tensor_list(file), MappingExtent::feature_extractors);
    mask_rcnn::check_mapping(mapping, MappingExtent::feature_extractors, name);
    return {{"model", file.config(), read_mapped(file, mapping)}, mapping.summary()};
}

}  // namespace figurant::stages
