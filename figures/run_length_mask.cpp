#include "figures/run_length_mask.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"

namespace figurant::figures {
namespace {

constexpr std::int64_t most_pixels = std::int64_t{1} << 50;

std::string size_text(std::int64_t height, std::int64_t width) {
    return std::to_string(height) + " x " + std::to_string(width) + " (height x width)";
}

void check_size(std::int64_t height, std::int64_t width) {
    const bool fits = height >= 0 && width >= 0 && (width == 0 || height <= most_pixels / width);
    if (!fits) throw Error(Cause::input, "a mask cannot be " + size_text(height, width) + " pixels");
}

/// Builds runs from stretches of ones in rising order, over positions 0 to `total`.
class RunWriter {
  public:
    explicit RunWriter(std::int64_t total) : total_(total) {}

    /// Positions begin (inclusive) to end (exclusive) are inside.
    void ones(std::int64_t begin, std::int64_t end) {
        if (begin == end) return;
        if (begin != end_ || end_ == begin_) {
            flush();
            begin_ = begin;
        }
        end_ = end;
    }

    std::vector<std::uint32_t> finish() {
        flush();
        if (written_ < total_ || counts_.empty()) run(total_ - written_, false);
        return std::move(counts_);
    }

  private:
    void flush() {
        if (end_ == begin_) return;
        run(begin_ - written_, false);
        run(end_ - begin_, true);
        written_ = end_;
        begin_ = end_;
    }

    void run(std::int64_t length, bool inside) {
        constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
        if (inside != (counts_.size() % 2 == 1)) counts_.push_back(0);
        for (; length > most; length -= most) {
            counts_.push_back(static_cast<std::uint32_t>(most));
            counts_.push_back(0);
        }
        counts_.push_back(static_cast<std::uint32_t>(length));
    }

    std::int64_t total_, written_ = 0, begin_ = 0, end_ = 0;
    std::vector<std::uint32_t> counts_;
};

/// Walks the stretches of ones of a mask as positions [begin, end).
class Stretches {
  public:
    explicit Stretches(const RunLengthMask& mask) : counts_(mask.counts()) { next(); }
    bool done() const { return done_; }
    std::int64_t begin() const { return begin_; }
    std::int64_t end() const { return end_; }
    void next() {
        while (at_ + 1 < counts_.size()) {
            begin_ = end_ + counts_[at_];
            end_ = begin_ + counts_[at_ + 1];
            at_ += 2;
            if (end_ > begin_) return;
        }
        done_ = true;
    }

  private:
    const std::vector<std::uint32_t>& counts_;
    std::size_t at_ = 0;
    std::int64_t begin_ = 0, end_ = 0;
    bool done_ = false;
};

/// Walks a placed mask column by column: pieces of ones [y_begin, y_end) in column x, in the image's
/// coordinates.
class ColumnPieces {
  public:
    explicit ColumnPieces(const PlacedMask& mask)
        : stretches_(mask.local), x0_(mask.x), y0_(mask.y), height_(mask.local.height()) {
        enter();
    }
    bool done() const { return stretches_.done(); }
    std::int64_t x() const { return x0_ + column_; }
    std::int64_t y_begin() const { return y0_ + begin_; }
    std::int64_t y_end() const { return y0_ + end_; }
    void next() {
        const std::int64_t reached = column_ * height_ + end_;
        if (reached < stretches_.end()) {
            ++column_;
            begin_ = 0;
            end_ = std::min(height_, stretches_.end() - column_ * height_);
        } else {
            stretches_.next();
            enter();
        }
    }
    /// Goes on to the first piece at column `x` or behind it.
    void skip_to(std::int64_t x) {
        while (!done() && this->x() < x) {
            if (x0_ + (stretches_.end() - 1) / height_ < x) {
                stretches_.next();
                enter();
            } else {
                next();
            }
        }
    }

  private:
    void enter() {
        if (stretches_.done()) return;
        column_ = stretches_.begin() / height_;
        begin_ = stretches_.begin() % height_;
        end_ = std::min(height_, begin_ + stretches_.end() - stretches_.begin());
    }

