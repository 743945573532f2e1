#include "pipeline/body_context.h"

#include <tbb/task_group.h>

#include <algorithm>
#include <exception>

#include "pipeline/handover.h"

namespace figurant::pipeline {

Records& BodyContext::records() {
    if (!records_) records_ = std::make_unique<Records>();
    return *records_;
}

void BodyContext::count(std::string_view what, std::int64_t amount) {
    const tbb::spin_mutex::scoped_lock lock(mutex_);
    auto& counts = records().counts;
    const auto found = counts.find(what);
    if (found == counts.end())
        counts.emplace(what, amount);
    else
        found->second += amount;
}

void BodyContext::warn(std::string text) {
    const tbb::spin_mutex::scoped_lock lock(mutex_);
    records().warnings.insert(std::move(text));
}

void BodyContext::print(std::string text) {
    const tbb::spin_mutex::scoped_lock lock(mutex_);
    records().prints.push_back({stage_.index, lineage_, std::move(text)});
}

namespace {

/// What threads do together until there is nothing left to do.
struct Team {
    std::function<void()> work;
    Handover begun, ended;
};

class Helper {
  public:
    explicit Helper(Team& team) : team_(&team) {}
    void operator()() const {
        Team& team = *received();
        team.begun.take();
        team.work();
        team.ended.give();
    }

  private:
    FIGURANT_RECEIVES Team* received() const { return team_; }
    Team* team_;
};

}  // namespace

void BodyContext::parallel(std::size_t n, const std::function<void(std::size_t)>& body) {
    const std::size_t threads = std::min(n, static_cast<std::size_t>(std::max(threads_, 1)));
    if (threads <= 1) {
        for (std::size_t i = 0; i < n; ++i) body(i);
        return;
    }
    // Indices are handed out in order, so the first one that throws is the same on any number of threads.
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    tbb::spin_mutex mutex;
    std::size_t failed = n;
    std::exception_ptr error;
    Team team;
    team.work = [&] {
        for (std::size_t i; !stop && (i = next++) < n;) {
            try {
                body(i);
            } catch (...) {
                stop = true;
                const tbb::spin_mutex::scoped_lock lock(mutex);
                if (i < failed) error = std::current_exception();
                failed = std::min(failed, i);
            }
        }
    };
    tbb::task_group helpers;
    team.begun.give();
    for (std::size_t i = 1; i < threads; ++i) helpers.run(Helper(team));
    team.work();
    helpers.wait();
    team.ended.take();
    if (error) std::rethrow_exception(error);
}

}  // namespace figurant::pipeline
