// draw_mistakes: a sheet of pictures for each kind of mistake in results, the surest first.
//
//     [stages.sheets]
//     type = "draw_mistakes"
//     from = { mistakes = "mistakes", pair = "pair" }
//     maps = ["scans/"]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>
#include <unordered_map>

#include "data_formats/coco_json/name_index.h"
#include "data_formats/map_image/map_image.h"
#include "data_formats/map_image/map_list.h"
#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;
using metrics::Mistake;
using metrics::OneMistake;

constexpr int side = 220, gap = 6, line_height = 16, heading_height = 28, columns = 6;
const cv::Scalar find_color(230, 0, 0), figure_color(0, 190, 0), ink(0, 0, 0), paper(255, 255, 255);

/// What a kind of mistake is, in a heading.
std::string_view meaning(Mistake kind) {
    switch (kind) {
        case Mistake::classification:
            return "the right place, the wrong category";
        case Mistake::localization:
            return "too far off";
        case Mistake::both:
            return "too far off, and the wrong category";
        case Mistake::duplicate:
            return "found already";
        case Mistake::background:
            return "there is nothing";
        case Mistake::missed:
            return "not found";
    }
    return "";
}

/// As much of the end of a name as a picture is wide. OpenCV's letters are ASCII: anything else becomes a
/// question mark.
std::string caption_of(std::string_view text) {
    constexpr std::size_t most = 28;
    std::string plain;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0xC0)
            plain += '?';
        else if (byte < 0x80)
            plain += byte < 0x20 ? '?' : c;
    }
    return plain.size() <= most ? plain : "..." + plain.substr(plain.size() - most + 3);
}

void write_text(cv::Mat& sheet, const std::string& text, cv::Point at, double size) {
    cv::putText(sheet, text, at, cv::FONT_HERSHEY_SIMPLEX, size, ink, 1, cv::LINE_AA);
}

/// What there is to see of a mistake: a find, a true figure, or both. A mask where there is one, else a box.
struct Outline {
    std::array<double, 4> box{};
    const figures::RunLengthMask* mask = nullptr;
};

/// A square window around the outlines, with room around them, cut down to the map.
cv::Rect window_around(const std::vector<Outline>& outlines, const figures::MapInfo& map) {
    double left = outlines[0].box[0], top = outlines[0].box[1], right = left, bottom = top;
    for (const auto& [box, mask] : outlines) {
        left = std::min(left, box[0]);
        top = std::min(top, box[1]);
        right = std::max(right, box[0] + box[2]);
        bottom = std::max(bottom, box[1] + box[3]);
    }
    const double width = static_cast<double>(map.width), height = static_cast<double>(map.height);
    const double wanted = 1.4 * std::max(right - left, bottom - top) + 12;
    const auto along = [&](double middle, double length) {
        const double taken = std::clamp(std::round(wanted), 1.0, length);
        return std::pair(static_cast<int>(std::clamp(std::round(middle - taken / 2), 0.0, length - taken)),
                         static_cast<int>(taken));
    };
    const auto [x, w] = along((left + right) / 2, width);
    const auto [y, h] = along((top + bottom) / 2, height);
    return {x, y, w, h};
}

