// A layered layout, top to bottom, after Sugiyama, Tagawa and Toda ("Methods for visual understanding of
// hierarchical system structures", 1981), done for each group by itself: a group is laid out first and then
// is one node of what is around it. A line that crosses layers or leaves a group gets a place of its own in
// each layer on its way, so that it does not run through boxes.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "pipeline/drawing.h"

namespace figurant::pipeline {

namespace {

constexpr double node_height = 46, layer_gap = 48, node_gap = 26, line_gap = 18, group_padding = 18,
                 group_title_height = 24, margin = 24, letter_width = 7.4, small_letter_width = 6.4,
                 title_letter_width = 10, title_line_height = 21, narrowest = 420;

struct Point {
    double x = 0, y = 0;
};

/// One node of a level: a stage, a group, or the place of a line in a layer.
struct LayoutNode {
    enum class Kind { stage, group, line } kind = Kind::line;
    std::size_t index = 0;  ///< the stage, the group's expand, or the edge
    std::size_t layer = 0;
    double x = 0, y = 0, width = 0, height = 0;  ///< x: of the centre; y: of the top; inside the level
    std::vector<std::pair<std::size_t, double>> above, below;  ///< neighbours, and where they are met
};

/// What an edge does on one level: from a node or the level's top, to a node or its bottom.
struct Segment {
    std::size_t edge = 0;
    std::optional<std::size_t> from, to;
    std::vector<std::size_t> lines;  ///< its places in the layers between
};

struct Level {
    std::vector<std::size_t> scope;
    std::vector<LayoutNode> nodes;
    std::vector<Segment> segments;
    std::vector<std::vector<std::size_t>> layers;
    std::map<std::size_t, std::unique_ptr<Level>> groups;  ///< by node
    double width = 0, height = 0;
    Point origin;  ///< of its content on the page
};

class SvgDrawing {
  public:
    explicit SvgDrawing(const Plan& plan) : plan_(plan), edges_(drawn_edges(plan)), ways_(edges_.size()) {}

    std::string text() {
        auto top = made_level({});
        const double width = std::max(top->width, narrowest) + 2 * margin;
        const auto title = title_lines(width - 2 * margin);
        const double title_height = title_line_height * static_cast<double>(title.size());
        place(*top, {(width - top->width) / 2, margin + (title.empty() ? 0 : title_height + 14)});
        trace(*top);
        spread_ends(true);
        spread_ends(false);
        std::ostringstream out;
        begin(out, width, top->origin.y + top->height + margin);
        draw_title(out, title);
        draw_groups(out, *top, 0);
        for (std::size_t i = 0; i < edges_.size(); ++i) draw_line(out, ways_[i]);
        draw_group_titles(out, *top, 0);
        draw_nodes(out, *top);
        for (std::size_t i = 0; i < edges_.size(); ++i) draw_label(out, i);
        out << "</svg>\n";
        return out.str();
    }

  private:
    const std::vector<std::size_t>& scope_of(std::size_t stage) const { return plan_.stages[stage].scope; }

    // ---- Layout of one level

    std::unique_ptr<Level> made_level(const std::vector<std::size_t>& scope) {
        auto level = std::make_unique<Level>();
        level->scope = scope;
        for (const auto& child : children_of(plan_, scope).children) {
            LayoutNode node;
            node.index = child.stage;
            if (child.group) {
                auto inner = scope;
                inner.push_back(child.stage);
                auto group = made_level(inner);
                node.kind = LayoutNode::Kind::group;
                node.width =
                    std::max(group->width, small_letter_width *
                                               static_cast<double>(group_title(plan_, child.stage).size())) +
                    2 * group_padding;
                node.height = group->height + 2 * group_padding + group_title_height;
                level->groups[level->nodes.size()] = std::move(group);
            } else {
                const auto& stage = plan_.stages[child.stage];
                node.kind = LayoutNode::Kind::stage;
                node.width = 28 + std::max(letter_width * static_cast<double>(stage.name.size()),
                                           small_letter_width * static_cast<double>(subtitle(stage).size()));
                node.height = node_height;
            }
            level->nodes.push_back(node);
        }
        add_segments(*level);
        assign_layers(*level);
        add_lines(*level);
        order_layers(*level);
        assign_columns(*level);
        assign_rows(*level);
        return level;
    }

