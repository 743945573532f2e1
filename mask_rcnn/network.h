#pragma once
// The network's variables and layers, as the TensorFlow Object Detection API names and orders them.

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mask_rcnn/config.h"
#include "mask_rcnn/layers.h"
#include "mask_rcnn/prepared.h"

namespace figurant::mask_rcnn {

enum class Role { convolution, dense, biases, gamma, beta, moving_mean, moving_variance };

/// One variable of the network.
struct Variable {
    std::string name;  ///< "FirstStageFeatureExtractor/resnet_v1_101/conv1/weights", …
    Role role;
    std::vector<std::int64_t>
        shape;       ///< convolutions [out, in, height, width], dense layers [in, out], others [n]
    bool trained;    ///< by gradients; moving statistics are not
    bool extractor;  ///< of one of the two feature extractors
};

/// Tensors in the order of Network::variables(); convolutions channels-last.
using Values = std::vector<torch::Tensor>;

/// One convolution with what follows it; the integers are places in Values, -1 where there is none.
struct ConvolutionLayer {
    ConvolutionShape shape;
    int weights = -1, biases = -1, gamma = -1, beta = -1, moving_mean = -1, moving_variance = -1;
    int index = 0;  ///< among all convolutions: its place in Folded
};

/// Convolutions with their batch norm folded into weights and biases, by ConvolutionLayer::index.
struct Folded {
    std::vector<torch::Tensor> weights, biases;
};

/// The same, laid out for the CPU; the mask head's first convolution as its taps.
using Prepared = std::vector<PreparedConvolution>;

/// What is seen in a pass of training: mean and variance of each batch norm, by the place of its moving_mean.
using BatchStatistics = std::vector<BatchMoments>;

/// One run through the network with certain values.
struct Pass {
    const Values& values;
    const Folded* folded = nullptr;         ///< set: inference, values of convolutions are not looked at
    const Prepared* prepared = nullptr;     ///< set instead: the same, and memory is reused
    BatchStatistics* statistics = nullptr;  ///< set: batch norm normalises by the batch, and notes it here
    /// Of convolutions that a norm or an activation follows, where neither `folded` nor `prepared` is set;
    /// those that make boxes, logits, masks and the two levels of detail multiply float32.
    Factors factors = Factors::float32;
};

class Network {
  public:
    explicit Network(const NetworkConfig& config);

    const NetworkConfig& config() const { return config_; }
    const std::vector<Variable>& variables() const { return variables_; }

    /// Weights and biases that do the same as the values with moving statistics. Not for group norm (whose
    /// convolutions stay as they are).
    Folded fold(const Values& values) const;

    /// For the CPU, of float32 values.
    Prepared prepare(const Folded& folded, Factors factors = Factors::float32) const;

    /// What regions are cropped from.
    struct Features {
        torch::Tensor cells;  ///< [images, depth, ceil(height / stride), ceil(width / stride)]
        /// [images, mask_detail_depth, …]: made of the cells, and of what was pooled first,
        /// of ceil(height / 4) x ceil(width / 4); undefined where the mask head sees no detail.
        torch::Tensor coarse, fine;
    };
    /// Of prepared pixels [images, 3, height, width].
    Features features(const torch::Tensor& images, const Pass& pass) const;

    struct Rpn {
        torch::Tensor codes;   ///< [images, anchors, 4]
        torch::Tensor logits;  ///< [images, anchors, 2]: background, object
    };
    Rpn rpn(const torch::Tensor& features, const Pass& pass) const;

    /// Where a box lies on the features of images of height x width (padded); the box in their pixels.
    Region region(const Box& box, std::int64_t image, std::int64_t height, std::int64_t width) const;

    /// Regions of the features' cells through the second stage's block -> [regions, second_stage_depth, roi,
    /// roi].
    torch::Tensor region_features(const torch::Tensor& cells, const std::vector<Region>& regions,
                                  const Pass& pass) const;

