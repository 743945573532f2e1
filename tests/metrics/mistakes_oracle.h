#pragma once
// Mistakes and their costs as they are defined, slowly: every find is judged on its own, then the results (or
// the truth) are mended themselves and evaluated again.

#include <algorithm>
#include <functional>
#include <map>
#include <opencv2/core.hpp>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "metrics/coco_evaluation.h"
#include "metrics/mistakes.h"

namespace figurant::metrics::test {

using namespace figurant::figures;

/// Of truth without ids of 0 and results of at most 100 an image and category, all with boxes and masks.
class MistakesOracle {
  public:
    MistakesOracle(const CocoTruth& truth, const CocoResults& results, bool masks)
        : truth_(truth), results_(results), masks_(masks), verdicts_(results.size()) {
        for (std::size_t i = 0; i < results.size(); ++i) order_.push_back(i);
        std::stable_sort(order_.begin(), order_.end(),
                         [&](auto a, auto b) { return results[a].score > results[b].score; });
        for (const auto i : order_) match(i);
        for (const auto i : order_)
            if (verdicts_[i].wrong) judge(i);
        for (const auto kind : {Mistake::localization, Mistake::classification}) {
            std::set<const CocoAnnotation*> mended;
            for (const auto i : order_)
                if (verdicts_[i].kind == kind && !found_.contains(verdicts_[i].meant))
                    verdicts_[i].mends = mended.insert(verdicts_[i].meant).second;
            meant_.insert(mended.begin(), mended.end());
        }
    }

    MistakeShares shares() const {
        MistakeShares shares;
        shares.ap50 = ap50(truth_, results_);
        for (std::size_t i = 0; i < mistake_names.size(); ++i) {
            const auto kind = static_cast<Mistake>(i);
            shares[kind].count = kind == Mistake::missed ? missed().size() : count(kind);
            if (shares.ap50 < 0) continue;
            const double mended =
                kind == Mistake::missed ? ap50(without_missed(), results_) : ap50(truth_, mend(kind));
            shares[kind].cost = (mended < 0 ? 1 : mended) - shares.ap50;
        }
        shares.each = each();
        return shares;
    }

  private:
    struct Verdict {
        bool wrong = false, mends = false;
        std::optional<Mistake> kind;
        const CocoAnnotation* meant = nullptr;
        double overlap = 0;
    };

    double ap50(const CocoTruth& truth, const CocoResults& results) const {
        const auto metrics = evaluate_coco(truth, results);
        return (masks_ ? *metrics.segm : *metrics.bbox)["AP50"];
    }

    double iou(const CocoResult& find, const CocoAnnotation& figure) const {
        double both, a, b;
        if (masks_) {
            const cv::Mat p = find.segmentation->decode(), q = figure.segmentation->decode();
            both = cv::countNonZero(p & q);
            a = cv::countNonZero(p);
            b = cv::countNonZero(q);
        } else {
            const cv::Rect2d p((*find.bbox)[0], (*find.bbox)[1], (*find.bbox)[2], (*find.bbox)[3]);
            const cv::Rect2d q(figure.bbox[0], figure.bbox[1], figure.bbox[2], figure.bbox[3]);
            both = (p & q).area();
            a = p.area();
            b = q.area();
        }
        return both == 0 ? 0 : both / (figure.iscrowd ? a : a + b - both);
    }

    /// The figure of the find's image that it overlaps most, of those that `admits` admits; none at all: 0.
    template <class Admits>
    std::pair<double, const CocoAnnotation*> most(const CocoResult& find, Admits admits) const {
        std::pair<double, const CocoAnnotation*> most{0, nullptr};
        for (const auto& category : truth_.categories)
            for (const auto& figure : truth_.annotations) {
                if (figure.image_id != find.image_id || figure.category_id != category.id || !admits(figure))
                    continue;
                const double with = iou(find, figure);
                if (with >= most.first) most = {with, &figure};
            }
        return most;
    }