    static std::string subtitle(const PlannedStage& stage) {
        const std::string kind(kind_name(stage.type->kind));
        return stage.type->name == kind ? kind : stage.type->name + " · " + kind;
    }

    /// The node of `level` that holds the stage, if any.
    std::optional<std::size_t> node_with(const Level& level, std::size_t stage) const {
        const auto& own = scope_of(stage);
        if (own.size() < level.scope.size() ||
            !std::equal(level.scope.begin(), level.scope.end(), own.begin()))
            return std::nullopt;
        const bool direct = own.size() == level.scope.size();
        for (std::size_t i = 0; i < level.nodes.size(); ++i) {
            const auto& node = level.nodes[i];
            if (direct && node.kind == LayoutNode::Kind::stage && node.index == stage) return i;
            if (!direct && node.kind == LayoutNode::Kind::group && node.index == own[level.scope.size()])
                return i;
        }
        return std::nullopt;
    }

    void add_segments(Level& level) const {
        for (std::size_t e = 0; e < edges_.size(); ++e) {
            const auto from = node_with(level, edges_[e].from);
            const auto to = node_with(level, edges_[e].to);
            if ((!from && !to) || from == to) continue;
            level.segments.push_back({e, from, to, {}});
        }
    }

    static void assign_layers(Level& level) {
        // Longest way from the top; a line that would go back up (a gather's result that meets its own group
        // again) does not count.
        for (std::size_t round = 0; round < level.nodes.size(); ++round) {
            bool changed = false;
            for (const auto& segment : level.segments) {
                if (!segment.from || !segment.to || *segment.from > *segment.to) continue;
                auto& layer = level.nodes[*segment.to].layer;
                const std::size_t least = level.nodes[*segment.from].layer + 1;
                changed = changed || layer < least;
                layer = std::max(layer, least);
            }
            if (!changed) break;
        }
        std::size_t layers = 0;
        for (const auto& node : level.nodes) layers = std::max(layers, node.layer + 1);
        level.layers.resize(layers);
        for (std::size_t i = 0; i < level.nodes.size(); ++i) level.layers[level.nodes[i].layer].push_back(i);
    }

    /// Where a segment meets a node: the middle, or the place where its line leaves or enters a group.
    double meeting(const Level& level, std::size_t node, const Segment& segment, bool leaving) const {
        const auto group = level.groups.find(node);
        if (group == level.groups.end()) return 0;
        for (const auto& inner : group->second->segments)
            if (inner.edge == segment.edge && (leaving ? !inner.to : !inner.from))
                return end_of(*group->second, inner, leaving) - group->second->width / 2;
        return 0;
    }

    /// The column at which a segment leaves its level's bottom, or enters at its top.
    static double end_of(const Level& level, const Segment& segment, bool bottom) {
        if (!segment.lines.empty())
            return level.nodes[bottom ? segment.lines.back() : segment.lines.front()].x;
        const auto node = bottom ? segment.from : segment.to;
        return level.nodes[*node].x;
    }

    void add_lines(Level& level) {
        const std::size_t layers = level.layers.size();
        for (auto& segment : level.segments) {
            const std::size_t first = segment.from ? level.nodes[*segment.from].layer + 1 : 0;
            const std::size_t last = segment.to ? level.nodes[*segment.to].layer : layers;
            std::optional<std::size_t> previous = segment.from;
            double previous_at = segment.from ? meeting(level, *segment.from, segment, true) : 0;
            const auto link = [&](std::size_t next, double at) {
                if (previous) {
                    level.nodes[*previous].below.emplace_back(next, at);
                    level.nodes[next].above.emplace_back(*previous, previous_at);
                }
                previous = next;
                previous_at = at;
            };
            for (std::size_t layer = first; layer < last; ++layer) {
                LayoutNode line;
                line.index = segment.edge;
                line.layer = layer;
                line.width = 6;
                segment.lines.push_back(level.nodes.size());
                level.layers[layer].push_back(level.nodes.size());
                level.nodes.push_back(line);
                link(level.nodes.size() - 1, 0);
            }
            if (segment.to && last >= first) link(*segment.to, meeting(level, *segment.to, segment, false));
        }
    }