    Stretches stretches_;
    std::int64_t x0_, y0_, height_, column_ = 0, begin_ = 0, end_ = 0;
};

bool apart(const RunLengthMask::Bounds& a, const RunLengthMask::Bounds& b) {
    return a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
}

RunLengthMask::Bounds window_of(const PlacedMask& mask) {
    return {mask.x, mask.y, mask.local.width(), mask.local.height()};
}

/// The pixels of `mask` inside `window`, as a mask of that window's size.
RunLengthMask in_window(const PlacedMask& mask, const RunLengthMask::Bounds& window) {
    RunWriter writer(window.height * window.width);
    for_each_piece(mask, window, [&](std::int64_t x, std::int64_t y_begin, std::int64_t y_end) {
        const auto column = (x - window.x) * window.height - window.y;
        writer.ones(column + y_begin, column + y_end);
    });
    return RunLengthMask(window.height, window.width, writer.finish());
}

/// One count of COCO's text: five bits a character, the sixth says that more follow, the last's fifth is the
/// sign.
std::int64_t read_count(std::string_view text, std::size_t& at) {
    const std::size_t start = at;
    std::int64_t value = 0;
    for (int shift = 0;; shift += 5) {
        if (at == text.size())
            throw Error(Cause::input,
                        "the mask's text ends inside the count at offset " + std::to_string(start));
        const int bits = text[at] - 48;
        if (bits < 0 || bits > 63)
            throw Error(Cause::input, "the mask's text has a byte at offset " + std::to_string(at) +
                                          " that no count can hold");
        if (shift > 55)
            throw Error(Cause::input,
                        "the count at offset " + std::to_string(start) + " of the mask's text is too long");
        ++at;
        value |= static_cast<std::int64_t>(bits & 0x1f) << shift;
        if (!(bits & 0x20)) {
            if (bits & 0x10) value -= std::int64_t{1} << (shift + 5);
            return value;
        }
    }
}

void append_count(std::int64_t value, std::string& text) {
    for (bool more = true; more;) {
        int bits = static_cast<int>(value & 0x1f);
        value >>= 5;
        more = bits & 0x10 ? value != -1 : value != 0;
        if (more) bits |= 0x20;
        text.push_back(static_cast<char>(bits + 48));
    }
}

/// Polygons are traced on a grid this many times finer than the pixels.
constexpr double polygon_scale = 5;

struct GridPoint {
    int x, y;
};

/// The positions (column * height + row) at which the polygon's boundary passes from one column to the next:
/// between the first and second in order, the third and fourth, … the mask is inside.
class PolygonTracer {
  public:
    PolygonTracer(std::int64_t height, std::int64_t width) : height_(height), width_(width) {}

    void edge(GridPoint from, GridPoint to) {
        const int dx = std::abs(to.x - from.x), dy = std::abs(to.y - from.y);
        const bool across = dx >= dy;
        // Each edge is walked from its lower end, whichever way it runs, so that both neighbours round alike.
        const bool backwards = across ? from.x > to.x : from.y > to.y;
        const GridPoint low = backwards ? to : from, high = backwards ? from : to;
        const int steps = across ? dx : dy;
        const double slope = steps == 0 ? 0
                             : across   ? static_cast<double>(high.y - low.y) / dx
                                        : static_cast<double>(high.x - low.x) / dy;
        for (int d = 0; d <= steps; ++d) {
            const int t = backwards ? steps - d : d;
            if (across)
                visit({t + low.x, static_cast<int>(low.y + slope * t + .5)});
            else
                visit({static_cast<int>(low.x + slope * t + .5), t + low.y});
        }
    }

    std::vector<std::int64_t> take() { return std::move(crossings_); }

  private:
    void visit(GridPoint point) {
        if (started_ && point.x != last_.x) cross(point);
        started_ = true;
        last_ = point;
    }

    void cross(GridPoint point) {
        const double x = ((point.x < last_.x ? point.x : point.x - 1) + .5) / polygon_scale - .5;
        if (std::floor(x) != x || x < 0 || x > static_cast<double>(width_ - 1)) return;
        const double y = (std::min(point.y, last_.y) + .5) / polygon_scale - .5;
        const double row = std::ceil(std::clamp(y, 0.0, static_cast<double>(height_)));
        crossings_.push_back(static_cast<std::int64_t>(x) * height_ + static_cast<std::int64_t>(row));
    }

