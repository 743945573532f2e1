#include "stages/payloads.h"
#include "stages/train/batch.h"
#include "tests/stages/example_folder.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::Batch;

TEST_CASE("batches are full, in order, and of the very examples; a last one that is too small is left out") {
    std::vector<Payload> examples;
    for (std::uint64_t i = 0; i < 11; ++i) examples.push_back(payload(example_of(64, 64, i)));
    StageRun make("make_batches", {{"size", one(4)}});
    const auto batches = make.regroup(examples);
    REQUIRE(batches.size() == 2);
    std::size_t at = 0;
    for (const auto& item : batches) {
        const auto& batch = get<Batch>(item);
        REQUIRE(batch.examples.size() == 4);
        std::size_t bytes = 0;
        for (const auto& example : batch.examples) {
            CHECK(example.get() == examples[at++].data.get());  // shared, not copied
            bytes += example->bytes();
        }
        CHECK(item.bytes >= bytes);
    }
}

TEST_CASE("a batch of one is every example, and no examples are no batch") {
    std::vector<Payload> examples(3, payload(example_of(64, 64, 1)));
    CHECK(StageRun("make_batches", {{"size", one(1)}}).regroup(examples).size() == 3);
    CHECK(StageRun("make_batches").regroup({}).empty());
}
