#pragma once
// The program as its user meets it, in the test's own process: words in; exit code, standard output and error
// out. The stages are those of tests/pipeline/graph_test_stages.h.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_writer.h"
#include "cli/commands.h"
#include "tests/pipeline/graph_test_stages.h"

namespace figurant::test {

inline void link_stages() { pipeline::test::link_graph_test_stages(); }

struct Outcome {
    int code;
    std::string out, err;
};

inline Outcome call(const std::vector<std::string>& words) {
    std::ostringstream out, err;
    auto* const old_out = std::cout.rdbuf(out.rdbuf());
    auto* const old_err = std::cerr.rdbuf(err.rdbuf());
    const int code = cli::program(words);
    std::cout.rdbuf(old_out);
    std::cerr.rdbuf(old_err);
    return {code, out.str(), err.str()};
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A folder whose graphs/ are the shipped graphs, `sums` among them; gone afterwards.
struct Home {
    std::filesystem::path path;
    Home() : path(std::filesystem::temp_directory_path() / ("figurant_cli_" + std::to_string(getpid()))) {
        link_stages();
        std::filesystem::remove_all(path);
        add_graph("sums", read_file("tests/error_gallery/parts/sums.toml"));
        setenv("FIGURANT_GRAPHS", (path / "graphs").c_str(), 1);
    }
    ~Home() {
        unsetenv("FIGURANT_GRAPHS");
        std::filesystem::remove_all(path);
    }
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;
    void add_graph(const std::string& name, const std::string& text) const {
        write_file(path / "graphs" / (name + ".toml"), text);
    }
};

}  // namespace figurant::test
