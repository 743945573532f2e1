#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data_formats/dataset/block_hashes.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/dataset/layout.h"
#include "data_formats/dataset/verified_hdf5.h"

namespace figurant::data_formats {
namespace layout = dataset_layout;
using namespace figures;

namespace {

[[noreturn]] void reject(const std::string& name, const std::string& why) {
    throw Error(Cause::input, name + ": " + why, "make the file again with import_dataset");
}

/// One column of an open file. Read within a session.
template <class T>
class ColumnReader {
  public:
    ColumnReader(const VerifiedHdf5& file, const HashedBody& body, const layout::Column<T>& column)
        : file_(file), name_(body.name() + ": " + column.path), width_(column.width), data_(open(column)) {
        if (!data_.good()) fail("is missing");
        const Hdf5Handle type(H5Dget_type(data_), H5Tclose), space(H5Dget_space(data_), H5Sclose);
        if (H5Tequal(type, layout::type_in_file<T>()) <= 0) fail("is of another type than expected");
        hsize_t sides[2] = {0, 1};
        if (H5Sget_simple_extent_ndims(space) != rank() ||
            H5Sget_simple_extent_dims(space, sides, nullptr) < 0 || (width_ > 1 && sides[1] != width_))
            fail("has rows of another width than " + std::to_string(width_));
        rows_ = sides[0];
        // Chunks that were never written would be made up by HDF5.
        if (rows_ > body.size() / sizeof(T) / width_ ||
            rows_ * width_ * sizeof(T) > H5Dget_storage_size(data_))
            fail("claims " + std::to_string(rows_) + " rows, but the file is only " +
                 std::to_string(body.size()) + " bytes long");
    }

    std::uint64_t rows() const { return rows_; }
    /// Rows [begin, end), which lie within `rows`, into anything with data().
    template <class Values>
    void read(std::uint64_t begin, std::uint64_t end, Values& values) const {
        static_assert(sizeof(*values.data()) == sizeof(T));
        values.resize(static_cast<std::size_t>((end - begin) * width_));
        if (begin == end) return;
        const hsize_t from[] = {begin, 0}, count[] = {end - begin, width_};
        const Hdf5Handle space(H5Dget_space(data_), H5Sclose),
            memory(H5Screate_simple(rank(), count, nullptr), H5Sclose);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, from, nullptr, count, nullptr);
        if (H5Dread(data_, layout::type_in_memory<T>(), memory, space, H5P_DEFAULT, values.data()) < 0)
            fail("rows " + std::to_string(begin) + " to " + std::to_string(end) + " cannot be read");
    }
    std::vector<T> read(std::uint64_t begin, std::uint64_t end) const {
        std::vector<T> values;
        read(begin, end, values);
        return values;
    }
    std::vector<T> read_all() const { return read(0, rows_); }
    void must_have(std::uint64_t rows) const {
        if (rows_ != rows)
            fail("has " + std::to_string(rows_) + " rows, but " + std::to_string(rows) + " are expected");
    }

  private:
    int rank() const { return width_ == 1 ? 1 : 2; }
    [[noreturn]] void fail(const std::string& why) const {
        file_.rethrow();
        reject(name_, why);
    }
    Hdf5Handle open(const layout::Column<T>& column) const {
        // No cache of chunks: only what is asked for is read.
        const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
        H5Pset_chunk_cache(access, 1, 0, 1);
        return {H5Dopen2(file_.file(), column.path, access), H5Dclose};
    }
    const VerifiedHdf5& file_;
    std::string name_;
    hsize_t width_, rows_ = 0;
    Hdf5Handle data_;
};

/// Where each row's part of another column ends: never before the last one, and the last at its end.
std::vector<std::uint64_t> read_ends(const ColumnReader<std::uint64_t>& column, std::uint64_t rows,
                                     std::uint64_t of, const std::string& name, const char* path) {
    column.must_have(rows);
    auto ends = column.read_all();
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends[i] < last || ends[i] > of)
            reject(name, std::string(path) + "[" + std::to_string(i) + "] is " + std::to_string(ends[i]) +
                             ", but must be " + std::to_string(last) + " to " + std::to_string(of));
        last = ends[i];
    }
    if (last != of)
        reject(name, std::string(path) + " ends at " + std::to_string(last) + " of " + std::to_string(of));
    return ends;
}

