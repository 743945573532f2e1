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
//
// A training that goes on (resumed, or from an `initial` checkpoint) takes the examples that come next, with
// the ordinals that they would have had.

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/random.h"
#include "data_formats/tensors/tensor_file.h"
#include "data_formats/weights/weights.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"
#include "stages/train/dataset.h"
#include "stages/train/training_state.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct DrawParameters {
    std::vector<std::int64_t> steps = {2000};
    std::int64_t batch_size = 8;
    std::int64_t pool = 16;
    std::int64_t windows = 4;
    std::int64_t seed = 1;
    std::filesystem::path initial;
};

/// Which of all the examples that a seed draws are given.
struct Stretch {
    std::uint64_t first = 0, count = 0;
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
                .add("seed", &Parameters::seed, "seed of the order", at_least(0))
                .add("initial", &Parameters::initial,
                     "the checkpoint that the training goes on from, if it does; empty: none");
        return list;
    }
    explicit DrawExamples(Parameters parameters) : parameters_(std::move(parameters)) {
        if (parameters_.steps.empty()) throw Error(Cause::configuration, "draw_examples: \"steps\" is empty");
    }

    /// The pool: what it keeps is no payload of the run.
    Needs needs() const override {
        return {1, static_cast<std::size_t>(std::max(parameters_.pool, parameters_.batch_size)) * guess_, {}};
    }
    std::unique_ptr<Cursor> open(const Inputs& in, Context& context) const override {
        return std::make_unique<Draw>(in.shared(dataset), parameters_, stretch(context));
    }

  private:
    static constexpr std::size_t guess_ = std::size_t{16} << 20;  // bytes of a decoded example

    Stretch stretch(Context& context) const {
        const auto& digest = context.input().digest;
        const auto batch = parameters_.batch_size;
        const auto steps = *std::max_element(parameters_.steps.begin(), parameters_.steps.end());
        const auto made = [](std::int64_t first, std::int64_t count) {
            return Stretch{static_cast<std::uint64_t>(first),
                           static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0))};
        };
        if (const auto state = latest_state(context.settings(), digest)) {
            // One batch at least: behind it comes what the training has saved.
            const auto end = state->place.next_example + (steps - state->place.step) * batch;
            const auto first = std::max<std::int64_t>(std::min(state->place.next_example, end - batch), 0);
            return made(first, end - first);
        }
        if (parameters_.initial.empty()) return made(0, steps * batch);
        if (data_formats::open_tensors(parameters_.initial)->kind() != "checkpoint")
            return made(0, steps * batch);
        const auto weights = data_formats::read_weights(parameters_.initial);
        const auto place = place_of(weights, digest);
        if (!place.next_example)
            context.warn(parameters_.initial.string() +
                         " was not trained on this data folder as it is now: its examples are drawn from the "
                         "first on");
        return made(place.next_example.value_or(0), (steps - place.step) * batch);
    }

    class Draw : public Cursor {
      public:
        Draw(std::shared_ptr<const Dataset> drawn_from, const Parameters& parameters, Stretch stretch)
            : dataset_(std::move(drawn_from)),
              first_(stretch.first),
              left_(stretch.count),
              count_(left_),
              windows_(parameters.windows),
              order_(dataset_->examples->size(), static_cast<std::uint64_t>(parameters.seed)),
              // No smaller than a batch, or windows of one example would meet in it.
              pool_(static_cast<std::size_t>(std::max(parameters.pool, parameters.batch_size))) {
            // Places run out one after the other, not all at once: decoding is spread evenly.
            for (std::size_t i = 0; i < pool_.size(); ++i)
                pool_[i].uses = 1 + static_cast<std::int64_t>(i) % windows_;
            for (std::uint64_t i = 0; i < first_; ++i) use();
        }

        std::uint32_t first() const override { return static_cast<std::uint32_t>(first_); }

        std::size_t next_bytes() const override { return largest_; }
        bool next(Outputs& out, Context&) override {
            if (left_ == 0) return false;
            --left_;
            Place& place = use();
            if (!place.example) {
                place.example =
                    std::make_shared<const figures::Example>(dataset_->examples->example(*place.entry));
                largest_ = std::max(largest_, place.example->bytes());
            }
            out.emit(example, place.example);
            return true;
        }
        std::optional<std::uint64_t> count() const override { return count_; }

      private:
        struct Place {
            std::optional<std::size_t> entry;                 ///< of the data set
            std::shared_ptr<const figures::Example> example;  ///< null: not decoded yet
            std::int64_t uses = 0;
        };

        /// The place that is next, given once more; nothing is decoded.
        Place& use() {
            Place& place = pool_[used_++ % pool_.size()];
            if (!place.entry || place.uses == 0) {
                if (place.entry) place.uses = windows_;
                place.entry = order_.next();
                place.example.reset();
            }
            --place.uses;
            return place;
        }

        std::shared_ptr<const Dataset> dataset_;
        std::uint64_t first_, left_, count_, used_ = 0;
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
