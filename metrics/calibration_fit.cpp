#include "metrics/calibration_fit.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "metrics/coco_matching.h"
#include "metrics/table_text.h"

namespace figurant::metrics {
namespace {

/// A find that counts.
struct Seen {
    double score = 0, side = 0;  ///< longer side of the box, in pixels as the network saw it
    bool right = false;
};

using Three = std::array<double, 3>;

/// What the regression sees of a find; the weights are offset, slope and per_doubling.
Three variables(const Seen& find) {
    return {1, ScoreCalibration::log_odds(find.score), ScoreCalibration::doublings(find.side)};
}

ScoreCalibration calibration_of(const Three& weights) { return {weights[0], weights[1], weights[2]}; }

double mean_loss(const std::vector<Seen>& finds, const ScoreCalibration& calibration) {
    double sum = 0;
    for (const Seen& find : finds) {
        const double p = calibration(find.score, find.side);
        sum -= std::log(std::max(find.right ? p : 1 - p, 1e-12));
    }
    return sum / static_cast<double>(finds.size());
}

/// x of the symmetric positive definite system m x = b, by elimination.
Three solved(std::array<Three, 3> m, Three b) {
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = i + 1; j < 3; ++j) {
            const double factor = m[j][i] / m[i][i];
            for (std::size_t k = i; k < 3; ++k) m[j][k] -= factor * m[i][k];
            b[j] -= factor * b[i];
        }
    for (std::size_t i = 3; i-- > 0;) {
        for (std::size_t k = i + 1; k < 3; ++k) b[i] -= m[i][k] * b[k];
        b[i] /= m[i][i];
    }
    return b;
}

/// Newton's method. The pull towards the scores as they are keeps the weights finite where right and wrong
/// finds part cleanly.
ScoreCalibration fitted(const std::vector<Seen>& finds) {
    constexpr Three start{0, 1, 0};
    constexpr double pull = 0.5;
    constexpr int most_steps = 200;
    const auto objective = [&](const Three& weights) {
        double sum = mean_loss(finds, calibration_of(weights)) * static_cast<double>(finds.size());
        for (std::size_t i = 0; i < 3; ++i)
            sum += pull / 2 * (weights[i] - start[i]) * (weights[i] - start[i]);
        return sum;
    };
    Three weights = start;
    double now = objective(weights);
    for (int step = 0; step < most_steps; ++step) {
        Three gradient{};
        std::array<Three, 3> curvature{};
        for (std::size_t i = 0; i < 3; ++i) {
            gradient[i] = pull * (weights[i] - start[i]);
            curvature[i][i] = pull;
        }
        const ScoreCalibration calibration = calibration_of(weights);
        for (const Seen& find : finds) {
            const Three x = variables(find);
            const double p = calibration(find.score, find.side);
            for (std::size_t i = 0; i < 3; ++i) {
                gradient[i] += (p - (find.right ? 1 : 0)) * x[i];
                for (std::size_t j = 0; j < 3; ++j) curvature[i][j] += p * (1 - p) * x[i] * x[j];
            }
        }
        const Three towards = solved(curvature, gradient);
        double share = 1;
        Three next;
        double then = now;
        do {
            for (std::size_t i = 0; i < 3; ++i) next[i] = weights[i] - share * towards[i];
            then = objective(next);
            share /= 2;
        } while (!(then < now) && share > 1e-9);
        if (!(now - then > 1e-10 * now)) break;
        weights = next;
        now = then;
    }
    return calibration_of(weights);
}

std::vector<Seen> seen_finds(const Prepared& prepared, Part part, double scale,
                             const ParallelFor& parallel_for) {
    std::vector<std::vector<Seen>> of_image(prepared.images);
    for_each_index(prepared.images, usual_chunk, parallel_for, [&](std::size_t image) {
        for (std::size_t k = 0; k < prepared.categories; ++k) {
            const Cell cell = open_cell(prepared, k * prepared.images + image, part, all_finds);
            for (const CountedFind& counted : counted_finds(cell, right_overlap)) {
                const auto& result = prepared.results[cell.finds[counted.place]];
                const BoxOf box = box_of(result);
                of_image[image].push_back(
                    {result.score, scale * std::max(box[2], box[3]), counted.figure != nullptr});
            }
        }
    });
    std::vector<Seen> finds;
    for (const auto& some : of_image) finds.insert(finds.end(), some.begin(), some.end());
    return finds;
}

void check_scores(const figures::CocoResults& results) {
    for (std::size_t i = 0; i < results.size(); ++i)
        if (!(results[i].score >= 0 && results[i].score <= 1))
            throw Error(Cause::input, "result " + std::to_string(i) + " has the score " +
                                          shortest_digits(results[i].score) + ", which is not 0 to 1");
}

void check(const CalibrationFit& fit) {
    const std::string nothing = ", so nothing can be said of what scores mean";
    if (fit.finds == 0)
        throw Error(Cause::input, "there are no finds" + nothing,
                    "give results that hold finds of low scores too: evaluate --score-threshold 0.01");
    if (fit.right == 0)
        throw Error(Cause::input, "no find is right" + nothing,
                    "check that truth and results are of the same maps and categories");
    if (fit.right == fit.finds)
        throw Error(Cause::input, "no find is wrong" + nothing,
                    "give results that hold finds of low scores too: evaluate --score-threshold 0.01");
}

void add(std::array<ReliabilityBin, 10>& bins, double score, bool right) {
    ReliabilityBin& bin = bins[static_cast<std::size_t>(std::clamp(score * 10, 0.0, 9.0))];
    ++bin.finds;
    bin.right += right;
    bin.score_sum += score;
}

std::string bin_cells(const ReliabilityBin& bin) {
    if (bin.finds == 0) return formatted("%8d%8s%8s", 0, "-", "-");
    const auto count = static_cast<double>(bin.finds);
    return formatted("%8zu%8.3f%8.3f", bin.finds, bin.score_sum / count,
                     static_cast<double>(bin.right) / count);
}

}  // namespace

