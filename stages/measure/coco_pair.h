#pragma once
// What flows while COCO files are scored.

#include <unordered_map>

#include "figures/coco.h"
#include "metrics/coco_evaluation.h"
#include "metrics/mistakes.h"
#include "metrics/precision_recall.h"
#include "pipeline/payload.h"

namespace figurant::stages {

/// Ground truth, and results to be scored against it.
struct CocoPair {
    figures::CocoTruth truth;
    figures::CocoResults results;
};

/// The images' file names, by id.
inline std::unordered_map<std::int64_t, std::string> file_names(const figures::CocoTruth& truth) {
    std::unordered_map<std::int64_t, std::string> names;
    for (const auto& image : truth.images) names[image.id] = image.file_name;
    return names;
}

inline std::size_t mask_bytes(const std::optional<figures::RunLengthMask>& mask) {
    return mask ? mask->counts().capacity() * sizeof(std::uint32_t) : 0;
}

inline std::size_t text_bytes(const std::vector<std::string>& texts) {
    std::size_t sum = 0;
    for (const auto& text : texts) sum += sizeof(text) + text.size();
    return sum;
}

}  // namespace figurant::stages

namespace figurant::pipeline {

template <>
struct PayloadTraits<stages::CocoPair> {
    static constexpr std::string_view name = "coco_pair";
    static std::size_t bytes(const stages::CocoPair& pair) {
        std::size_t sum = sizeof(pair) + pair.truth.images.size() * sizeof(figures::CocoImage);
        for (const auto& each : pair.truth.annotations)
            sum += sizeof(each) + stages::mask_bytes(each.segmentation);
        for (const auto& each : pair.results) sum += sizeof(each) + stages::mask_bytes(each.segmentation);
        return sum;
    }
};

template <>
struct PayloadTraits<metrics::CocoMetrics> {
    static constexpr std::string_view name = "coco_metrics";
    static std::size_t bytes(const metrics::CocoMetrics& figures) {
        return sizeof(figures) + stages::text_bytes(figures.warnings);
    }
};

template <>
struct PayloadTraits<metrics::Mistakes> {
    static constexpr std::string_view name = "mistakes";
    static std::size_t bytes(const metrics::Mistakes& mistakes) {
        std::size_t each = 0;
        for (const auto* part : {&mistakes.bbox, &mistakes.segm})
            if (*part) each += (*part)->each.size() * sizeof(metrics::OneMistake);
        return sizeof(mistakes) + each + stages::text_bytes(mistakes.warnings);
    }
};

template <>
struct PayloadTraits<metrics::PrecisionRecall> {
    static constexpr std::string_view name = "precision_recall";
    static std::size_t bytes(const metrics::PrecisionRecall& measured) {
        std::size_t parts = 0;
        for (const auto* part : {&measured.bbox, &measured.segm})
            if (*part)
                parts += (*part)->points.size() * sizeof(metrics::OperatingPoint) +
                         (*part)->figures.size() * sizeof(metrics::FigureFate);
        return sizeof(measured) + parts + stages::text_bytes(measured.warnings);
    }
};

}  // namespace figurant::pipeline