    static double wanted(const Level& level, const LayoutNode& node, bool from_above) {
        const auto& neighbours = from_above ? node.above : node.below;
        if (neighbours.empty()) return node.x;
        double sum = 0;
        for (const auto& [other, at] : neighbours) sum += level.nodes[other].x + at;
        return sum / static_cast<double>(neighbours.size());
    }

    static double gap(const LayoutNode& a, const LayoutNode& b) {
        const bool line = a.kind == LayoutNode::Kind::line || b.kind == LayoutNode::Kind::line;
        return (a.width + b.width) / 2 + (line ? line_gap : node_gap);
    }

    static void pack(Level& level, const std::vector<std::size_t>& layer) {
        for (std::size_t i = 1; i < layer.size(); ++i) {
            auto& node = level.nodes[layer[i]];
            const auto& before = level.nodes[layer[i - 1]];
            node.x = before.x + gap(before, node);
        }
    }

    static void order_layers(Level& level) {
        for (const auto& layer : level.layers) pack(level, layer);
        for (int sweep = 0; sweep < 8; ++sweep) {
            const bool down = sweep % 2 == 0;
            for (std::size_t i = 0; i < level.layers.size(); ++i) {
                auto& layer = level.layers[down ? i : level.layers.size() - 1 - i];
                std::map<std::size_t, double> where;
                for (const std::size_t node : layer) where[node] = wanted(level, level.nodes[node], down);
                std::stable_sort(layer.begin(), layer.end(),
                                 [&](std::size_t a, std::size_t b) { return where[a] < where[b]; });
                level.nodes[layer.front()].x = 0;
                pack(level, layer);
                const double middle = (level.nodes[layer.front()].x + level.nodes[layer.back()].x) / 2;
                for (const std::size_t node : layer) level.nodes[node].x -= middle;
            }
        }
    }

    static void assign_columns(Level& level) {
        for (int sweep = 0; sweep < 24; ++sweep) {
            const bool down = sweep % 2 == 0;
            for (std::size_t i = 0; i < level.layers.size(); ++i)
                settle(level, level.layers[down ? i : level.layers.size() - 1 - i], down);
        }
        double left = 0, right = 0;
        for (std::size_t i = 0; i < level.nodes.size(); ++i) {
            const auto& node = level.nodes[i];
            left = i ? std::min(left, node.x - node.width / 2) : node.x - node.width / 2;
            right = i ? std::max(right, node.x + node.width / 2) : node.x + node.width / 2;
        }
        for (auto& node : level.nodes) node.x -= left;
        level.width = right - left;
    }

    /// Moves the nodes of a layer to where their neighbours want them, as far as they leave each other room.
    static void settle(Level& level, const std::vector<std::size_t>& layer, bool from_above) {
        std::vector<double> target, rightward(layer.size()), leftward(layer.size());
        for (const std::size_t node : layer) target.push_back(wanted(level, level.nodes[node], from_above));
        for (std::size_t i = 0; i < layer.size(); ++i)
            rightward[i] = i ? std::max(target[i], rightward[i - 1] +
                                                       gap(level.nodes[layer[i - 1]], level.nodes[layer[i]]))
                             : target[i];
        for (std::size_t i = layer.size(); i-- > 0;)
            leftward[i] = i + 1 < layer.size()
                              ? std::min(target[i], leftward[i + 1] -
                                                        gap(level.nodes[layer[i]], level.nodes[layer[i + 1]]))
                              : target[i];
        for (std::size_t i = 0; i < layer.size(); ++i)
            level.nodes[layer[i]].x = (rightward[i] + leftward[i]) / 2;
    }

