#include "data_formats/byte_source/byte_source.h"
#include "data_formats/tf_record/tf_record.h"
#include "tests/stages/stored.h"

using namespace figurant;
using namespace figurant::stages::test;

TEST_CASE("a record for each example, in source order; what has no place there is counted") {
    const ScratchFolder folder;
    StageRun write("write_records", {{"folder", one(folder.path())}});
    const auto all = stored_examples(Content::folder);
    write.finish({{"a", {loaded(all[3])}}, {"failed", {}}, {"b", {loaded(all[1])}}});
    const auto file = data_formats::open_file_source(folder / "dataset.record");
    const auto index = data_formats::index_records(*file, "r");
    CHECK(index.records.size() == 2);
    CHECK_FALSE(index.broken);
    const auto read = load({{"paths", many(folder / "dataset.record")}});
    CHECK(read[0].image == all[3].image);
    CHECK(read[1].image == all[1].image);
    CHECK(read[0].figures.size() == 3);
    CHECK(write.context.counts["left out of records: keypoints of figures"] == 3);
    CHECK(write.context.counts["left out of records: body parts of pictures"] == 2);
}
