#include "data_formats/gdal/reader_pool.h"

#include "base/error.h"

namespace figurant::data_formats {

std::string describe(const cv::Rect& window) {
    return "window of " + std::to_string(window.width) + " x " + std::to_string(window.height) +
           " pixels at (" + std::to_string(window.x) + ", " + std::to_string(window.y) + ")";
}

void ReaderPool::use(const cv::Rect& window, const Body& body) {
    GdalScope scope;
    auto reader = take();
    try {
        body(*reader, scope);
    } catch (const Error& error) {
        if (error.cause() != Cause::input) throw;
        const std::lock_guard lock(mutex_);
        if (damage_.empty()) damage_ = path_.string() + ": " + describe(window) + ": " + error.what();
        throw Error(Cause::input, path_.string() + ": " + describe(window) + ": " + error.what(), copy_again);
    }
    note(scope.warnings());
    add(std::move(reader));
}

std::unique_ptr<RasterReader> ReaderPool::take() {
    std::unique_lock lock(mutex_);
    if (!damage_.empty()) throw Error(Cause::input, damage_, copy_again);
    if (idle_.empty()) {
        lock.unlock();
        return std::make_unique<RasterReader>(path_);
    }
    auto reader = std::move(idle_.back());
    idle_.pop_back();
    return reader;
}

void ReaderPool::add(std::unique_ptr<RasterReader> reader) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(reader));
}

void ReaderPool::close() {
    const std::lock_guard lock(mutex_);
    idle_.clear();
}

void ReaderPool::note(const std::vector<std::string>& warnings) {
    const std::lock_guard lock(mutex_);
    warnings_.insert(warnings.begin(), warnings.end());
}

std::vector<std::string> ReaderPool::warnings() const {
    const std::lock_guard lock(mutex_);
    return {warnings_.begin(), warnings_.end()};
}

}  // namespace figurant::data_formats
