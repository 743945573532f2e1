#include "stages/train/training_state.h"

#include <limits>

#include "data_formats/weights/weights.h"
#include "stages/payloads.h"
#include "stages/train/dataset.h"
#include "tests/stages/training.h"

using namespace figurant;
using namespace figurant::stages;
using namespace figurant::stages::test;

namespace {

RunSettings settings_in(const ScratchFolder& folder) {
    RunSettings settings;
    settings.output = folder / "log";
    settings.state = folder / "log/.figurant/state";
    return settings;
}

WeightsFile checkpoint_of(std::int64_t step) {
    NamedArray steps{"global_step", ElementType::int64, {}, ArrayBytes(8)};
    std::memcpy(steps.bytes.data(), &step, 8);
    return {"checkpoint", "[network]\n", {steps}};
}

void check_same_rows(const std::vector<LossRow>& a, const std::vector<LossRow>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].step == b[i].step);
        CHECK(a[i].learning_rate == b[i].learning_rate);
        CHECK(a[i].losses == b[i].losses);
    }
}

const std::vector<LossRow> odd_rows{{7, 0.1, {1.0 / 3, -0.0, 1e-310}},
                                    {8, std::numeric_limits<double>::max(), {2, 3e300, 0.1 + 0.2}}};

}  // namespace

TEST_CASE("a kept state is read back to the last bit, unless it counts in other data") {
    const ScratchFolder folder;
    const auto settings = settings_in(folder);
    CHECK_FALSE(latest_state(settings, "data"));
    CHECK_FALSE(latest_state({}, "data"));
    WeightsFile file = checkpoint_of(8);
    add_place(file, {8, 1234}, "data");
    keep_state(settings, {{8, 1234}, file, odd_rows});
    const auto state = latest_state(settings, "data");
    REQUIRE(state);
    CHECK(state->place.step == 8);
    CHECK(state->place.next_example == 1234);
    check_same_rows(state->losses, odd_rows);
    CHECK_FALSE(latest_state(settings, "other data"));
}

TEST_CASE("saved eval steps are listed in order with their losses; the later of state and eval step counts") {
    const ScratchFolder folder;
    const auto settings = settings_in(folder);
    const auto save = [&](std::int64_t step) {
        const auto file = settings.output / ("checkpoint-" + std::to_string(step) + ".h5");
        WeightsFile weights = checkpoint_of(step);
        add_place(weights, {step, 10 * step}, "data");
        data_formats::write_weights(file, weights);
        keep_saved(settings, {step, file, file, {"a", "b", "c"}, odd_rows});
    };
    save(10);
    save(9);
    CHECK(is_saved(settings, 9));
    CHECK_FALSE(is_saved(settings, 8));
    const auto saved = saved_steps(settings);
    REQUIRE(saved.size() == 2);
    CHECK(saved[0].step == 9);
    CHECK(saved[1].checkpoint == settings.output / "checkpoint-10.h5");
    CHECK(saved[1].loss_names == std::vector<std::string>{"a", "b", "c"});
    check_same_rows(saved[1].losses, odd_rows);
    CHECK(latest_state(settings, "data")->place.next_example == 100);
    CHECK(latest_state(settings, "data")->losses.empty());
    WeightsFile file = checkpoint_of(12);
    add_place(file, {12, 120}, "data");
    keep_state(settings, {{12, 120}, file, odd_rows});
    CHECK(latest_state(settings, "data")->place.step == 12);
    std::filesystem::remove(settings.output / "checkpoint-9.h5");
    const auto gone = error_of(Cause::input, [&] { saved_steps(settings); });
    CHECK(contains(gone.what(), "checkpoint-9.h5: is gone"));
}

TEST_CASE("eval steps saved outside the run's folder are found again by paths that were relative") {
    const ScratchFolder folder;
    const auto settings = settings_in(folder);
    const auto file = std::filesystem::relative(folder / "models/checkpoint-3.h5");
    data_formats::write_weights(file, checkpoint_of(3));
    keep_saved(settings, {3, file, file, {"a"}, {}});
    REQUIRE(saved_steps(settings).size() == 1);
    CHECK(std::filesystem::equivalent(saved_steps(settings)[0].model, file));
}

TEST_CASE("what is kept can be forgotten, and then nothing is left of it") {
    const ScratchFolder folder;
    const auto settings = settings_in(folder);
    CHECK_FALSE(forget_states(settings));
    CHECK_FALSE(forget_states({}));
    WeightsFile file = checkpoint_of(8);
    add_place(file, {8, 80}, "data");
    data_formats::write_weights(settings.output / "checkpoint-8.h5", file);
    keep_saved(settings,
               {8, settings.output / "checkpoint-8.h5", settings.output / "checkpoint-8.h5", {}, {}});
    keep_state(settings, {{9, 90}, file, {}});
    CHECK(forget_states(settings));
    CHECK_FALSE(is_saved(settings, 8));
    CHECK_FALSE(latest_state(settings, "data"));
    CHECK(files_below(settings.state).empty());
    CHECK(std::filesystem::exists(settings.output / "checkpoint-8.h5"));  // results stay
}