    static void assign_rows(Level& level) {
        double y = 0;
        for (const auto& layer : level.layers) {
            double height = 0;
            for (const std::size_t node : layer) height = std::max(height, level.nodes[node].height);
            for (const std::size_t index : layer) {
                auto& node = level.nodes[index];
                if (node.kind == LayoutNode::Kind::line) node.height = height;
                node.y = y + (height - node.height) / 2;
            }
            y += height + layer_gap;
        }
        level.height = std::max(0.0, y - layer_gap);
    }

    // ---- Onto the page

    void place(Level& level, Point origin) {
        level.origin = origin;
        for (auto& node : level.nodes) {
            node.x += origin.x;
            node.y += origin.y;
        }
        for (auto& [index, group] : level.groups) {
            const auto& node = level.nodes[index];
            place(*group, {node.x - group->width / 2, node.y + group_padding + group_title_height});
        }
    }

    /// Appends each edge's points on this level, those inside groups in their turn.
    void trace(const Level& level) {
        for (std::size_t e = 0; e < edges_.size(); ++e) trace_edge(level, e);
    }

    const Segment* segment_of(const Level& level, std::size_t edge) const {
        for (const auto& segment : level.segments)
            if (segment.edge == edge) return &segment;
        return nullptr;
    }

    void trace_edge(const Level& level, std::size_t edge) {
        const auto from = node_with(level, edges_[edge].from);
        const auto to = node_with(level, edges_[edge].to);
        if (from && from == to) {
            trace_edge(*level.groups.at(*from), edge);
            return;
        }
        if (from) trace_end(level, *from, edge, true);
        if (const auto* segment = segment_of(level, edge))
            for (const std::size_t line : segment->lines) {
                const auto& node = level.nodes[line];
                ways_[edge].push_back({node.x, node.y});
                ways_[edge].push_back({node.x, node.y + node.height});
            }
        if (to) trace_end(level, *to, edge, false);
    }

    void trace_end(const Level& level, std::size_t index, std::size_t edge, bool leaving) {
        const auto& node = level.nodes[index];
        const auto group = level.groups.find(index);
        if (group != level.groups.end()) {
            trace_edge(*group->second, edge);
            return;
        }
        ways_[edge].push_back({node.x, leaving ? node.y + node.height : node.y});
    }

    /// Lines that meet at one side of a box stand side by side, in the order of where they go, so that they
    /// do not cross there.
    void spread_ends(bool leaving) {
        std::map<std::size_t, std::vector<std::size_t>> together;
        for (std::size_t e = 0; e < edges_.size(); ++e)
            together[leaving ? edges_[e].from : edges_[e].to].push_back(e);
        const auto next_x = [&](std::size_t e) {
            return leaving ? ways_[e][1].x : ways_[e][ways_[e].size() - 2].x;
        };
        std::map<std::size_t, double> offsets;
        for (auto& [stage, edges] : together) {
            std::stable_sort(edges.begin(), edges.end(),
                             [&](std::size_t a, std::size_t b) { return next_x(a) < next_x(b); });
            for (std::size_t i = 0; i < edges.size(); ++i)
                offsets[edges[i]] = 16 * (static_cast<double>(i) - static_cast<double>(edges.size() - 1) / 2);
        }
        for (const auto& [edge, offset] : offsets)
            (leaving ? ways_[edge].front() : ways_[edge].back()).x += offset;
    }

    // ---- SVG

    static std::string escaped(std::string_view text) {
        std::string result;
        for (const char c : text) {
            if (c == '&')
                result += "&amp;";
            else if (c == '<')
                result += "&lt;";
            else if (c == '>')
                result += "&gt;";
            else if (c == '"')
                result += "&quot;";
            else
                result += c;
        }
        return result;
    }

    static long rounded(double value) { return std::lround(value); }

    static void begin(std::ostream& out, double width, double height) {
        out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << rounded(width) << "\" height=\""
            << rounded(height) << "\" viewBox=\"0 0 " << rounded(width) << " " << rounded(height)
            << "\" font-family=\"Helvetica, Arial, sans-serif\">\n"
            << "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
               "markerHeight=\"8\" orient=\"auto\"><path d=\"M0,0.8 L7,4 L0,7.2 z\" "
               "fill=\"#64748b\"/></marker></defs>\n"
            << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    }

