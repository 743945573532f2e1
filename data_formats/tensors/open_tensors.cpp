#include <algorithm>
#include <vector>

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

[[noreturn]] void reject(const fs::path& path, const std::string& why, const std::string& next_step) {
    throw Error(Cause::model, path.string() + ": " + why, next_step);
}

constexpr const char* give_known =
    "give a model or checkpoint (.h5), a TensorFlow checkpoint's prefix, or a frozen graph (.pb)";

/// Files of a folder that can be opened: checkpoints by their prefixes.
std::string readable_in(const fs::path& folder) {
    constexpr std::size_t most_told = 8;
    std::vector<std::string> names;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const fs::path name = entry.path().filename();
        if (name.extension() == ".index") names.push_back(name.stem().string());
        if (name.extension() == ".h5" || name.extension() == ".pb") names.push_back(name.string());
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most_told; ++i)
        text += (i ? ", " : "") + (folder / names[i]).string();
    return text + (names.size() > most_told ? ", …" : "");
}

std::unique_ptr<TensorFile> open_in_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::exists(folder / "model.h5", failed)) return open_tensors(folder / "model.h5");
    const std::string found = readable_in(folder);
    reject(folder, "is a folder without model.h5",
           found.empty() ? std::string(give_known) : "give one of what is in it: " + found);
}

[[noreturn]] void reject_missing(const fs::path& path) {
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const std::string found = readable_in(folder);
    reject(path, "does not exist, nor does " + beside(path.filename(), ".index").string(),
           found.empty() ? "check the path" : "check the path; beside it are " + found);
}

/// Files that lie beside the wanted ones, and archives around them.
[[noreturn]] void reject_kind(const fs::path& path, std::string_view head) {
    if (head.empty()) reject(path, "is empty", "copy the file again");
    if (path.filename().string().find(".data-") != std::string::npos)
        reject(path, "holds the data of a TensorFlow checkpoint",
               "give the checkpoint's prefix: the part before .data-");
    if (path.filename() == "checkpoint" && head.starts_with("model_checkpoint_path"))
        reject(path, "only names TensorFlow's checkpoints",
               "give a checkpoint's prefix, like " + (path.parent_path() / "model.ckpt-2304").string());
    if (head.starts_with("\x08") && path.extension() == ".pb")
        reject(path, "is a SavedModel, which holds no weights",
               "give the checkpoint beside it: " + (path.parent_path() / "variables/variables").string());
    if (head.starts_with("\x1f\x8b"))
        reject(path, "is packed by gzip", "unpack it (tar -xf), then give the checkpoint in it");
    if (head.starts_with("PK\x03\x04")) reject(path, "is a zip archive, as PyTorch writes them", give_known);
    if (head.starts_with("\x89HDF\r\n"))
        reject(path, "is an HDF5 file that was not written as a model or checkpoint by this program",
               give_known);
    reject(path, "is no file of weights of a known kind", give_known);
}

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
    if (fs::is_directory(path, failed)) return open_in_folder(path);
    if (!fs::exists(path, failed)) {
        if (!fs::exists(beside(path, ".index"), failed)) reject_missing(path);
        return open_tensorflow_checkpoint(path);
    }
    const InputFile file(path);
    std::string head(std::min<std::uint64_t>(file.size(), envelope_size), '\0');
    file.read(0, std::as_writable_bytes(std::span(head)));
    if (is_own(head)) return std::make_unique<OwnWeights>(read_weights(path));
    std::string tail(std::min<std::uint64_t>(file.size(), 64), '\0');
    file.read(file.size() - tail.size(), std::as_writable_bytes(std::span(tail)));
    if (path.extension() == ".index" || ends_as_table(tail)) return open_tensorflow_checkpoint(path);
    if (path.extension() == ".meta")
        reject(path, "holds the graph of a TensorFlow checkpoint",
               "give the checkpoint's prefix: " + fs::path(path).replace_extension().string());
    if (may_be_graph(head) && path.filename().string().find(".data-") == std::string::npos)
        return open_frozen_graph(path);
    reject_kind(path, head);
}

}  // namespace figurant::data_formats