    void match(std::size_t i) {
        const CocoResult& find = results_[i];
        const auto free = most(find, [&](const CocoAnnotation& figure) {
            return figure.category_id == find.category_id && !figure.iscrowd && !found_.contains(&figure);
        });
        const auto crowd = most(find, [&](const CocoAnnotation& figure) {
            return figure.category_id == find.category_id && figure.iscrowd;
        });
        if (free.first >= 0.5)
            found_.insert(free.second);
        else
            verdicts_[i].wrong = crowd.first < 0.5;
    }

    void judge(std::size_t i) {
        const auto [own, own_figure] = most(results_[i], [&](const CocoAnnotation& figure) {
            return figure.category_id == results_[i].category_id && !figure.iscrowd;
        });
        const auto [other, other_figure] = most(results_[i], [&](const CocoAnnotation& figure) {
            return figure.category_id != results_[i].category_id && !figure.iscrowd;
        });
        if (own >= 0.1 && own < 0.5)
            verdicts_[i] = {true, false, Mistake::localization, own_figure, own};
        else if (other >= 0.5)
            verdicts_[i] = {true, false, Mistake::classification, other_figure, other};
        else if (own >= 0.5)
            verdicts_[i] = {true, false, Mistake::duplicate, own_figure, own};
        else if (other >= 0.1)
            verdicts_[i] = {true, false, Mistake::both, other_figure, other};
        else if (other > own)
            verdicts_[i] = {true, false, Mistake::background, other_figure, other};
        else
            verdicts_[i] = {true, false, Mistake::background, own > 0 ? own_figure : nullptr, own};
    }

    std::size_t count(Mistake kind) const {
        return static_cast<std::size_t>(std::count_if(verdicts_.begin(), verdicts_.end(),
                                                      [&](const Verdict& v) { return v.kind == kind; }));
    }

    CocoResults mend(Mistake kind) const {
        CocoResults mended;
        for (std::size_t i = 0; i < results_.size(); ++i) {
            const Verdict& verdict = verdicts_[i];
            if (verdict.kind == kind && !verdict.mends) continue;
            mended.push_back(results_[i]);
            if (verdict.kind != kind) continue;
            if (kind == Mistake::localization) {
                mended.back().bbox = verdict.meant->bbox;
                mended.back().segmentation = verdict.meant->segmentation;
            } else {
                mended.back().category_id = verdict.meant->category_id;
            }
        }
        return mended;
    }

    std::vector<OneMistake> each() const {
        std::vector<OneMistake> each;
        const auto place = [&](const CocoAnnotation* figure) {
            return static_cast<std::size_t>(figure - truth_.annotations.data());
        };
        for (const auto i : in_cocos_order()) {
            const Verdict& verdict = verdicts_[i];
            if (!verdict.wrong) continue;
            each.push_back({*verdict.kind, i, {}, verdict.overlap});
            if (verdict.meant) each.back().figure = place(verdict.meant);
        }
        const auto ids = missed();
        std::multimap<double, const CocoAnnotation*, std::greater<>> by_area;
        for (const auto& figure : truth_.annotations)
            if (ids.contains(figure.id)) by_area.emplace(figure.area, &figure);
        for (const auto& [area, figure] : by_area) each.push_back({Mistake::missed, {}, place(figure), 0});
        return each;
    }

    /// Finds of equal scores by their images' ids, then as in the file.
    std::vector<std::size_t> in_cocos_order() const {
        auto order = order_;
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
            return std::tuple(-results_[a].score, results_[a].image_id, a) <
                   std::tuple(-results_[b].score, results_[b].image_id, b);
        });
        return order;
    }

    std::set<std::int64_t> missed() const {
        std::set<std::int64_t> ids;
        for (const auto& figure : truth_.annotations)
            if (!figure.iscrowd && !found_.contains(&figure) && !meant_.contains(&figure))
                ids.insert(figure.id);
        return ids;
    }

    CocoTruth without_missed() const {
        CocoTruth rest = truth_;
        std::erase_if(rest.annotations,
                      [ids = missed()](const CocoAnnotation& figure) { return ids.contains(figure.id); });
        return rest;
    }

    const CocoTruth& truth_;
    const CocoResults& results_;
    bool masks_;
    std::vector<std::size_t> order_;
    std::vector<Verdict> verdicts_;
    std::set<const CocoAnnotation*> found_, meant_;
};

}  // namespace figurant::metrics::test
