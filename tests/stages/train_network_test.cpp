#include "data_formats/weights/weights.h"
#include "mask_rcnn/detector.h"
#include "tests/stages/training.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Checkpoint;

namespace {

std::vector<Payload> trained(const ParameterValues& values, int batches, Parallel how = Parallel::serial,
                             int threads = 1) {
    RunSettings settings;
    settings.threads = threads;
    StageRun train("train_network", values, settings);
    train.context.how = how;
    std::vector<Payload> examples;
    for (int i = 0; i < batches; ++i) examples.push_back(batch(static_cast<std::uint64_t>(i)));
    auto checkpoints = train.regroup(examples);
    CHECK(train.context.counts["steps"] ==
          (checkpoints.empty() ? 0 : get<Checkpoint>(checkpoints.back()).step));
    return checkpoints;
}

}  // namespace

TEST_CASE("each eval step gives a checkpoint with the losses since the one before; the last ends training") {
    const ScratchFolder folder;
    const auto checkpoints = trained({{"config", one(put_config(folder))}, {"eval_steps", many(3, 1)}}, 5);
    REQUIRE(checkpoints.size() == 2);
    std::int64_t step = 0;
    for (const auto& item : checkpoints) {
        const auto& checkpoint = get<Checkpoint>(item);
        CHECK(checkpoint.checkpoint->kind == "checkpoint");
        CHECK(checkpoint.model->kind == "model");
        CHECK(checkpoint.loss_names.back() == "Loss/total");
        for (const auto& row : checkpoint.losses) {
            CHECK(row.step == ++step);
            CHECK(row.learning_rate > 0);
            REQUIRE(row.losses.size() == checkpoint.loss_names.size());
            CHECK(row.losses.back() ==
                  doctest::Approx(std::accumulate(row.losses.begin(), row.losses.end() - 1, 0.0)));
        }
        CHECK(checkpoint.step == step);
        CHECK_NOTHROW(mask_rcnn::Detector(*checkpoint.model));
        CHECK(mask_rcnn::Trainer(*checkpoint.checkpoint).steps() == step);
    }
    CHECK(step == 3);
}

TEST_CASE("the same bytes from the same seed, serially and threaded; others from another seed") {
    const ScratchFolder folder;
    ParameterValues values{{"config", one(put_config(folder))}, {"eval_steps", many(3)}, {"seed", one(4)}};
    const auto bytes = [](const std::vector<Payload>& checkpoints) {
        return data_formats::encode_weights(*get<Checkpoint>(checkpoints.at(0)).checkpoint);
    };
    const auto serial = bytes(trained(values, 3));
    CHECK((serial == bytes(trained(values, 3, Parallel::threaded, 2))));
    values["seed"] = one(5);
    CHECK((serial != bytes(trained(values, 3))));
}

TEST_CASE("what was learned is not lost when the examples end before the last eval step") {
    const ScratchFolder folder;
    const auto checkpoints = trained({{"config", one(put_config(folder))}, {"eval_steps", many(1, 10)}}, 2);
    REQUIRE(checkpoints.size() == 2);
    CHECK(get<Checkpoint>(checkpoints[1]).step == 2);
    CHECK(get<Checkpoint>(checkpoints[1]).losses.size() == 1);
    // Nothing new since the last checkpoint: no second one of the same step.
    CHECK(trained({{"config", one(put_config(folder))}, {"eval_steps", many(1, 10)}}, 1).size() == 1);
}

TEST_CASE("training that diverges says so and ends; what was learned until then is kept") {
    const ScratchFolder folder;
    auto config = tiny_config();
    config.training.learning_rate = 1e20;
    config.training.warm_up_steps = 0;
    config.training.gradient_clip = "none";
    config.training.optimizer = "momentum";
    const auto file = folder.put("wild.toml", mask_rcnn::config_text(config));
    StageRun train("train_network", {{"config", one(file)}, {"eval_steps", many(20)}});
    const auto stream = train.as<Regroup>().begin();
    const auto add = [&](std::uint64_t seed) {
        const std::vector<Payload> in{batch(seed)};
        Emitter out(train.type().outputs);
        stream->add(Inputs(train.type().inputs, in, train.context.place), out, train.context);
        CHECK(out.items().empty());
    };
    std::uint64_t seed = 0;
    const auto error = error_of(Cause::divergence, [&] {
        while (seed < 10) add(seed++);
    });
    CHECK_FALSE(error.next_step().empty());
    const auto steps = train.context.counts["steps"];
    REQUIRE(steps >= 1);
    add(seed);  // a batch that was on its way
    CHECK(train.context.counts["steps"] == steps);
    Emitter out(train.type().outputs);
    stream->end(out, train.context);
    REQUIRE(out.items().size() == 1);
    const auto kept = out.items()[0].take();
    CHECK(get<Checkpoint>(kept[0]).step == steps);
}

TEST_CASE("the state is told while it trains: step, steps to go, losses") {
    const ScratchFolder folder;
    StageRun train("train_network", {{"config", one(put_config(folder))}, {"eval_steps", many(2)}});
    train.regroup({batch(1), batch(2)});
    REQUIRE(train.context.notes.size() == 2);
    CHECK(contains(train.context.notes[0], "step 1 of 2"));
    CHECK(contains(train.context.notes[1], "step 2 of 2"));
    CHECK(contains(train.context.notes[1], "loss"));
}

TEST_CASE("the schedule ends where training ends: a longer one decays later") {
    const ScratchFolder folder;
    const auto config = put_config(folder);
    const auto rate_of_third = [&](std::int64_t last) {
        const auto checkpoints = trained({{"config", one(config)}, {"eval_steps", many(last)}}, 3);
        return get<Checkpoint>(checkpoints.at(0)).losses.at(2).learning_rate;
    };
    CHECK(rate_of_third(3) < rate_of_third(30));
}

TEST_CASE("a configuration that is not there or not right is told with its place, before training") {
    const ScratchFolder folder;
    const auto missing = error_of(Cause::configuration, [&] {
        StageRun("train_network", {{"config", one(folder / "none.toml")}});
    });
    CHECK(contains(missing.what(), "none.toml"));
    const auto file = folder.put("wrong.toml", "[network]\nclases = 2\n");
    const auto wrong = error_of(Cause::configuration, [&] {
        StageRun("train_network", {{"config", one(file)}});
    });
    CHECK(contains(wrong.what(), "wrong.toml:2:1"));
    CHECK(contains(wrong.what(), "classes"));
    error_of(Cause::configuration, [&] { StageRun("train_network", {{"eval_steps", many()}}); });
}
