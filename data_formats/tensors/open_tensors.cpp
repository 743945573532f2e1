#include <algorithm>

#include "base/error.h"
#include "data_formats/frozen_graph/frozen_graph.h"
#include "data_formats/tensorflow_checkpoint/table.h"
#include "data_formats/tensorflow_checkpoint/tensorflow_checkpoint.h"
#include "data_formats/tensors/input_file.h"
#include "data_formats/tensors/tensor_file.h"
#include "data_formats/weights/envelope.h"
#include "data_formats/weights/weights.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

/// A model or checkpoint of this program, whole in memory: its checksum wants it read whole anyway.
class OwnWeights : public TensorFile {
  public:
    explicit OwnWeights(WeightsFile weights) : weights_(std::move(weights)) {
        auto& arrays = weights_.arrays;
        std::sort(arrays.begin(), arrays.end(),
                  [](const NamedArray& a, const NamedArray& b) { return a.name < b.name; });
        for (const NamedArray& array : arrays)
            tensors_.push_back(
                {array.name, array.type == ElementType::float32 ? "float32" : "int64", array.shape, {}});
    }
    std::string kind() const override { return weights_.kind; }
    std::string config() const override { return weights_.config; }
    std::size_t held_bytes() const override {
        std::size_t sum = 0;
        for (const auto& array : weights_.arrays) sum += array.bytes.size();
        return sum;
    }
    NamedArray read(std::size_t place) const override { return weights_.arrays.at(place); }

  private:
    WeightsFile weights_;
};

bool is_own(std::string_view head) { return head.starts_with("figurant weights"); }

/// The first field of a GraphDef: a node, its functions, or its versions.
bool may_be_graph(std::string_view head) {
    return !head.empty() && (head[0] == '\x0a' || head[0] == '\x12' || head[0] == '\x22');
}

fs::path beside(const fs::path& path, const std::string& end) { return path.string() + end; }

}  // namespace

std::optional<std::size_t> TensorFile::find(std::string_view name) const {
    const auto at =
        std::lower_bound(tensors_.begin(), tensors_.end(), name,
                         [](const TensorInfo& info, std::string_view wanted) { return info.name < wanted; });
    if (at == tensors_.end() || at->name != name) return std::nullopt;
    return static_cast<std::size_t>(at - tensors_.begin());
}

std::unique_ptr<TensorFile> open_tensors(const fs::path& path) {
    std::error_code failed;
    if (fs::is_directory(path, failed)) return open_tensors(path / "model.h5");
    if (!fs::exists(path, failed) && fs::exists(beside(path, ".index"), failed))
        return open_tensorflow_checkpoint(path);
    const InputFile file(path);
    std::string head(std::min<std::uint64_t>(file.size(), envelope_size), '\0');
    file.read(0, std::as_writable_bytes(std::span(head)));
    if (is_own(head)) return std::make_unique<OwnWeights>(read_weights(path));
    std::string tail(std::min<std::uint64_t>(file.size(), 64), '\0');
    file.read(file.size() - tail.size(), std::as_writable_bytes(std::span(tail)));
    if (path.extension() == ".index" || ends_as_table(tail)) return open_tensorflow_checkpoint(path);
    if (path.filename().string().find(".data-") != std::string::npos)
        throw Error(Cause::model, path.string() + ": holds the data of a TensorFlow checkpoint",
                    "give the checkpoint's prefix: the part before .data-");
    if (may_be_graph(head)) return open_frozen_graph(path);
    check_kind_of_file(head, path.string());
    throw Error(
        Cause::model, path.string() + ": is no file of weights of a known kind",
        "give a model or checkpoint (.h5), a TensorFlow checkpoint's prefix, or a frozen graph (.pb)");
}

}  // namespace figurant::data_formats