CalibrationFit fit_calibration(const figures::CocoTruth& truth, const figures::CocoResults& results,
                               double scale, const ParallelFor& parallel_for) {
    CalibrationFit fit;
    check_scores(results);
    const Prepared prepared = prepare(truth, results, fit.warnings);
    fit.masks = measurable_parts(truth, results, fit.warnings).segm;
    const auto finds = seen_finds(prepared, fit.masks ? Part::segm : Part::bbox, scale, parallel_for);
    fit.finds = finds.size();
    for (const Seen& find : finds) fit.right += find.right;
    check(fit);
    fit.calibration = fitted(finds);
    fit.loss_before = mean_loss(finds, {});
    fit.loss_after = mean_loss(finds, fit.calibration);
    for (const Seen& find : finds) {
        add(fit.before, find.score, find.right);
        add(fit.after, fit.calibration(find.score, find.side), find.right);
    }
    return fit;
}

std::string to_table(const CalibrationFit& fit) {
    std::string table =
        formatted("%zu finds, %zu of them right by their %s; log loss %.4f, calibrated %.4f\n", fit.finds,
                  fit.right, fit.masks ? "masks" : "boxes", fit.loss_before, fit.loss_after);
    const auto& [offset, slope, per_doubling] = fit.calibration;
    table += formatted("offset %.3f, slope %.3f, %.3f for each doubling of the size up to %.0f pixels\n",
                       offset, slope, per_doubling, ScoreCalibration::full_side);
    table += formatted("%-12s%8s%8s%8s   calibrated%8s%8s%8s\n", "score", "finds", "mean", "right", "finds",
                       "mean", "right");
    for (std::size_t i = 0; i < fit.before.size(); ++i)
        table += formatted("%.1f to %.1f  ", static_cast<double>(i) / 10, static_cast<double>(i + 1) / 10) +
                 bin_cells(fit.before[i]) + "             " + bin_cells(fit.after[i]) + "\n";
    return table;
}

}  // namespace figurant::metrics
