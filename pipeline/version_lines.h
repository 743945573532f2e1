#pragma once
// What `figurant --version` says of the libraries in the program: each part that brings one adds its line.

#include <functional>
#include <string>
#include <vector>

namespace figurant::pipeline {

/// The lines, in alphabetical order; each is made when asked for, so that a device is looked for only then.
class VersionLines {
  public:
    static VersionLines& global();
    void add(std::function<std::string()> line, bool decides);
    std::vector<std::string> all() const;
    /// Those of the libraries whose version may decide the results.
    std::vector<std::string> deciding() const;

  private:
    struct Line {
        std::function<std::string()> make;
        bool decides;
    };
    std::vector<Line> lines_;
};

/// As a constant at namespace scope:
///     const VersionLine libtorch([] { return "LibTorch " TORCH_VERSION; });
struct VersionLine {
    explicit VersionLine(std::function<std::string()> line, bool decides = true) {
        VersionLines::global().add(std::move(line), decides);
    }
};

}  // namespace figurant::pipeline
