#include "stages/payloads.h"
#include "stages/train/dataset.h"
#include "tests/stages/example_folder.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Dataset;

namespace {

class DataSet {
  public:
    explicit DataSet(int count) {
        put_examples(folder_, count);
        dataset_ = payload(Dataset{data_formats::open_example_set(folder_.path())});
    }
    std::vector<Payload> draw(const ParameterValues& values) const {
        return StageRun("draw_examples", values).expand({dataset_});
    }

  private:
    ScratchFolder folder_;
    Payload dataset_;
};

std::vector<int> order(const std::vector<Payload>& drawn) {
    std::vector<int> places;
    for (const auto& item : drawn) places.push_back(which(get<figures::Example>(item)));
    return places;
}

ParameterValues asked(std::int64_t steps, std::int64_t batch, std::int64_t pool, std::int64_t windows,
                      std::int64_t seed = 1) {
    return {{"steps", many(steps)},
            {"batch_size", one(batch)},
            {"pool", one(pool)},
            {"windows", one(windows)},
            {"seed", one(seed)}};
}

}  // namespace

TEST_CASE("as many examples as the longest training takes") {
    const DataSet data(5);
    CHECK(data.draw(asked(3, 4, 2, 2)).size() == 12);
    auto values = asked(1, 4, 2, 2);
    values["steps"] = many(2, 7, 5);
    CHECK(data.draw(values).size() == 28);
}

TEST_CASE("the same seed draws the same order, another seed another") {
    const DataSet data(12);
    const auto first = order(data.draw(asked(12, 4, 6, 2, 5)));
    CHECK(first == order(data.draw(asked(12, 4, 6, 2, 5))));
    CHECK(first != order(data.draw(asked(12, 4, 6, 2, 6))));
}

TEST_CASE("each example comes once an epoch, each epoch in another order") {
    const DataSet data(10);
    const auto places = order(data.draw(asked(10, 4, 1, 1)));
    std::set<std::vector<int>> epochs;
    for (std::size_t begin = 0; begin < places.size(); begin += 10) {
        std::vector<int> epoch(places.begin() + static_cast<std::ptrdiff_t>(begin),
                               places.begin() + static_cast<std::ptrdiff_t>(begin) + 10);
        epochs.insert(epoch);
        std::sort(epoch.begin(), epoch.end());
        std::vector<int> all(10);
        std::iota(all.begin(), all.end(), 0);
        CHECK(epoch == all);
    }
    CHECK(epochs.size() == 4);
}

TEST_CASE(
    "with several windows each decoded example is given that often, and the decoded ones go by epochs") {
    const DataSet data(10);
    const std::size_t windows = 3, pool = 6;
    const auto drawn = data.draw(asked(60, 4, 6, 3));
    // By the decoded copy: how often it was given, in the order in which they were first seen.
    std::vector<const void*> decoded;
    std::map<const void*, std::size_t> given;
    for (const auto& item : drawn)
        if (given[item.data.get()]++ == 0) decoded.push_back(item.data.get());
    // The first ones are given less often, so that not all places of the pool run out at once; the last ones
    // are cut off by the end.
    std::size_t full = 0;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
        CHECK(given[decoded[i]] <= windows);
        full += given[decoded[i]] == windows;
        if (i >= pool && i + pool < decoded.size()) CHECK(given[decoded[i]] == windows);
    }
    CHECK(full > decoded.size() / 2);
    for (std::size_t begin = 0; begin + 10 <= decoded.size(); begin += 10) {
        std::set<int> epoch;
        for (std::size_t i = begin; i < begin + 10; ++i)
            epoch.insert(which(*static_cast<const figures::Example*>(decoded[i])));
        CHECK(epoch.size() == 10);
    }
}

TEST_CASE("two windows of one decoded example never meet in a batch, however small the pool") {
    const DataSet data(20);
    for (const std::int64_t pool : {16, 8, 3, 1}) {
        INFO("pool ", pool);
        const auto drawn = data.draw(asked(30, 8, pool, 4));
        for (std::size_t begin = 0; begin < drawn.size(); begin += 8) {
            std::set<const void*> batch;
            for (std::size_t i = begin; i < begin + 8; ++i) batch.insert(drawn[i].data.get());
            CHECK(batch.size() == 8);
        }
    }
}

TEST_CASE("decoding is spread evenly: no step waits for the whole pool") {
    const DataSet data(40);
    const auto drawn = data.draw(asked(50, 8, 16, 4));
    std::set<const void*> seen;
    for (std::size_t begin = 0; begin < drawn.size(); begin += 8) {
        const std::size_t before = seen.size();
        for (std::size_t i = begin; i < begin + 8; ++i) seen.insert(drawn[i].data.get());
        if (begin >= 16) CHECK(seen.size() - before <= 3);  // 2 a step on average
    }
}

TEST_CASE("an example that cannot be read is named") {
    const ScratchFolder folder;
    put_examples(folder, 2);
    const auto set = data_formats::open_example_set(folder.path());
    folder.put("images/example_1001.png", "no picture");
    StageRun draw("draw_examples", asked(2, 2, 2, 1));
    const auto error = error_of(Cause::input, [&] { draw.expand({payload(Dataset{set})}); });
    CHECK(contains(error.what(), "example_1001.png"));
}

TEST_CASE("no steps are refused") {
    error_of(Cause::configuration, [] { StageRun("draw_examples", {{"steps", many()}}); });
    error_of(Cause::configuration, [] { StageRun("draw_examples", {{"steps", many(0)}}); });
}