    std::int64_t height_, width_;
    GridPoint last_{};
    bool started_ = false;
    std::vector<std::int64_t> crossings_;
};

std::vector<GridPoint> grid_points(const std::vector<double>& polygon) {
    // Four million pixels is far beyond any map, and keeps the grid within an int.
    constexpr double most = 1 << 22;
    std::vector<GridPoint> points;
    for (std::size_t i = 0; i + 1 < polygon.size(); i += 2) {
        if (!(std::abs(polygon[i]) <= most && std::abs(polygon[i + 1]) <= most))
            throw Error(Cause::input, "point " + std::to_string(i / 2) + " of a polygon is out of range");
        points.push_back({static_cast<int>(polygon_scale * polygon[i] + .5),
                          static_cast<int>(polygon_scale * polygon[i + 1] + .5)});
    }
    return points;
}

/// Tracing takes time and memory with the length of the boundary: refused before it starts where no map has
/// such a figure.
void check_length(const std::vector<GridPoint>& points) {
    constexpr std::int64_t most = std::int64_t{1} << 28;
    std::int64_t steps = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const GridPoint from = points[i], to = points[(i + 1) % points.size()];
        steps += std::max(std::abs(to.x - from.x), std::abs(to.y - from.y));
        if (steps > most) throw Error(Cause::input, "the boundary of a polygon is longer than any figure's");
    }
}

RunLengthMask from_polygon(std::int64_t height, std::int64_t width, const std::vector<double>& polygon) {
    const auto points = grid_points(polygon);
    check_length(points);
    PolygonTracer tracer(height, width);
    for (std::size_t i = 0; i < points.size(); ++i) tracer.edge(points[i], points[(i + 1) % points.size()]);
    auto crossings = tracer.take();
    std::sort(crossings.begin(), crossings.end());
    RunWriter writer(height * width);
    for (std::size_t i = 0; i < crossings.size(); i += 2)
        writer.ones(crossings[i], i + 1 < crossings.size() ? crossings[i + 1] : height * width);
    return RunLengthMask(height, width, writer.finish());
}

void check_same_size(const RunLengthMask& a, const RunLengthMask& b) {
    if (a.height() != b.height() || a.width() != b.width())
        throw Error(Cause::internal, "masks of different sizes: " + size_text(a.height(), a.width()) +
                                         " and " + size_text(b.height(), b.width()));
}

}  // namespace

RunLengthMask::RunLengthMask(std::int64_t height, std::int64_t width, std::vector<std::uint32_t> counts)
    : height_(height), width_(width), counts_(std::move(counts)) {
    check_size(height, width);
    std::int64_t sum = 0;
    for (const auto count : counts_) sum += count;
    if (sum != height * width)
        throw Error(Cause::input, "the mask's runs cover " + std::to_string(sum) + " pixels, but it is " +
                                      size_text(height, width) + ", " + std::to_string(height * width) +
                                      " pixels");
}

RunLengthMask RunLengthMask::encode(const cv::Mat& mask) {
    if (!mask.empty() && mask.type() != CV_8UC1)
        throw Error(Cause::internal, "a mask must be of type CV_8UC1");
    cv::Mat columns;  // transposed, so that a column of the mask is contiguous
    if (!mask.empty()) cv::transpose(mask, columns);
    std::vector<std::uint32_t> counts;
    std::uint32_t run = 0;
    bool inside = false;
    for (int x = 0; x < columns.rows; ++x) {
        const std::uint8_t* column = columns.ptr<std::uint8_t>(x);
        for (int y = 0; y < columns.cols; ++y) {
            if ((column[y] != 0) != inside) {
                counts.push_back(run);
                run = 0;
                inside = !inside;
            }
            ++run;
        }
    }
    counts.push_back(run);
    return RunLengthMask(mask.rows, mask.cols, std::move(counts));
}

