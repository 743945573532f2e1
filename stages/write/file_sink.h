#pragma once
// The sink whose work on an item is to write files of it: aside, and all renamed when the input is done.

#include <deque>
#include <filesystem>
#include <memory>

#include "base/file_writer.h"
#include "pipeline/stage.h"

namespace figurant::stages {

class FileSink : public pipeline::Sink {
  public:
    std::unique_ptr<pipeline::Part> begin(const pipeline::InputReference&) const final {
        return std::make_unique<FilesOfInput>(*this);
    }

  protected:
    /// The files of one input.
    class FilesOfInput : public pipeline::Part {
      public:
        explicit FilesOfInput(const FileSink& sink) : sink_(sink) {}
        /// A new file, to be written to now.
        FileWriter& file(const std::filesystem::path& path) { return writers_.emplace_back(path); }

        void add(const pipeline::Inputs& in, pipeline::Context& context) final {
            sink_.write(in, *this, context);
        }
        void flush() final {
            for (auto& writer : writers_) writer.flush();
        }
        void commit() final {
            for (auto& writer : writers_) writer.commit();
        }

      private:
        const FileSink& sink_;
        std::deque<FileWriter> writers_;
    };

    /// Makes the files of one item.
    virtual void write(const pipeline::Inputs& in, FilesOfInput& files, pipeline::Context& context) const = 0;
};

}  // namespace figurant::stages