    /// What the mask head sees beside region_features: both levels of detail, sampled at the regions' mask
    /// cells and added
    /// -> [regions, mask_detail_depth, mask_size, mask_size]; undefined where it sees none. With
    /// crop_place = "image_share" each level is sampled as far beside a region as everything else is, so that
    /// the two differ by up to a cell.
    torch::Tensor mask_detail(const Features& features, const std::vector<Region>& regions) const;

    struct Boxes {
        torch::Tensor codes;   ///< [regions, classes, 4]
        torch::Tensor logits;  ///< [regions, classes + 1], the background first
    };
    Boxes boxes(const torch::Tensor& region_features, const Pass& pass) const;

    /// Mask logits [regions, classes, mask_size, mask_size]. `detail`: mask_detail of the same regions.
    torch::Tensor masks(const torch::Tensor& region_features, const torch::Tensor& detail,
                        const Pass& pass) const;

    /// How an image is computed.
    struct Workspace {
        bool prepared;         ///< by prepared convolutions
        std::int64_t regions;  ///< as many pass the second stage together
        std::int64_t team;     ///< threads of a call
    };
    /// An upper bound of the floats that one image of this size needs at a time.
    std::int64_t workspace_floats(std::int64_t height, std::int64_t width, const Workspace& how) const;

  private:
    struct Unit {
        std::optional<ConvolutionLayer> shortcut;
        ConvolutionLayer conv1, conv2, conv3;
        std::int64_t stride;
    };
    struct DenseLayer {
        int weights, biases;
    };

    int add(std::string name, Role role, std::vector<std::int64_t> shape);
    float spanned(std::int64_t cells, std::int64_t stride) const;
    ConvolutionLayer add_convolution(const std::string& name, std::int64_t in, std::int64_t out,
                                     ConvolutionShape shape, bool normalized);
    DenseLayer add_dense(const std::string& name, std::int64_t in, std::int64_t out);
    Unit add_unit(const std::string& name, std::int64_t in, std::int64_t bottleneck, std::int64_t out,
                  std::int64_t stride, std::int64_t rate);
    void add_first_stage();
    void add_heads();

    enum class Activation { none, relu, relu6 };
    static Bounds bounds(Activation activation);
    /// With `prepared`, the result takes the residual's memory.
    torch::Tensor apply(const ConvolutionLayer& layer, const torch::Tensor& x, const Pass& pass,
                        Activation activation, const torch::Tensor& residual = {}) const;
    torch::Tensor normalize(const ConvolutionLayer& layer, const torch::Tensor& x, const Pass& pass) const;
    /// With `prepared`, the result may take x's memory.
    torch::Tensor apply(const Unit& unit, const torch::Tensor& x, const Pass& pass) const;
    torch::Tensor summary(const torch::Tensor& region_features, const Pass& pass) const;
    torch::Tensor apply(const DenseLayer& layer, const torch::Tensor& x, const Pass& pass) const;

    NetworkConfig config_;
    std::vector<Variable> variables_;
    int convolutions_ = 0;
    ConvolutionLayer conv1_;
    std::vector<Unit> first_stage_, second_stage_;
    ConvolutionLayer rpn_, rpn_codes_, rpn_logits_;
    ConvolutionLayer box_reduction_;
    DenseLayer box_hidden_{}, box_codes_{}, box_logits_{};
    std::vector<ConvolutionLayer> mask_convolutions_;
    ConvolutionLayer coarse_detail_, fine_detail_, detail_;
    std::vector<ConvolutionLayer> all_convolutions_;
};

/// The convolution of the mask head's detail. It begins at 0: a network that did without goes on from where
/// it was.
constexpr std::string_view detail_head = "SecondStageBoxPredictor/Detail/Conv";

/// Whether the configuration's normalisation is learned with the batch's own statistics.
bool normalizes_by_batch(const NetworkConfig& config);

}  // namespace figurant::mask_rcnn