    /// The title in lines that fit the page.
    std::vector<std::string> title_lines(double width) const {
        std::vector<std::string> lines;
        std::istringstream words(plan_.title);
        for (std::string word; words >> word;) {
            const bool fits =
                !lines.empty() &&
                title_letter_width * static_cast<double>(lines.back().size() + 1 + word.size()) <= width;
            if (fits)
                lines.back() += " " + word;
            else
                lines.push_back(word);
        }
        return lines;
    }

    static void draw_title(std::ostream& out, const std::vector<std::string>& lines) {
        for (std::size_t i = 0; i < lines.size(); ++i)
            out << "<text x=\"" << margin << "\" y=\""
                << rounded(margin + 12 + title_line_height * static_cast<double>(i))
                << "\" font-size=\"16\" font-weight=\"bold\" fill=\"#0f172a\">" << escaped(lines[i])
                << "</text>\n";
    }

    static std::string_view colour(Kind kind) {
        switch (kind) {
            case Kind::source:
                return "#16a34a";
            case Kind::expand:
                return "#d97706";
            case Kind::gather:
                return "#9333ea";
            case Kind::regroup:
                return "#db2777";
            case Kind::sink:
            case Kind::finish:
                return "#475569";
            case Kind::for_each_graph:
                return "#0891b2";
            default:
                return "#2563eb";
        }
    }

    static std::string_view group_fill(std::size_t depth) {
        static constexpr std::string_view fills[] = {"#f8fafc", "#eef2f7", "#e5eaf2"};
        return fills[std::min<std::size_t>(depth, 2)];
    }

    void draw_groups(std::ostream& out, const Level& level, std::size_t depth) const {
        for (const auto& [index, group] : level.groups) {
            const auto& node = level.nodes[index];
            out << "<rect x=\"" << rounded(node.x - node.width / 2) << "\" y=\"" << rounded(node.y)
                << "\" width=\"" << rounded(node.width) << "\" height=\"" << rounded(node.height)
                << "\" rx=\"12\" fill=\"" << group_fill(depth)
                << "\" stroke=\"#94a3b8\" stroke-dasharray=\"5 4\"/>\n";
            draw_groups(out, *group, depth + 1);
        }
    }

    /// After the lines, so that none runs through a title.
    void draw_group_titles(std::ostream& out, const Level& level, std::size_t depth) const {
        for (const auto& [index, group] : level.groups) {
            const auto& node = level.nodes[index];
            out << "<text x=\"" << rounded(node.x - node.width / 2 + group_padding) << "\" y=\""
                << rounded(node.y + 22)
                << "\" font-size=\"12\" font-style=\"italic\" fill=\"#64748b\" stroke=\"" << group_fill(depth)
                << "\" stroke-width=\"5\" paint-order=\"stroke\">" << escaped(group_title(plan_, node.index))
                << "</text>\n";
            draw_group_titles(out, *group, depth + 1);
        }
    }

    void draw_nodes(std::ostream& out, const Level& level) const {
        for (const auto& node : level.nodes) {
            if (node.kind != LayoutNode::Kind::stage) continue;
            const auto& stage = plan_.stages[node.index];
            const double left = node.x - node.width / 2;
            const auto paint = colour(stage.type->kind);
            out << "<g><title>" << escaped(stage.type->sentence) << "</title><rect x=\"" << rounded(left)
                << "\" y=\"" << rounded(node.y) << "\" width=\"" << rounded(node.width) << "\" height=\""
                << rounded(node.height) << "\" rx=\"7\" fill=\"#ffffff\" stroke=\"" << paint
                << "\" stroke-width=\"1.6\"/>"
                << "<text x=\"" << rounded(node.x) << "\" y=\"" << rounded(node.y + 20)
                << "\" font-size=\"13\" font-weight=\"bold\" text-anchor=\"middle\" fill=\"#0f172a\">"
                << escaped(stage.name) << "</text><text x=\"" << rounded(node.x) << "\" y=\""
                << rounded(node.y + 36) << "\" font-size=\"11\" text-anchor=\"middle\" fill=\"" << paint
                << "\">" << escaped(subtitle(stage)) << "</text></g>\n";
        }
        for (const auto& [index, group] : level.groups) draw_nodes(out, *group);
    }