TEST_CASE("training that goes on from a kept state learns what it would have learned") {
    const ScratchFolder folder;
    const ParameterValues values{
        {"config", one(put_config(folder))}, {"eval_steps", many(5)}, {"save_seconds", one(0.0)}};
    const auto train = [&](const RunSettings& settings, std::uint64_t from, std::uint64_t to) {
        StageRun run("train_network", values, settings);
        std::vector<Payload> batches;
        for (auto i = from; i < to; ++i) batches.push_back(batch(i));
        auto given = run.regroup(batches);
        CHECK(run.context.counts["steps"] == static_cast<std::int64_t>(to));
        return given;
    };
    const auto whole = train({}, 0, 5);
    const auto settings = settings_in(folder);
    train(settings, 0, 3);
    const auto rest = train(settings, 3, 5);
    REQUIRE(whole.size() == 1);
    REQUIRE(rest.size() == 1);
    const auto &a = get<Checkpoint>(whole[0]), &b = get<Checkpoint>(rest[0]);
    CHECK((data_formats::encode_weights(*a.checkpoint) == data_formats::encode_weights(*b.checkpoint)));
    CHECK((data_formats::encode_weights(*a.model) == data_formats::encode_weights(*b.model)));
    check_same_rows(a.losses, b.losses);
}

TEST_CASE(
    "a resumed training gives its saved eval steps again, as files, and save_checkpoint passes them on") {
    const ScratchFolder folder;
    const ParameterValues values{{"config", one(put_config(folder))}, {"eval_steps", many(1, 2)}};
    const auto settings = settings_in(folder);
    const ParameterValues saving{{"folder", one(settings.output)}};
    std::vector<SavedModel> saved;
    {
        StageRun train("train_network", values, settings);
        StageRun save("save_checkpoint", saving, settings);
        for (const auto& item : train.regroup({batch(0), batch(1)}))
            saved.push_back(get<SavedModel>(save.process({item})));
    }
    REQUIRE(saved.size() == 2);
    const auto before = files_below(folder.path());
    StageRun train("train_network", values, settings);
    StageRun save("save_checkpoint", saving, settings);
    const auto again = train.regroup({batch(1)});
    REQUIRE(again.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(get<Checkpoint>(again[i]).step == saved[i].step);
        CHECK_FALSE(get<Checkpoint>(again[i]).model);
        const auto passed = save.process({again[i]});
        CHECK(get<SavedModel>(passed).model == saved[i].model);
        CHECK(get<SavedModel>(passed).loss_names == saved[i].loss_names);
        check_same_rows(get<SavedModel>(passed).losses, saved[i].losses);
    }
    CHECK(files_below(folder.path()) == before);
}

TEST_CASE("examples are drawn from where the checkpoint stands, in the order of the undisturbed drawing") {
    const ScratchFolder folder;
    put_examples(folder, 7);
    const auto data = payload(Dataset{data_formats::open_example_set(folder.path())});
    ParameterValues values{
        {"steps", many(15)}, {"batch_size", one(4)}, {"pool", one(5)}, {"windows", one(3)}};
    const auto places = [](const std::vector<Payload>& drawn) {
        std::vector<int> all;
        for (const auto& item : drawn) all.push_back(which(get<figures::Example>(item)));
        return all;
    };
    const auto whole = places(StageRun("draw_examples", values).expand({data}));
    REQUIRE(whole.size() == 60);
    const auto file = folder / "checkpoint.h5";
    values["initial"] = one(file);
    for (const std::int64_t step : {1, 4, 9, 14}) {
        CAPTURE(step);
        WeightsFile weights = checkpoint_of(step);
        add_place(weights, {step, 4 * step}, "digest");
        data_formats::write_weights(file, weights);
        StageRun rest("draw_examples", values);
        CHECK(places(rest.expand({data})) == std::vector<int>(whole.begin() + 4 * step, whole.end()));
        const std::vector<Payload> given{data};
        const auto cursor =
            rest.as<Expand>().open(Inputs(rest.type().inputs, given, rest.context.place), rest.context);
        CHECK(cursor->first() == 4 * step);
        CHECK(rest.context.warnings.empty());
        // Of another data set the place means nothing: as many as are left, from the first on.
        StageRun other("draw_examples", values);
        other.context.from.digest = "another";
        CHECK(places(other.expand({data})) == std::vector<int>(whole.begin(), whole.end() - 4 * step));
        CHECK(other.context.warnings.size() == 1);
    }
}

TEST_CASE("a checkpoint to start from must be of the same network, and not be past the end") {
    const ScratchFolder folder;
    const auto config = put_config(folder);
    {
        StageRun train("train_network", {{"config", one(config)}, {"eval_steps", many(1)}});
        const auto given = train.regroup({batch(0)});
        data_formats::write_weights(folder / "one.h5", *get<Checkpoint>(given.at(0)).checkpoint);
    }
    const auto ended = error_of(Cause::configuration, [&] {
        StageRun("train_network",
                 {{"config", one(config)}, {"eval_steps", many(1)}, {"initial", one(folder / "one.h5")}});
    });
    CHECK(contains(ended.what(), "has learned for 1 steps, and training is to end at 1"));
    auto other = tiny_config();
    other.network.rpn_depth = 8;
    const auto changed = folder.put("other.toml", mask_rcnn::config_text(other));
    const auto refused = error_of(Cause::configuration, [&] {
        StageRun("train_network",
                 {{"config", one(changed)}, {"eval_steps", many(2)}, {"initial", one(folder / "one.h5")}});
    });
    CHECK(contains(refused.what(), "is a checkpoint of another network"));
}