RunLengthMask RunLengthMask::from_string(std::int64_t height, std::int64_t width, std::string_view text) {
    check_size(height, width);
    const std::int64_t total = height * width;
    std::vector<std::uint32_t> counts;
    counts.reserve(text.size());
    std::int64_t sum = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        std::int64_t count = read_count(text, at);
        // From the fourth on, a count is told as the difference to the one before the last.
        if (counts.size() > 2) count += counts[counts.size() - 2];
        if (count < 0 || count > std::numeric_limits<std::uint32_t>::max() || count > total - sum)
            throw Error(Cause::input, "the count at offset " + std::to_string(start) +
                                          " of the mask's text is " + std::to_string(count) + ", but " +
                                          std::to_string(total - sum) + " pixels are left of " +
                                          size_text(height, width));
        sum += count;
        counts.push_back(static_cast<std::uint32_t>(count));
    }
    if (sum != total)
        throw Error(Cause::input, "the mask's text ends at offset " + std::to_string(text.size()) +
                                      " after " + std::to_string(sum) + " of " + std::to_string(total) +
                                      " pixels");
    counts.shrink_to_fit();
    return RunLengthMask(height, width, std::move(counts));
}

RunLengthMask RunLengthMask::from_polygons(std::int64_t height, std::int64_t width,
                                           std::span<const std::vector<double>> polygons) {
    check_size(height, width);
    if (polygons.empty()) return RunLengthMask(height, width, RunWriter(height * width).finish());
    RunLengthMask result = from_polygon(height, width, polygons[0]);
    for (const auto& polygon : polygons.subspan(1))
        result = united(result, from_polygon(height, width, polygon));
    return result;
}

cv::Mat RunLengthMask::decode() const {
    if (height_ > std::numeric_limits<int>::max() || width_ > std::numeric_limits<int>::max())
        throw Error(Cause::limit,
                    "a mask of " + size_text(height_, width_) + " pixels is too large to be unpacked");
    cv::Mat columns = cv::Mat::zeros(static_cast<int>(width_), static_cast<int>(height_), CV_8UC1);
    if (columns.empty()) return cv::Mat(static_cast<int>(height_), static_cast<int>(width_), CV_8UC1);
    for (Stretches ones(*this); !ones.done(); ones.next())
        std::fill(columns.data + ones.begin(), columns.data + ones.end(), std::uint8_t{1});
    cv::Mat mask;
    cv::transpose(columns, mask);
    return mask;
}

std::string RunLengthMask::to_string() const {
    std::string text;
    text.reserve(counts_.size() * 2);
    for (std::size_t i = 0; i < counts_.size(); ++i)
        append_count(std::int64_t{counts_[i]} - (i > 2 ? std::int64_t{counts_[i - 2]} : 0), text);
    return text;
}

std::int64_t RunLengthMask::area() const {
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < counts_.size(); i += 2) sum += counts_[i];
    return sum;
}

RunLengthMask::Bounds RunLengthMask::bounds() const {
    std::int64_t x_min = width_, y_min = height_, x_max = -1, y_max = -1;
    for (Stretches ones(*this); !ones.done(); ones.next()) {
        const std::int64_t first = ones.begin() / height_, last = (ones.end() - 1) / height_;
        x_min = std::min(x_min, first);
        x_max = last;
        y_min = first < last ? 0 : std::min(y_min, ones.begin() % height_);
        y_max = first < last ? height_ - 1 : std::max(y_max, (ones.end() - 1) % height_);
    }
    if (x_max < 0) return {0, 0, 0, 0};
    return {x_min, y_min, x_max - x_min + 1, y_max - y_min + 1};
}

std::int64_t intersection(const RunLengthMask& a, const RunLengthMask& b) {
    check_same_size(a, b);
    std::int64_t sum = 0;
    for (Stretches s(a), t(b); !s.done() && !t.done();) {
        sum += std::max<std::int64_t>(0, std::min(s.end(), t.end()) - std::max(s.begin(), t.begin()));
        if (s.end() < t.end())
            s.next();
        else
            t.next();
    }
    return sum;
}