/// Draws on `picture`, the window scaled.
void draw_outline(cv::Mat& picture, const Outline& outline, const cv::Rect& window, const cv::Scalar& color) {
    constexpr int fraction = 4;  // bits of a pixel
    const double scale = static_cast<double>(picture.cols) / window.width;
    const auto along = [&](double at, int from) {  // what is far outside need not be exact
        return cvRound(std::clamp((at - from) * scale, -1e4, 1e4) * (1 << fraction));
    };
    const auto place = [&](double x, double y) { return cv::Point(along(x, window.x), along(y, window.y)); };
    std::vector<std::vector<cv::Point>> lines;
    if (outline.mask) {
        const auto mask = figures::PlacedMask::from_image(*outline.mask);
        if (!mask.empty()) cv::findContours(mask.local.decode(), lines, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
        for (auto& line : lines)
            for (auto& point : line)
                point = place(static_cast<double>(mask.x) + point.x + 0.5,
                              static_cast<double>(mask.y) + point.y + 0.5);
    } else {
        const auto& [x, y, w, h] = outline.box;
        lines = {{place(x, y), place(x + w, y), place(x + w, y + h), place(x, y + h)}};
    }
    cv::polylines(picture, lines, true, color, 2, cv::LINE_AA, fraction);
}

/// The maps' files by the names that a ground truth gives its images.
class MapFiles {
  public:
    explicit MapFiles(const std::vector<std::filesystem::path>& paths) {
        if (!paths.empty()) files_ = data_formats::list_maps(paths);
        for (std::size_t i = 0; i < files_.size(); ++i)
            names_.add(files_[i].name, static_cast<std::int64_t>(i));
    }
    bool empty() const { return files_.empty(); }
    /// Null where there is none, or more than one that may be meant.
    const data_formats::MapFile* find(const std::string& name) const {
        const auto place = names_.find(name);
        return place ? &files_[static_cast<std::size_t>(*place)] : nullptr;
    }

  private:
    std::vector<data_formats::MapFile> files_;
    data_formats::NameIndex names_;
};

/// Makes the sheets of one pair, kind by kind.
class Sheets : public Cursor {
  public:
    Sheets(const MapFiles& files, std::size_t most, std::shared_ptr<const metrics::Mistakes> mistakes,
           std::shared_ptr<const CocoPair> pair, const Out<figures::MapHandle>& port)
        : files_(files), most_(most), mistakes_(std::move(mistakes)), pair_(std::move(pair)), port_(port) {
        const auto& part = mistakes_->segm ? mistakes_->segm : mistakes_->bbox;
        if (!part || files_.empty()) return;
        shares_ = &*part;
        names_ = file_names(pair_->truth);
    }

    std::size_t next_bytes() const override { return sheet_bytes(most_); }
    bool next(Outputs& out, Context& context) override {
        while (shares_ && kind_ < metrics::mistake_names.size()) {
            const auto kind = static_cast<Mistake>(kind_++);
            const auto pictures = pictures_of(kind, context);
            if (pictures.empty()) continue;
            out.emit(port_, figures::memory_map("mistakes_" + std::string(metrics::mistake_name(kind)),
                                                sheet(kind, pictures)));
            return true;
        }
        return false;
    }

    static std::size_t sheet_bytes(std::size_t pictures) {
        const auto rows = (pictures + columns - 1) / columns;
        return (rows * (side + gap + 2 * line_height) + heading_height) * columns * (side + gap) * 3 + 4096;
    }

  private:
    struct Picture {
        cv::Mat pixels;
        std::array<std::string, 2> caption;
    };

    std::vector<Picture> pictures_of(Mistake kind, Context& context) {
        std::vector<Picture> pictures;
        for (const OneMistake& mistake : shares_->each) {
            if (mistake.kind != kind) continue;
            if (pictures.size() == most_) break;
            if (auto picture = picture_of(mistake, context)) pictures.push_back(std::move(*picture));
        }
        return pictures;
    }

    /// None where the map is not there or cannot be read, which is warned of.
    std::optional<Picture> picture_of(const OneMistake& mistake, Context& context) {
        const auto* find = mistake.find ? &pair_->results[*mistake.find] : nullptr;
        const auto* figure = mistake.figure ? &pair_->truth.annotations[*mistake.figure] : nullptr;
        const auto& name = names_.at(find ? find->image_id : figure->image_id);
        const auto map = open(name, context);
        if (!map) return {};
        std::vector<Outline> outlines;
        const bool masks = mistakes_->segm.has_value();
        if (find) outlines.push_back({box_of(*find), masks ? &*find->segmentation : nullptr});
        if (figure) outlines.push_back({figure->bbox, masks ? &*figure->segmentation : nullptr});

        const cv::Rect window = window_around(outlines, map->info());
        const double scale = static_cast<double>(side) / std::max(window.width, window.height);
        Picture picture;
        try {
            picture.pixels = map->read(window, {std::max(1, cvRound(window.width * scale)),
                                                std::max(1, cvRound(window.height * scale))});
        } catch (const Error& error) {
            if (error.cause() != Cause::input) throw;
            context.warn(std::string(error.what()) + ": its mistakes are not drawn");
            opened_.second = nullptr;
            return {};
        }
        if (figure) draw_outline(picture.pixels, outlines.back(), window, figure_color);
        if (find) draw_outline(picture.pixels, outlines.front(), window, find_color);
        picture.caption[0] = caption_of(name);
        std::array<char, 64> text{};
        const auto [x, y, w, h] = outlines.front().box;
        if (find)
            std::snprintf(text.data(), text.size(), "%.2f, overlap %.2f, %.0fx%.0f", find->score,
                          mistake.overlap, w, h);
        else
            std::snprintf(text.data(), text.size(), "%.0fx%.0f", w, h);
        picture.caption[1] = text.data();
        return picture;
    }

    /// The last map stays open, and no other: each would keep its decoded pixels.
    figures::MapHandle open(const std::string& name, Context& context) {
        if (opened_.first == name) return opened_.second;
        opened_ = {name, nullptr};
        const auto* file = files_.find(name);
        if (!file) {
            context.warn(name + " is not among the maps: its mistakes are not drawn");
            return nullptr;
        }
        try {
            opened_.second = data_formats::open_map(file->path, file->name);
        } catch (const Error& error) {
            context.warn(std::string(error.what()) + ": its mistakes are not drawn");
        }
        return opened_.second;
    }

    cv::Mat sheet(Mistake kind, const std::vector<Picture>& pictures) const {
        const auto count = static_cast<int>(pictures.size());
        const int across = std::min(count, columns), rows = (count + columns - 1) / columns;
        const int row_height = side + gap + 2 * line_height;
        cv::Mat sheet(heading_height + rows * row_height, std::max(3, across) * (side + gap), CV_8UC3, paper);
        const auto& share = (*shares_)[kind];
        std::array<char, 96> cost{};
        std::snprintf(cost.data(), cost.size(), " (%zu, costing %.3f of AP50)", share.count, share.cost);
        write_text(sheet,
                   std::string(metrics::mistake_name(kind)) + ": " + std::string(meaning(kind)) + cost.data(),
                   {gap / 2, heading_height - 10}, 0.5);
        for (int i = 0; i < count; ++i) {
            const auto& [pixels, caption] = pictures[static_cast<std::size_t>(i)];
            const cv::Point corner(gap / 2 + i % columns * (side + gap),
                                   heading_height + i / columns * row_height);
            pixels.copyTo(sheet(cv::Rect(corner, pixels.size())));
            for (int line = 0; line < 2; ++line)
                write_text(sheet, caption[static_cast<std::size_t>(line)],
                           corner + cv::Point(0, side + (line + 1) * line_height - 3), 0.4);
        }
        return sheet;
    }

    const MapFiles& files_;
    std::size_t most_;
    std::shared_ptr<const metrics::Mistakes> mistakes_;
    std::shared_ptr<const CocoPair> pair_;
    const Out<figures::MapHandle>& port_;
    const metrics::MistakeShares* shares_ = nullptr;
    std::unordered_map<std::int64_t, std::string> names_;
    std::size_t kind_ = 0;
    std::pair<std::string, figures::MapHandle> opened_;
};

class DrawMistakes : public Expand {
  public:
    static constexpr std::string_view sentence =
        "Draws a sheet for each kind of mistake in results, the surest first: the find red, the true figure "
        "green, masks where there are any, else boxes.";
    static constexpr In<metrics::Mistakes> mistakes{"mistakes", "the mistakes"};
    static constexpr In<CocoPair> pair{"pair", "the ground truth and results that they were found in"};
    static constexpr Out<figures::MapHandle> sheet{"map", "a sheet, named mistakes_KIND"};
    static auto ports() { return std::tuple(mistakes, pair, sheet); }

    struct Parameters {
        std::vector<std::filesystem::path> maps;
        std::int64_t most = 24;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("maps", &Parameters::maps,
                     "the maps, or folders of them, matched by file name; none: nothing is drawn")
                .add("most", &Parameters::most, "pictures on a sheet at the most", range(1, 1000));
        return list;
    }
    explicit DrawMistakes(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override { files_ = std::make_unique<MapFiles>(parameters_.maps); }
    Needs needs() const override {
        return {1, data_formats::MapOptions{}.decode_whole_up_to + Sheets::sheet_bytes(most()), {}};
    }
    std::unique_ptr<Cursor> open(const Inputs& in, Context&) const override {
        return std::make_unique<Sheets>(*files_, most(), in.shared(mistakes), in.shared(pair), sheet);
    }

  private:
    std::size_t most() const { return static_cast<std::size_t>(parameters_.most); }
    Parameters parameters_;
    std::unique_ptr<const MapFiles> files_;
};

const Registered<DrawMistakes> registered("draw_mistakes");

}  // namespace
}  // namespace figurant::stages
