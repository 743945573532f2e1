#include <algorithm>
#include <limits>
#include <map>
#include <span>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/dataset/block_hashes.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/dataset/layout.h"
#include "data_formats/weights/hdf5_handle.h"

namespace figurant::data_formats {
namespace layout = dataset_layout;
using figures::CocoCategory;

namespace {

void must(bool done, const std::string& what) {
    if (!done)
        throw Error(Cause::output, what + ": HDF5 cannot write to it",
                    "check the disk and the folder, then run again");
}

/// Appends rows to one column, a chunk at a time.
template <class T>
class ColumnWriter {
  public:
    ColumnWriter(hid_t file, const std::string& name, const layout::Column<T>& column)
        : name_(name + ", " + column.path),
          width_(column.width),
          rows_in_chunk_(std::max<hsize_t>(1, column.chunk / (sizeof(T) * column.width))),
          data_(create(file, column)) {
        must(data_.good(), name_);
    }
    /// Whole rows.
    void append(std::span<const T> values) {
        buffer_.insert(buffer_.end(), values.begin(), values.end());
        rows_ += values.size() / width_;
        if (buffer_.size() >= rows_in_chunk_ * width_) write(buffer_.size() / width_);
    }
    void append(T value) { append(std::span(&value, 1)); }
    void end() { write(buffer_.size() / width_); }
    std::uint64_t rows() const { return rows_; }

  private:
    int rank() const { return width_ == 1 ? 1 : 2; }

    Hdf5Handle create(hid_t file, const layout::Column<T>& column) const {
        const hsize_t none[] = {0, width_}, most[] = {H5S_UNLIMITED, width_},
                      chunk[] = {rows_in_chunk_, width_};
        const Hdf5Handle space(H5Screate_simple(rank(), none, most), H5Sclose);
        const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        // Without times, and what a chunk has left over is 0, so that the same content gives the same bytes.
        const T zero{};
        H5Pset_obj_track_times(properties, false);
        H5Pset_fill_value(properties, layout::type_in_memory<T>(), &zero);
        H5Pset_fill_time(properties, H5D_FILL_TIME_ALLOC);
        H5Pset_chunk(properties, rank(), chunk);
        return {H5Dcreate2(file, column.path, layout::type_in_file<T>(), space, H5P_DEFAULT, properties,
                           H5P_DEFAULT),
                H5Dclose};
    }

    void write(std::size_t rows) {
        if (rows == 0) return;
        const hsize_t whole[] = {written_ + rows, width_}, from[] = {written_, 0}, count[] = {rows, width_};
        must(H5Dset_extent(data_, whole) >= 0, name_);
        const Hdf5Handle space(H5Dget_space(data_), H5Sclose),
            memory(H5Screate_simple(rank(), count, nullptr), H5Sclose);
        H5Sselect_hyperslab(space, H5S_SELECT_SET, from, nullptr, count, nullptr);
        must(H5Dwrite(data_, layout::type_in_memory<T>(), memory, space, H5P_DEFAULT, buffer_.data()) >= 0,
             name_);
        written_ += rows;
        buffer_.clear();
    }

    std::string name_;
    hsize_t width_, rows_in_chunk_, written_ = 0;
    Hdf5Handle data_;
    std::vector<T> buffer_;
    std::uint64_t rows_ = 0;
};

Hdf5Handle create_file(const std::filesystem::path& path) {
    const Hdf5Handle create(H5Pcreate(H5P_FILE_CREATE), H5Pclose),
        access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_obj_track_times(create, false);
    H5Pset_userblock(create, frame_head_size);
    H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, create, access), H5Fclose);
    must(file.good(), path.string());
    for (const char* group : layout::groups) {
        const Hdf5Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
        H5Pset_obj_track_times(properties, false);
        const Hdf5Handle made(H5Gcreate2(file, group, H5P_DEFAULT, properties, H5P_DEFAULT), H5Gclose);
        must(made.good(), path.string());
    }
    return file;
}

std::span<const std::uint8_t> as_bytes(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void check(const StoredExample& example) {
    const auto broken = [&](const std::string& why) {
        throw Error(Cause::internal, "the example \"" + example.name + "\" cannot be written: " + why);
    };
    if (!is_safe_name(example.name)) broken("its name is no relative path");
    if (example.image.empty() || example.width <= 0 || example.height <= 0) broken("it has no picture");
    for (const auto& figure : example.figures) {
        const auto& mask = figure.mask;
        if (!figure.keypoints.empty() && figure.keypoints.size() != figures::joints)
            broken("a figure has " + std::to_string(figure.keypoints.size()) + " joints");
        if (mask.x < 0 || mask.y < 0 || mask.x + mask.local.width() > example.width ||
            mask.y + mask.local.height() > example.height)
            broken("a mask leaves the picture");
    }
}

}  // namespace

/// The open HDF5 file with its columns. Made, used and destroyed within a session.
class DatasetColumns {
  public:
    explicit DatasetColumns(const std::filesystem::path& path)
        : name_(path.string()), file_(create_file(path)) {}