RunLengthMask united(const RunLengthMask& a, const RunLengthMask& b) {
    check_same_size(a, b);
    RunWriter writer(a.height() * a.width());
    std::int64_t reached = 0;
    for (Stretches s(a), t(b); !s.done() || !t.done();) {
        Stretches& first = t.done() || (!s.done() && s.begin() <= t.begin()) ? s : t;
        const std::int64_t begin = std::max(reached, first.begin());
        if (begin < first.end()) {
            writer.ones(begin, first.end());
            reached = first.end();
        }
        first.next();
    }
    return RunLengthMask(a.height(), a.width(), writer.finish());
}

PlacedMask PlacedMask::encode(const cv::Mat& mask, std::int64_t x, std::int64_t y) {
    PlacedMask whole{x, y, RunLengthMask::encode(mask)};
    return clipped(whole, window_of(whole));
}

PlacedMask PlacedMask::from_image(const RunLengthMask& whole) {
    const auto bounds = whole.bounds();
    if (bounds.width == 0) return {};
    return {bounds.x, bounds.y, in_window({0, 0, whole}, bounds)};
}

RunLengthMask PlacedMask::on_image(std::int64_t image_height, std::int64_t image_width) const {
    check_size(image_height, image_width);
    if (!empty() && (x < 0 || y < 0 || x + local.width() > image_width || y + local.height() > image_height))
        throw Error(Cause::internal, "a mask at (" + std::to_string(x) + ", " + std::to_string(y) + "), " +
                                         size_text(local.height(), local.width()) + ", leaves its image of " +
                                         size_text(image_height, image_width));
    return in_window(*this, {0, 0, image_width, image_height});
}

RunLengthMask::Bounds PlacedMask::bounds() const {
    auto bounds = local.bounds();
    if (bounds.width == 0) return bounds;
    return {bounds.x + x, bounds.y + y, bounds.width, bounds.height};
}

std::int64_t intersection(const PlacedMask& a, const PlacedMask& b) {
    if (a.empty() || b.empty() || apart(window_of(a), window_of(b))) return 0;
    ColumnPieces s(a), t(b);
    s.skip_to(b.x);
    t.skip_to(a.x);
    std::int64_t sum = 0;
    while (!s.done() && !t.done()) {
        if (s.x() == t.x())
            sum += std::max<std::int64_t>(
                0, std::min(s.y_end(), t.y_end()) - std::max(s.y_begin(), t.y_begin()));
        if (std::pair(s.x(), s.y_end()) < std::pair(t.x(), t.y_end()))
            s.next();
        else
            t.next();
    }
    return sum;
}

double iou(const PlacedMask& a, const PlacedMask& b) {
    const std::int64_t both = intersection(a, b), either = a.area() + b.area() - both;
    return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

PlacedMask united(const PlacedMask& a, const PlacedMask& b) {
    const auto p = a.bounds(), q = b.bounds();
    if (p.width == 0) return clipped(b, q);
    if (q.width == 0) return clipped(a, p);
    const auto x = std::min(p.x, q.x), y = std::min(p.y, q.y);
    const RunLengthMask::Bounds window{x, y, std::max(p.x + p.width, q.x + q.width) - x,
                                       std::max(p.y + p.height, q.y + q.height) - y};
    return {x, y, united(in_window(a, window), in_window(b, window))};
}

void for_each_piece(const PlacedMask& mask, const RunLengthMask::Bounds& window,
                    const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& piece) {
    if (mask.empty()) return;
    ColumnPieces pieces(mask);
    for (pieces.skip_to(window.x); !pieces.done() && pieces.x() < window.x + window.width; pieces.next()) {
        const auto begin = std::max(pieces.y_begin(), window.y);
        const auto end = std::min(pieces.y_end(), window.y + window.height);
        if (begin < end) piece(pieces.x(), begin, end);
    }
}

PlacedMask clipped(const PlacedMask& mask, const RunLengthMask::Bounds& window) {
    if (mask.empty() || apart(window_of(mask), window)) return {};
    const PlacedMask cut{window.x, window.y, in_window(mask, window)};
    const auto bounds = cut.bounds();
    if (bounds.width == 0) return {};
    return {bounds.x, bounds.y, in_window(cut, bounds)};
}

}  // namespace figurant::figures
