// read_tensors: a file of tensors of any readable kind, opened.
//
//     [stages.checkpoint]
//     type = "read_tensors"
//     path = "${checkpoint}"

#include "base/digest.h"
#include "data_formats/map_image/map_list.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;
namespace fs = std::filesystem;

/// Of a prefix: that of all its files.
std::string digest_of(const fs::path& path) {
    std::error_code failed;
    if (fs::is_regular_file(path, failed)) return data_formats::input_digest(path);
    std::vector<fs::path> files;
    const std::string begin = path.filename().string() + ".";
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.is_regular_file() && entry.path().filename().string().starts_with(begin))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::string digest;
    for (const auto& file : files) digest += data_formats::input_digest(file);
    return digest;
}

class ReadTensors : public Source {
  public:
    static constexpr std::string_view sentence =
        "Opens a file of tensors: a model or checkpoint (.h5), a TensorFlow checkpoint (its prefix), or a "
        "frozen graph (.pb).";
    static constexpr Out<OpenTensors> tensors{"tensors", "the open file"};
    static auto ports() { return std::tuple(tensors); }

    struct Parameters {
        fs::path path;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add(
            "path", &Parameters::path, "the file, or a TensorFlow checkpoint's prefix", required);
        return list;
    }
    explicit ReadTensors(Parameters parameters) : path_(std::move(parameters.path)) {}

    /// Before the run begins: without the file there is nothing to run.
    void prepare(const RunSettings&) override {
        open_ = std::make_shared<const OpenTensors>(
            OpenTensors{path_.string(), data_formats::open_tensors(path_)});
    }
    std::vector<InputReference> inputs() const override {
        return {{path_.filename().string(), digest_of(path_), PayloadTraits<OpenTensors>::bytes(*open_), 0}};
    }
    void open(const InputReference&, Outputs& out, Context& context) const override {
        context.count("tensors", static_cast<std::int64_t>(open_->file->tensors().size()));
        out.emit(tensors, open_);
    }

  private:
    fs::path path_;
    std::shared_ptr<const OpenTensors> open_;
};

const Registered<ReadTensors> registered("read_tensors");

}  // namespace
}  // namespace figurant::stages
