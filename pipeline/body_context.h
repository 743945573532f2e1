#pragma once
// What a body sees of the run. Internal to the framework.

#include <tbb/spin_mutex.h>

#include "pipeline/scheduler.h"

namespace figurant::pipeline {

class BodyContext final : public Context {
  public:
    BodyContext(Scheduler& scheduler, const StageLayout& stage, int threads, const Lineage& lineage,
                const InputReference& input)
        : scheduler_(scheduler), stage_(stage), threads_(threads), lineage_(lineage), input_(input) {}

    const Lineage& lineage() const override { return lineage_; }
    const InputReference& input() const override { return input_; }
    const RunSettings& settings() const override { return scheduler_.settings(); }
    bool stopping() const override { return scheduler_.stopping(); }
    void count(std::string_view what, std::int64_t amount) override;
    void note(std::string text) override { scheduler_.note(std::move(text)); }
    void warn(std::string text) override;
    void print(std::string text) override;
    void parallel(std::size_t n, const std::function<void(std::size_t)>& body) override;

    /// What the body told; null when it told nothing.
    std::unique_ptr<Records> take_records() { return std::move(records_); }

  private:
    Records& records();

    Scheduler& scheduler_;
    const StageLayout& stage_;
    int threads_;
    const Lineage& lineage_;
    const InputReference& input_;
    tbb::spin_mutex mutex_;
    std::unique_ptr<Records> records_;
};

}  // namespace figurant::pipeline
