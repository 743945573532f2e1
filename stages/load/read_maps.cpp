// read_maps: the map images under files and folders, one input each, as handles to windows of pixels.
//
//     [stages.maps]
//     type = "read_maps"
//     paths = "${maps}"

#include <atomic>
#include <filesystem>
#include <vector>

#include "data_formats/map_image/map_image.h"
#include "data_formats/map_image/map_list.h"
#include "pipeline/registry.h"
#include "stages/load/unique_stems.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// A map with the stem that its results are named by, and its file; all else is the map's.
class NamedMap : public figures::Map {
  public:
    NamedMap(figures::MapHandle map, std::string stem, std::string file)
        : map_(std::move(map)), info_(map_->info()) {
        info_.stem = std::move(stem);
        info_.file = std::move(file);
    }
    const figures::MapInfo& info() const override { return info_; }
    cv::Mat read(const cv::Rect& window, cv::Size size) const override { return map_->read(window, size); }
    std::vector<std::string> warnings() const override { return map_->warnings(); }
    std::size_t workspace(const cv::Rect& window, cv::Size size) const override {
        return map_->workspace(window, size);
    }
    std::size_t bytes() const override { return map_->bytes(); }

  private:
    figures::MapHandle map_;
    figures::MapInfo info_;
};

class ReadMaps : public Source {
  public:
    static constexpr std::string_view sentence =
        "Opens the map images under files and folders, each an input of the run.";
    static constexpr Out<figures::MapHandle> map{"map", "a handle to windows of the map's pixels"};
    static auto ports() { return std::tuple(map); }

    struct Parameters {
        std::vector<std::filesystem::path> paths;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add(
            "paths", &Parameters::paths, "map images, or folders that are searched for them to any depth",
            required, neutral);
        return list;
    }
    explicit ReadMaps(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings& settings) override {
        // GDAL's blocks are a cache: a sixteenth of the budget keeps rows of tiles without crowding out the
        // payloads.
        cache_ = settings.memory ? std::min<std::size_t>(settings.memory / 16, std::size_t{256} << 20)
                                 : std::size_t{128} << 20;
        data_formats::set_map_cache(cache_);
        auto found = data_formats::find_maps(parameters_.paths, settings.output);
        files_ = std::move(found.maps);
        others_ = std::move(found.others);
        std::vector<std::string> names;
        for (const auto& file : files_) names.push_back(file.name);
        stems_ = unique_stems(names);
    }
    std::size_t resident_bytes() const override { return cache_; }

    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> references;
        for (const auto& file : files_)
            references.push_back({file.name, digest_of(file), bound_, references.size()});
        return references;
    }

    void open(const InputReference& input, Outputs& out, Context& context) const override {
        const auto& file = files_.at(input.index);
        if (!file.trouble.empty())
            throw Error(Cause::input, file.path.string() + ": " + file.trouble,
                        "check the path and its permissions");
        auto opened = data_formats::open_map(file.path, file.name);
        for (const auto& warning : opened->warnings()) context.warn(file.name + ": " + warning);
        tell_others(context);  // what an input that fails had to say is not told
        out.emit(map, figures::MapHandle(std::make_shared<NamedMap>(std::move(opened), stems_.at(input.index),
                                                                    file.path.string())));
        context.count("maps", 1);
    }

  private:
    /// A file that cannot be read fails when it is opened, alone.
    static std::string digest_of(const data_formats::MapFile& file) {
        try {
            if (file.trouble.empty()) return data_formats::input_digest(file.path);
        } catch (const Error&) {  // told when it is opened
        }
        return "unreadable";
    }
    void tell_others(Context& context) const {
        if (others_.empty() || told_.exchange(true)) return;
        constexpr std::size_t most = 5;
        std::string text = std::to_string(others_.size()) +
                           (others_.size() == 1 ? " other file was" : " other files were") + " passed over: ";
        for (std::size_t i = 0; i < std::min(most, others_.size()); ++i) text += (i ? ", " : "") + others_[i];
        context.print(text + (others_.size() > most ? ", …\n" : "\n"));
    }

    Parameters parameters_;
    std::vector<data_formats::MapFile> files_;
    std::vector<std::string> others_;
    mutable std::atomic<bool> told_ = false;
    std::vector<std::string> stems_;
    std::size_t cache_ = 0;
    /// A map up to this size is kept decoded by its handle; larger ones are read by windows.
    std::size_t bound_ = data_formats::MapOptions{}.decode_whole_up_to;
};

const Registered<ReadMaps> registered("read_maps");

}  // namespace
}  // namespace figurant::stages
