#pragma once
// The part of a sink whose work on an input is some files: written aside, and all renamed when the input is
// done.

#include <deque>
#include <filesystem>

#include "base/file_writer.h"
#include "pipeline/stage.h"

namespace figurant::stages {

class FilesOfInput : public pipeline::Part {
  public:
    void flush() override {
        for (auto& writer : writers_) writer.flush();
    }
    void commit() override {
        for (auto& writer : writers_) writer.commit();
    }

  protected:
    /// A new file of this input, to be written to now.
    FileWriter& file(const std::filesystem::path& path) { return writers_.emplace_back(path); }

  private:
    std::deque<FileWriter> writers_;
};

}  // namespace figurant::stages