    static void draw_line(std::ostream& out, const std::vector<Point>& way) {
        if (way.size() < 2) return;
        out << "<path d=\"M" << rounded(way[0].x) << "," << rounded(way[0].y);
        for (std::size_t i = 1; i < way.size(); ++i) {
            const auto& a = way[i - 1];
            const auto& b = way[i];
            // Upright at both ends; where a line goes back up, it swings out.
            const double bend = b.y > a.y ? (b.y - a.y) / 2 : 60;
            out << " C" << rounded(a.x) << "," << rounded(a.y + bend) << " " << rounded(b.x) << ","
                << rounded(b.y - bend) << " " << rounded(b.x) << "," << rounded(b.y);
        }
        out << "\" fill=\"none\" stroke=\"#64748b\" stroke-width=\"1.3\" marker-end=\"url(#tip)\"/>\n";
    }

    struct Box {
        double left, top, right, bottom;
        bool meets(const Box& other) const {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }
    };

    static Point on_curve(const Point& a, const Point& b, double t) {
        // The point of draw_line's curve: upright at both ends, so x follows a smoothstep.
        const double x = a.x + (b.x - a.x) * t * t * (3 - 2 * t);
        const double bend = (b.y - a.y) / 2, u = 1 - t;
        const double y =
            u * u * u * a.y + 3 * u * u * t * (a.y + bend) + 3 * u * t * t * (b.y - bend) + t * t * t * b.y;
        return {x, y};
    }

    /// How much a label would hide: other labels above all, then other lines.
    int hides(const Box& box, std::size_t own) const {
        int sum = 0;
        for (const auto& label : labels_) sum += label.meets(box) ? 100 : 0;
        for (std::size_t e = 0; e < ways_.size(); ++e)
            for (std::size_t i = 1; e != own && i < ways_[e].size(); ++i)
                for (int step = 0; step <= 16; ++step) {
                    const Point at = on_curve(ways_[e][i - 1], ways_[e][i], step / 16.0);
                    sum += box.meets({at.x - 1, at.y - 1, at.x + 1, at.y + 1}) ? 1 : 0;
                }
        return sum;
    }

    /// Beside the last piece of the line, where lines from one port have parted; where other labels leave
    /// room.
    void draw_label(std::ostream& out, std::size_t edge) {
        const auto& way = ways_[edge];
        if (way.size() < 2) return;
        const double width = 6 * static_cast<double>(edges_[edge].label.size());
        Box best{};
        int least = std::numeric_limits<int>::max();
        for (const double share : {0.6, 0.45, 0.75, 0.3})
            for (const bool right : {true, false}) {
                const Point at = on_curve(way[way.size() - 2], way.back(), share);
                const double left = right ? at.x + 5 : at.x - 5 - width;
                const Box box{left, at.y - 8, left + width, at.y + 5};
                const int hidden = hides(box, edge);
                if (hidden < least) best = box;
                least = std::min(least, hidden);
            }
        labels_.push_back(best);
        out << "<text x=\"" << rounded(best.left) << "\" y=\"" << rounded(best.top + 11)
            << "\" font-size=\"10.5\" fill=\"#475569\" stroke=\"#ffffff\" stroke-width=\"3\" "
               "paint-order=\"stroke\">"
            << escaped(edges_[edge].label) << "</text>\n";
    }

    const Plan& plan_;
    std::vector<DrawnEdge> edges_;
    std::vector<std::vector<Point>> ways_;
    std::vector<Box> labels_;
};

}  // namespace

std::string draw_svg(const Plan& plan) { return SvgDrawing(plan).text(); }

}  // namespace figurant::pipeline
