// make_batches: examples, in lineage order, to batches of a training step.
//
//     [stages.batches]
//     type = "make_batches"
//     from = "augmented"
//     size = 6

#include "pipeline/registry.h"
#include "stages/payloads.h"
#include "stages/train/batch.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class MakeBatches : public Regroup {
  public:
    static constexpr std::string_view sentence =
        "Puts examples together to the batches of training steps; a last one that is too small is left out.";
    static constexpr In<figures::Example> example{"example", "one example of a batch"};
    static constexpr Out<Batch> batch{"batch", "as many examples as a step takes"};
    static auto ports() { return std::tuple(example, batch); }

    struct Parameters {
        std::int64_t size = 6;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}.add("size", &Parameters::size, "examples of a batch", range(1, 4096));
        return list;
    }
    explicit MakeBatches(Parameters parameters) : size_(static_cast<std::size_t>(parameters.size)) {}

    std::unique_ptr<Stream> begin() const override { return std::make_unique<Open>(size_); }

  private:
    class Open : public Stream {
      public:
        explicit Open(std::size_t size) : size_(size) {}
        void add(const Inputs& in, Emitter& out, Context&) override {
            const Lineage& drawn = in.lineage();
            open_.examples.push_back(in.shared(example));
            if (drawn.depth() > 0) open_.next_example = std::int64_t{1} + drawn.ordinal(drawn.depth() - 1);
            if (open_.examples.size() < size_) return;
            out.item().emit(batch, std::move(open_));
            open_ = {};
        }
        void end(Emitter&, Context&) override {}

      private:
        std::size_t size_;
        Batch open_;
    };

    std::size_t size_;
};

const Registered<MakeBatches> registered("make_batches");

}  // namespace
}  // namespace figurant::stages