struct Range {
    std::uint64_t begin, end;
};

Range part_of(const std::vector<std::uint64_t>& ends, std::size_t index) {
    return {index == 0 ? 0 : ends[index - 1], ends[index]};
}

/// The figures of one example as they lie in the columns.
struct FigureRows {
    std::vector<double> bbox, area;
    std::vector<std::int64_t> category, id, window;
    std::vector<std::uint8_t> crowd;
    std::uint64_t runs_begin = 0, keypoints_begin = 0;
    std::vector<std::uint64_t> runs_end, keypoints_end;
    std::vector<std::uint32_t> runs;
    std::vector<float> keypoints;
};

/// Makes figures of rows, which it takes for what they are: whatever a file holds.
class FigureMaker {
  public:
    FigureMaker(const FigureRows& rows, const StoredExample& example, const std::string& where)
        : rows_(rows), example_(example), where_(where) {}

    StoredFigure make(std::size_t k) const {
        StoredFigure figure;
        std::copy_n(rows_.bbox.begin() + static_cast<std::ptrdiff_t>(4 * k), 4, figure.bbox.begin());
        for (const double side : figure.bbox)
            if (!std::isfinite(side)) fail(k, "its box is no number");
        if (figure.bbox[2] < 0 || figure.bbox[3] < 0) fail(k, "its box has a negative side");
        figure.category = rows_.category[k];
        figure.area = rows_.area[k];
        if (!std::isfinite(figure.area)) fail(k, "its area is no number");
        figure.crowd = rows_.crowd[k] != 0;
        figure.id = rows_.id[k];
        figure.mask = mask(k);
        figure.keypoints = keypoints(k);
        return figure;
    }

  private:
    [[noreturn]] void fail(std::size_t k, const std::string& why) const {
        reject(where_, "figure " + std::to_string(k) + ": " + why);
    }

    PlacedMask mask(std::size_t k) const {
        const std::int64_t* window = rows_.window.data() + 4 * k;
        const std::int64_t x = window[0], y = window[1], width = window[2], height = window[3];
        if (x < 0 || y < 0 || width < 0 || height < 0 || width > example_.width || height > example_.height ||
            x > example_.width - width || y > example_.height - height)
            fail(k, "the window of its mask leaves the picture of " + std::to_string(example_.width) + " x " +
                        std::to_string(example_.height));
        const auto runs = part(rows_.runs, rows_.runs_end, rows_.runs_begin, k, 1);
        if (width == 0 || height == 0) {
            if (!runs.empty() || width != height || x != 0 || y != 0) fail(k, "it has runs, but no mask");
            return {};
        }
        try {
            return {x, y, RunLengthMask(height, width, runs)};
        } catch (const Error& error) {
            fail(k, error.what());
        }
    }

    std::vector<Keypoint> keypoints(std::size_t k) const {
        const auto numbers = part(rows_.keypoints, rows_.keypoints_end, rows_.keypoints_begin, k, joints * 3);
        if (numbers.size() > joints * 3) fail(k, "it has more than one row of keypoints");
        std::vector<Keypoint> result;
        for (std::size_t i = 0; i < numbers.size(); i += 3) {
            if (!std::isfinite(numbers[i]) || !std::isfinite(numbers[i + 1])) fail(k, "a joint is no number");
            result.push_back({numbers[i], numbers[i + 1], numbers[i + 2] != 0});
        }
        return result;
    }