    void add(const StoredExample& example) {
        image_bytes_.append(as_bytes(example.image));
        image_end_.append(image_bytes_.rows());
        names_.append(as_bytes(example.name));
        name_end_.append(names_.rows());
        const std::int64_t size[] = {example.width, example.height};
        image_size_.append(size);
        image_id_.append(example.id);
        image_digest_.append(digest(example));
        for (const auto& figure : example.figures) add(figure);
        figures_end_.append(bbox_.rows());
        part_lengths_.append(example.body_parts.lengths);
        part_labels_.append(example.body_parts.labels);
        body_parts_end_.append(part_lengths_.rows());
    }

    void add(const CocoCategory& category) {
        category_id_.append(category.id);
        category_names_.append(as_bytes(category.name));
        category_name_end_.append(category_names_.rows());
    }

    std::uint64_t examples() const { return image_end_.rows(); }
    std::uint64_t figures() const { return bbox_.rows(); }

    void end() {
        end_all(image_end_, name_end_, figures_end_, body_parts_end_, image_size_, image_id_, image_digest_,
                image_bytes_, names_, part_lengths_, part_labels_, bbox_, category_, area_, crowd_,
                figure_id_, window_, runs_end_, keypoints_end_, runs_, keypoints_, category_id_,
                category_name_end_, category_names_);
        must(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, name_);
    }

  private:
    void add(const StoredFigure& figure) {
        bbox_.append(figure.bbox);
        category_.append(figure.category);
        area_.append(figure.area);
        crowd_.append(figure.crowd);
        figure_id_.append(figure.id);
        const auto& mask = figure.mask;
        const std::int64_t place[] = {mask.x, mask.y, mask.local.width(), mask.local.height()};
        window_.append(place);
        runs_.append(mask.local.counts());
        runs_end_.append(runs_.rows());
        std::vector<float> joints;
        for (const auto& joint : figure.keypoints)
            joints.insert(joints.end(), {joint.x, joint.y, joint.known ? 1.0F : 0.0F});
        keypoints_.append(joints);
        keypoints_end_.append(keypoints_.rows());
    }

    template <class... Columns>
    static void end_all(Columns&... columns) {
        (columns.end(), ...);
    }

    template <class T>
    using Writer = ColumnWriter<T>;

    std::string name_;
    Hdf5Handle file_;
    Writer<std::uint64_t> image_end_{file_, name_, layout::image_end},
        name_end_{file_, name_, layout::name_end}, figures_end_{file_, name_, layout::figures_end},
        body_parts_end_{file_, name_, layout::body_parts_end};
    Writer<std::int64_t> image_size_{file_, name_, layout::image_size},
        image_id_{file_, name_, layout::image_id};
    Writer<std::uint64_t> image_digest_{file_, name_, layout::image_digest};
    Writer<std::uint8_t> image_bytes_{file_, name_, layout::image_bytes}, names_{file_, name_, layout::names};
    Writer<std::uint32_t> part_lengths_{file_, name_, layout::part_lengths};
    Writer<std::uint8_t> part_labels_{file_, name_, layout::part_labels};
    Writer<double> bbox_{file_, name_, layout::bbox};
    Writer<std::int64_t> category_{file_, name_, layout::category};
    Writer<double> area_{file_, name_, layout::area};
    Writer<std::uint8_t> crowd_{file_, name_, layout::crowd};
    Writer<std::int64_t> figure_id_{file_, name_, layout::figure_id}, window_{file_, name_, layout::window};
    Writer<std::uint64_t> runs_end_{file_, name_, layout::runs_end},
        keypoints_end_{file_, name_, layout::keypoints_end};
    Writer<std::uint32_t> runs_{file_, name_, layout::runs};
    Writer<float> keypoints_{file_, name_, layout::keypoints};
    Writer<std::int64_t> category_id_{file_, name_, layout::category_id};
    Writer<std::uint64_t> category_name_end_{file_, name_, layout::category_name_end};
    Writer<std::uint8_t> category_names_{file_, name_, layout::category_names};
};

class DatasetWriter::State {
  public:
    explicit State(const std::filesystem::path& path) : file_(path) {
        const Hdf5Session session;
        columns_ = std::make_unique<DatasetColumns>(file_.aside_path());
    }
    ~State() { close(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    std::vector<std::int64_t> add(const StoredExample& example) {
        check(example);
        std::vector<std::int64_t> renamed;
        for (const auto& category : example.categories)
            if (const auto [known, fresh] = categories_.emplace(category.id, category.name);
                !fresh && known->second != category.name)
                renamed.push_back(category.id);
        const Hdf5Session session;
        columns_->add(example);
        return renamed;
    }
    const DatasetColumns& columns() const { return *columns_; }
    void commit() {
        {
            const Hdf5Session session;
            for (const auto& [id, name] : categories_) columns_->add(CocoCategory{id, name});
            columns_->end();
        }
        close();
        add_frame(file_.aside_path());
        file_.commit();
    }

  private:
    void close() {
        const Hdf5Session session;
        columns_.reset();
    }
    FileWriter file_;
    std::map<std::int64_t, std::string> categories_;
    std::unique_ptr<DatasetColumns> columns_;
};

DatasetWriter::DatasetWriter(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
DatasetWriter::~DatasetWriter() = default;
std::vector<std::int64_t> DatasetWriter::add(const StoredExample& example) { return state_->add(example); }
std::uint64_t DatasetWriter::examples() const { return state_->columns().examples(); }
std::uint64_t DatasetWriter::figures() const { return state_->columns().figures(); }
void DatasetWriter::commit() { state_->commit(); }

}  // namespace figurant::data_formats
