#pragma once
// The COCO evaluation written from its definition, slowly: one loop for each word of it, masks as pixels.

#include <algorithm>
#include <array>
#include <map>
#include <opencv2/core.hpp>
#include <vector>

#include "figures/coco.h"

namespace figurant::metrics::test {

using namespace figurant::figures;

class CocoOracle {
  public:
    CocoOracle(const CocoTruth& truth, const CocoResults& results, bool masks)
        : truth_(truth), results_(results), masks_(masks) {}

    std::array<double, 12> figures() {
        const auto ap = [&](int range, int only) {
            double sum = 0;
            int count = 0;
            for (int t = 0; t < 10; ++t)
                if (only < 0 || t == only) add(t, range, 100, true, sum, count);
            return count ? sum / count : -1;
        };
        const auto ar = [&](int range, int most) {
            double sum = 0;
            int count = 0;
            for (int t = 0; t < 10; ++t) add(t, range, most, false, sum, count);
            return count ? sum / count : -1;
        };
        return {ap(0, -1), ap(0, 0),  ap(0, 5),   ap(1, -1),  ap(2, -1),  ap(3, -1),
                ar(0, 1),  ar(0, 10), ar(0, 100), ar(1, 100), ar(2, 100), ar(3, 100)};
    }

    struct Outcome {
        double score;
        bool right;
    };

    /// All finds that count at an overlap of 0.5, and how many figures there are to find.
    std::vector<Outcome> outcomes(int& to_find) {
        std::vector<Outcome> all;
        to_find = 0;
        for (const auto& category : truth_.categories)
            for (const auto& each : truth_.images)
                for (const auto& outcome : image(each.id, category.id, threshold(0), 0, 100, to_find))
                    all.push_back(outcome);
        return all;
    }

  private:
    /// 0.50, 0.55, … 0.95, rounded as in the reference: overlaps may lie exactly on one.
    static double threshold(int t) { return t == 9 ? 0.95 : t * ((0.95 - 0.5) / 9) + 0.5; }

    static bool outside(double area, int range) {
        const double least[] = {0, 0, 32.0 * 32, 96.0 * 96}, most[] = {1e10, 32.0 * 32, 96.0 * 96, 1e10};
        return area < least[range] || area > most[range];
    }

    double iou(const CocoResult& find, const CocoAnnotation& figure) const {
        double both, a, b;
        if (masks_) {
            const cv::Mat p = find.segmentation->decode(), q = figure.segmentation->decode();
            both = cv::countNonZero(p & q);
            a = cv::countNonZero(p);
            b = cv::countNonZero(q);
        } else {
            const auto &p = *find.bbox, &q = figure.bbox;
            both = std::max(0.0, std::min(p[0] + p[2], q[0] + q[2]) - std::max(p[0], q[0])) *
                   std::max(0.0, std::min(p[1] + p[3], q[1] + q[3]) - std::max(p[1], q[1]));
            a = p[2] * p[3];
            b = q[2] * q[3];
        }
        return both == 0 ? 0 : both / (figure.iscrowd ? a : a + b - both);
    }

    /// The finds of one image and category, as far as they count, and how many figures there are to find.
    std::vector<Outcome> image(std::int64_t image, std::int64_t category, double threshold, int range,
                               int most, int& to_find) {
        std::vector<const CocoAnnotation*> figures;
        std::vector<const CocoResult*> finds;
        for (const auto& a : truth_.annotations)
            if (a.image_id == image && a.category_id == category) figures.push_back(&a);
        for (const auto& r : results_)
            if (r.image_id == image && r.category_id == category) finds.push_back(&r);
        std::stable_sort(finds.begin(), finds.end(), [](auto* a, auto* b) { return a->score > b->score; });
        if (finds.size() > static_cast<std::size_t>(most)) finds.resize(static_cast<std::size_t>(most));
        const auto ignored = [&](const CocoAnnotation* a) { return a->iscrowd || outside(a->area, range); };
        for (const auto* a : figures) to_find += !ignored(a);

        std::map<const CocoAnnotation*, bool> taken;
        std::vector<Outcome> outcomes;
        for (const auto* find : finds) {
            const CocoAnnotation* match = nullptr;
            // First among those that count, then among those that are ignored; of equals the last.
            for (const bool wants_ignored : {false, true}) {
                if (match) break;
                double best = threshold;
                for (const auto* a : figures) {
                    if (ignored(a) != wants_ignored || (taken[a] && !a->iscrowd)) continue;
                    if (cached(find, a) >= best) {
                        best = cached(find, a);
                        match = a;
                    }
                }
            }
            if (match) taken[match] = true;
            if (match ? ignored(match) : outside((*find->bbox)[2] * (*find->bbox)[3], range)) continue;
            outcomes.push_back({find->score, match != nullptr});
        }
        return outcomes;
    }

    double cached(const CocoResult* find, const CocoAnnotation* figure) {
        const auto known = ious_.find({find, figure});
        if (known != ious_.end()) return known->second;
        return ious_[{find, figure}] = iou(*find, *figure);
    }

    void add(int t, int range, int most, bool precision, double& sum, int& count) {
        auto images = truth_.images;
        std::sort(images.begin(), images.end(), [](auto& a, auto& b) { return a.id < b.id; });
        for (const auto& category : truth_.categories) {
            int to_find = 0;
            std::vector<Outcome> all;
            for (const auto& i : images)
                for (const auto& outcome : image(i.id, category.id, threshold(t), range, most, to_find))
                    all.push_back(outcome);
            if (to_find == 0) continue;
            std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.score > b.score; });
            if (!precision) {
                sum += static_cast<double>(
                           std::count_if(all.begin(), all.end(), [](auto& o) { return o.right; })) /
                       to_find;
                count += 1;
                continue;
            }
            for (int r = 0; r <= 100; ++r) {
                double best = 0;
                int right = 0;
                for (std::size_t i = 0; i < all.size(); ++i) {
                    right += all[i].right;
                    // Many recalls lie exactly on r / 100: rounding decides, as in the reference.
                    if (static_cast<double>(right) / to_find >= (r == 100 ? 1 : r * 0.01))
                        best = std::max(best, static_cast<double>(right) / static_cast<double>(i + 1));
                }
                sum += best;
                count += 1;
            }
        }
    }

    const CocoTruth& truth_;
    const CocoResults& results_;
    bool masks_;
    std::map<std::pair<const CocoResult*, const CocoAnnotation*>, double> ious_;
};

}  // namespace figurant::metrics::test
