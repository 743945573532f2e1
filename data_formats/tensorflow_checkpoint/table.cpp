#include "data_formats/tensorflow_checkpoint/table.h"

#include <leveldb/env.h>
#include <leveldb/options.h>
#include <leveldb/table.h>

#include <memory>

#include "base/error.h"
#include "data_formats/tensorflow_checkpoint/table_check.h"

namespace figurant::data_formats {

namespace {

class BytesInMemory : public leveldb::RandomAccessFile {
  public:
    explicit BytesInMemory(std::string_view bytes) : bytes_(bytes) {}
    leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result,
                         char*) const override {
        if (offset > bytes_.size() || size > bytes_.size() - offset)
            return leveldb::Status::Corruption("a block leads outside the file");
        *result = leveldb::Slice(bytes_.data() + offset, size);
        return leveldb::Status::OK();
    }

  private:
    std::string_view bytes_;
};

void expect(const leveldb::Status& status, const std::string& name) {
    if (!status.ok())
        throw Error(Cause::model, name + ": is damaged: " + status.ToString(),
                    "copy the file again, or take another checkpoint");
}

std::string_view view(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

bool ends_as_table(std::string_view bytes) {
    return bytes.size() >= table_footer_size && bytes.ends_with(table_magic);
}

void read_table(std::string_view bytes, const std::string& name,
                const std::function<void(std::string_view key, std::string_view value)>& take) {
    check_table(bytes, name);
    const BytesInMemory file(bytes);
    leveldb::Options options;
    options.paranoid_checks = true;
    leveldb::Table* opened = nullptr;
    expect(leveldb::Table::Open(options, const_cast<BytesInMemory*>(&file), bytes.size(), &opened), name);
    const std::unique_ptr<leveldb::Table> table(opened);
    leveldb::ReadOptions reading;
    reading.verify_checksums = true;
    reading.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> entry(table->NewIterator(reading));
    std::string last;
    bool first = true;
    for (entry->SeekToFirst(); entry->Valid(); entry->Next()) {
        if (!first && view(entry->key()) <= last)
            throw Error(Cause::model, name + ": is damaged: its keys do not rise after \"" + last + "\"",
                        "copy the file again, or take another checkpoint");
        last = view(entry->key());
        first = false;
        take(last, view(entry->value()));
    }
    expect(entry->status(), name);
}

}  // namespace figurant::data_formats