    /// The k-th figure's part of a column of which the example's part is at hand, from row `begin` on.
    template <class T>
    std::vector<T> part(const std::vector<T>& all, const std::vector<std::uint64_t>& ends,
                        std::uint64_t begin, std::size_t k, std::size_t width) const {
        const auto at = [&](std::uint64_t row) {
            return all.begin() + static_cast<std::ptrdiff_t>((row - begin) * width);
        };
        return {at(k == 0 ? begin : ends[k - 1]), at(ends[k])};
    }

    const FigureRows& rows_;
    const StoredExample& example_;
    const std::string& where_;
};

}  // namespace

class DatasetFile::State {
  public:
    State(std::unique_ptr<ByteSource> source, const std::string& name)
        : body_(std::make_shared<HashedBody>(std::move(source), name)), file_(body_) {
        const Hdf5Session session;
        columns_.reset(std::make_unique<const Columns>(file_, *body_).release());
        load_images();
        load_categories();
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    std::size_t size() const { return names_.size(); }
    const std::string& name(std::size_t index) const { return names_.at(index); }
    std::uint64_t digest_of(std::size_t index) const { return digests_.at(index); }
    std::size_t bytes(std::size_t index) const {
        const auto count = [index](const std::vector<std::uint64_t>& ends) {
            const auto [begin, end] = part_of(ends, index);
            return static_cast<std::size_t>(end - begin);
        };
        std::size_t sum = sizeof(StoredExample) + 64 + names_.at(index).size() + count(image_ends_) +
                          count(part_ends_) * (sizeof(std::uint32_t) + 1) +
                          count(figure_ends_) * (sizeof(StoredFigure) + joints * sizeof(Keypoint)) +
                          count(run_ends_) * sizeof(std::uint32_t);
        for (const auto& category : categories_) sum += sizeof(category) + category.name.capacity();
        return sum;
    }
    std::uint64_t hash() const { return body_->hash(); }
    const std::vector<CocoCategory>& categories() const { return categories_; }

    StoredExample read(std::size_t index) const {
        StoredExample example;
        example.name = names_.at(index);
        example.width = sizes_[2 * index];
        example.height = sizes_[2 * index + 1];
        example.id = ids_[index];
        example.categories = categories_;
        const std::string where = place_of(index);
        const FigureRows rows = fetch(index, example);
        const FigureMaker maker(rows, example, where);
        example.figures.reserve(rows.category.size());
        for (std::size_t k = 0; k < rows.category.size(); ++k) example.figures.push_back(maker.make(k));
        check_parts(example, where);
        if (const std::uint64_t found = data_formats::digest(example); found != digests_[index])
            reject(where, "its digest should be " + std::to_string(digests_[index]) + ", but is " +
                              std::to_string(found));
        return example;
    }

  private:
    struct Columns {
        Columns(const VerifiedHdf5& file, const HashedBody& body)
            : image_end(file, body, layout::image_end),
              name_end(file, body, layout::name_end),
              figures_end(file, body, layout::figures_end),
              body_parts_end(file, body, layout::body_parts_end),
              image_size(file, body, layout::image_size),
              image_id(file, body, layout::image_id),
              image_digest(file, body, layout::image_digest),
              image_bytes(file, body, layout::image_bytes),
              names(file, body, layout::names),
              part_labels(file, body, layout::part_labels),
              part_lengths(file, body, layout::part_lengths),
              bbox(file, body, layout::bbox),
              area(file, body, layout::area),
              category(file, body, layout::category),
              figure_id(file, body, layout::figure_id),
              window(file, body, layout::window),
              crowd(file, body, layout::crowd),
              runs_end(file, body, layout::runs_end),
              keypoints_end(file, body, layout::keypoints_end),
              runs(file, body, layout::runs),
              keypoints(file, body, layout::keypoints),
              category_id(file, body, layout::category_id),
              category_name_end(file, body, layout::category_name_end),
              category_names(file, body, layout::category_names) {}
        ColumnReader<std::uint64_t> image_end, name_end, figures_end, body_parts_end;
        ColumnReader<std::int64_t> image_size, image_id;
        ColumnReader<std::uint64_t> image_digest;
        ColumnReader<std::uint8_t> image_bytes, names, part_labels;
        ColumnReader<std::uint32_t> part_lengths;
        ColumnReader<double> bbox, area;
        ColumnReader<std::int64_t> category, figure_id, window;
        ColumnReader<std::uint8_t> crowd;
        ColumnReader<std::uint64_t> runs_end, keypoints_end;
        ColumnReader<std::uint32_t> runs;
        ColumnReader<float> keypoints;
        ColumnReader<std::int64_t> category_id;
        ColumnReader<std::uint64_t> category_name_end;
        ColumnReader<std::uint8_t> category_names;
    };

    std::string place_of(std::size_t index) const {
        return body_->name() + ", example " + std::to_string(index) + " (" + names_[index] + ")";
    }

    void load_images() {
        const Columns& c = *columns_;
        const std::uint64_t count = c.image_end.rows();
        const auto ends = [&](const auto& column, std::uint64_t of, const char* path) {
            return read_ends(column, count, of, body_->name(), path);
        };
        image_ends_ = ends(c.image_end, c.image_bytes.rows(), layout::image_end.path);
        figure_ends_ = ends(c.figures_end, c.bbox.rows(), layout::figures_end.path);
        part_ends_ = ends(c.body_parts_end, c.part_labels.rows(), layout::body_parts_end.path);
        const auto name_ends = ends(c.name_end, c.names.rows(), layout::name_end.path);
        c.image_size.must_have(count);
        c.image_id.must_have(count);
        c.image_digest.must_have(count);
        c.part_lengths.must_have(c.part_labels.rows());
        for (const auto* column : {&c.category, &c.figure_id, &c.window}) column->must_have(c.bbox.rows());
        for (const auto* column : {&c.runs_end, &c.keypoints_end}) column->must_have(c.bbox.rows());
        c.area.must_have(c.bbox.rows());
        c.crowd.must_have(c.bbox.rows());
        load_run_ends();
        sizes_ = c.image_size.read_all();
        ids_ = c.image_id.read_all();
        digests_ = c.image_digest.read_all();
        split(c.names, name_ends, names_);
        for (std::size_t i = 0; i < names_.size(); ++i) check_image(i);
    }

    /// Where the runs of each picture's figures end.
    void load_run_ends() {
        const Columns& c = *columns_;
        const auto of_figures =
            read_ends(c.runs_end, c.bbox.rows(), c.runs.rows(), body_->name(), layout::runs_end.path);
        for (const std::uint64_t figures : figure_ends_)
            run_ends_.push_back(figures == 0 ? 0 : of_figures[figures - 1]);
    }

    void check_image(std::size_t index) const {
        if (!is_safe_name(names_[index]))
            reject(body_->name(), "the name of example " + std::to_string(index) +
                                      " is no relative path inside a folder: \"" + names_[index] + "\"");
        constexpr std::int64_t most = std::int64_t{1} << 30;
        for (const std::int64_t side : {sizes_[2 * index], sizes_[2 * index + 1]})
            if (side < 1 || side > most)
                reject(place_of(index), "a side of its picture is " + std::to_string(side) + " pixels");
    }

    void load_categories() {
        const Columns& c = *columns_;
        const auto ids = c.category_id.read_all();
        const auto ends = read_ends(c.category_name_end, ids.size(), c.category_names.rows(), body_->name(),
                                    layout::category_name_end.path);
        std::vector<std::string> names;
        split(c.category_names, ends, names);
        for (std::size_t i = 0; i < ids.size(); ++i) categories_.push_back({ids[i], names[i]});
    }

    static void split(const ColumnReader<std::uint8_t>& column, const std::vector<std::uint64_t>& ends,
                      std::vector<std::string>& texts) {
        std::string all;
        column.read(0, column.rows(), all);
        for (std::size_t i = 0; i < ends.size(); ++i) {
            const auto [begin, end] = part_of(ends, i);
            texts.push_back(
                all.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
        }
    }

    /// All that needs HDF5; what is made of it is made without.
    FigureRows fetch(std::size_t index, StoredExample& example) const {
        const Columns& c = *columns_;
        const Hdf5Session session;
        const Range image = part_of(image_ends_, index), parts = part_of(part_ends_, index),
                    figures = part_of(figure_ends_, index);
        c.image_bytes.read(image.begin, image.end, example.image);
        c.part_lengths.read(parts.begin, parts.end, example.body_parts.lengths);
        c.part_labels.read(parts.begin, parts.end, example.body_parts.labels);
        FigureRows rows;
        if (figures.begin == figures.end) return rows;
        const auto read = [&](const auto& column, auto& into) {
            column.read(figures.begin, figures.end, into);
        };
        read(c.bbox, rows.bbox);
        read(c.area, rows.area);
        read(c.category, rows.category);
        read(c.figure_id, rows.id);
        read(c.window, rows.window);
        read(c.crowd, rows.crowd);
        rows.runs_begin = read_part(c.runs_end, figures, c.runs, rows.runs_end, rows.runs, index);
        rows.keypoints_begin =
            read_part(c.keypoints_end, figures, c.keypoints, rows.keypoints_end, rows.keypoints, index);
        return rows;
    }

    /// The figures' part of another column; gives where it begins.
    template <class T>
    std::uint64_t read_part(const ColumnReader<std::uint64_t>& end_column, Range figures,
                            const ColumnReader<T>& column, std::vector<std::uint64_t>& ends,
                            std::vector<T>& values, std::size_t index) const {
        end_column.read(figures.begin, figures.end, ends);
        const std::uint64_t begin =
            figures.begin == 0 ? 0 : end_column.read(figures.begin - 1, figures.begin).front();
        std::uint64_t last = begin;
        for (const std::uint64_t end : ends) {
            if (end < last || end > column.rows())
                reject(place_of(index), "its figures' parts end at " + std::to_string(end) +
                                            ", but must end at " + std::to_string(last) + " to " +
                                            std::to_string(column.rows()));
            last = end;
        }
        column.read(begin, last, values);
        return begin;
    }

    static void check_parts(const StoredExample& example, const std::string& where) {
        std::uint64_t sum = 0;
        for (const std::uint32_t length : example.body_parts.lengths) sum += length;
        const auto whole = static_cast<std::uint64_t>(example.width * example.height);
        if (!example.body_parts.empty() && sum != whole)
            reject(where,
                   "its body parts cover " + std::to_string(sum) + " pixels of " + std::to_string(whole));
    }

    std::shared_ptr<const HashedBody> body_;
    VerifiedHdf5 file_;
    struct CloseColumns {
        void operator()(const Columns* columns) const {
            const Hdf5Session session;
            const std::unique_ptr<const Columns> owned(columns);
        }
    };
    std::unique_ptr<const Columns, CloseColumns> columns_;
    std::vector<std::uint64_t> image_ends_, figure_ends_, part_ends_, run_ends_, digests_;
    std::vector<std::int64_t> sizes_, ids_;
    std::vector<std::string> names_;
    std::vector<CocoCategory> categories_;
};

DatasetFile::DatasetFile(const std::filesystem::path& path)
    : DatasetFile(open_file_source(path), path.string()) {}
DatasetFile::DatasetFile(std::unique_ptr<ByteSource> source, const std::string& name)
    : state_(std::make_unique<State>(std::move(source), name)) {}
DatasetFile::~DatasetFile() = default;
std::size_t DatasetFile::size() const { return state_->size(); }
const std::string& DatasetFile::name(std::size_t index) const { return state_->name(index); }
std::uint64_t DatasetFile::digest(std::size_t index) const { return state_->digest_of(index); }
std::size_t DatasetFile::bytes(std::size_t index) const { return state_->bytes(index); }
std::uint64_t DatasetFile::hash() const { return state_->hash(); }
const std::vector<CocoCategory>& DatasetFile::categories() const { return state_->categories(); }
StoredExample DatasetFile::read(std::size_t index) const { return state_->read(index); }

}  // namespace figurant::data_formats
