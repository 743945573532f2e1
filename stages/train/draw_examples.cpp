// draw_examples: examples of a data set in random order, as many as the training takes.
//
//     [stages.examples]
//     type = "draw_examples"
//     from = "dataset"
//     steps = "${eval_steps}"
//     batch_size = "${batch_size}"
//
// Decoding an image costs more than taking a window of it, so each decoded example serves several windows. A
// small pool keeps the windows of one example apart: they do not meet in one batch.

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"
#include "stages/train/dataset.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct DrawParameters {
    std::vector<std::int64_t> steps = {2000};
    std::int64_t batch_size = 8;
    std::int64_t pool = 16;
    std::int64_t windows = 4;
    std::int64_t seed = 1;
};

/// The places of a data set's examples, shuffled anew in each epoch.
class Order {
  public:
    Order(std::size_t count, std::uint64_t seed) : seed_(seed), places_(count) {}

    std::size_t next() {
        if (at_ == 0) shuffle();
        const std::size_t place = places_[at_];
        at_ = (at_ + 1) % places_.size();
        return place;
    }

  private:
    void shuffle() {
        std::iota(places_.begin(), places_.end(), std::size_t{0});
        Random random(seed_, epoch_++);
        for (std::size_t i = places_.size(); i > 1; --i)
            std::swap(places_[i - 1],
                      places_[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    }
    std::uint64_t seed_, epoch_ = 0;
    std::vector<std::size_t> places_;
    std::size_t at_ = 0;
};

class DrawExamples : public Expand {
  public:
    static constexpr std::string_view sentence =
        "Draws examples from a data set in random order, an epoch after the other, as many as the training "
        "takes.";
    static constexpr In<Dataset> dataset{"dataset", "where the examples are"};
    static constexpr Out<figures::Example> example{"example", "a picture with its true figures"};
    static auto ports() { return std::tuple(dataset, example); }

    using Parameters = DrawParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("steps", &Parameters::steps, "steps of the training; of several, the greatest counts",
                     at_least(1))
                .add("batch_size", &Parameters::batch_size, "examples of a step", range(1, 4096))
                .add("pool", &Parameters::pool, "decoded examples to draw from in turn; a batch at least",
                     range(1, 1024))
                .add("windows", &Parameters::windows,
                     "how often a decoded example is given before the next takes its place", range(1, 1024))
                .add("seed", &Parameters::seed, "seed of the order", at_least(0));
        return list;
    }
    explicit DrawExamples(Parameters parameters) : parameters_(std::move(parameters)) {
        if (parameters_.steps.empty()) throw Error(Cause::configuration, "draw_examples: \"steps\" is empty");
    }

    /// The pool: what it keeps is no payload of the run.
    Needs needs() const override {
        return {1, static_cast<std::size_t>(std::max(parameters_.pool, parameters_.batch_size)) * guess_, {}};
    }
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        return std::make_unique<Draw>(in.shared(dataset), parameters_);
    }

  private:
    static constexpr std::size_t guess_ = std::size_t{16} << 20;  // bytes of a decoded example

    class Draw : public Cursor {
      public:
        Draw(std::shared_ptr<const Dataset> drawn_from, const Parameters& parameters)
            : dataset_(std::move(drawn_from)),
              left_(static_cast<std::uint64_t>(
                  *std::max_element(parameters.steps.begin(), parameters.steps.end()) *
                  parameters.batch_size)),
              count_(left_),
              windows_(parameters.windows),
              order_(dataset_->examples->size(), static_cast<std::uint64_t>(parameters.seed)),
              // No smaller than a batch, or windows of one example would meet in it.
              pool_(static_cast<std::size_t>(std::max(parameters.pool, parameters.batch_size))) {
            // Places run out one after the other, not all at once: decoding is spread evenly.
            for (std::size_t i = 0; i < pool_.size(); ++i)
                pool_[i].uses = 1 + static_cast<std::int64_t>(i) % windows_;
        }

        std::size_t next_bytes() const override { return largest_; }
        bool next(Outputs& out, Context&) override {
            if (left_ == 0) return false;
            auto& place = pool_[(count_ - left_--) % pool_.size()];
            if (!place.example || place.uses == 0) {
                if (place.example) place.uses = windows_;
                place.example =
                    std::make_shared<const figures::Example>(dataset_->examples->example(order_.next()));
                largest_ = std::max(largest_, place.example->bytes());
            }
            --place.uses;
            out.emit(example, place.example);
            return true;
        }
        std::optional<std::uint64_t> count() const override { return count_; }

      private:
        struct Place {
            std::shared_ptr<const figures::Example> example;
            std::int64_t uses = 0;
        };
        std::shared_ptr<const Dataset> dataset_;
        std::uint64_t left_, count_;
        std::int64_t windows_;
        Order order_;
        std::vector<Place> pool_;
        std::size_t largest_ = guess_;
    };

    Parameters parameters_;
};

const Registered<DrawExamples> registered("draw_examples");

}  // namespace
}  // namespace figurant::stages
