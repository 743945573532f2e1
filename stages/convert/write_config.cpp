// write_config: a configuration as a TOML file.
//
//     [stages.write]
//     type = "write_config"
//     from = "config"
//     folder = "${output}"

#include "base/file_writer.h"
#include "pipeline/registry.h"
#include "stages/convert/config_file.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteConfig : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes a configuration of network and training as NAME.toml, which --config takes everywhere.";
    static constexpr In<ConfigFile> config{"config", "the configuration"};
    static auto ports() { return std::tuple(config); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for NAME.toml", required);
        return list;
    }
    explicit WriteConfig(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        files.file(folder_ / (safe_file_name(in[config].name) + ".toml")).write(in[config].toml);
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteConfig> registered("write_config");

}  // namespace
}  // namespace figurant::stages
