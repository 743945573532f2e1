#!/usr/bin/env python3
"""The full network's shapes with torchvision's detection classes: what benchmarks/full_network.cpp compares with.

A ResNet-101 whose third block is dilated (features of stride 8, 1024 channels), 12 anchors a cell, a dilated 3x3
region proposal convolution with 512 channels, at most 300 proposals cropped to 14x14 and pooled to 7x7, block 4 on
each, at most 100 detections, masks of 33x33 after block 4 and four 3x3 convolutions. Random weights, one class.
Prints the seconds of each image. Needs Debian's python3-torchvision (or another); all cores.
"""
import argparse
import os
import time

import torch
from torch import nn
from torch.nn import functional
from torchvision.models import resnet101
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.misc import FrozenBatchNorm2d


class Backbone(nn.Module):
    """Blocks 1 to 3, the third with rate 2."""

    def __init__(self):
        super().__init__()
        network = resnet101(norm_layer=FrozenBatchNorm2d, replace_stride_with_dilation=[False, True, True])
        self.layers = nn.Sequential(network.conv1, network.bn1, nn.ReLU(inplace=True), network.maxpool,
                                    network.layer1, network.layer2, network.layer3)
        self.out_channels = 1024

    def forward(self, images):
        return {"0": self.layers(images)}


class ProposalHead(nn.Module):
    def __init__(self, anchors):
        super().__init__()
        self.convolution = nn.Conv2d(1024, 512, 3, padding=2, dilation=2)
        self.logits = nn.Conv2d(512, anchors, 1)
        self.codes = nn.Conv2d(512, 4 * anchors, 1)

    def forward(self, features):
        hidden = [functional.relu6(self.convolution(each)) for each in features]
        return [self.logits(each) for each in hidden], [self.codes(each) for each in hidden]


class Block4(nn.Module):
    """Crops of 14x14, pooled to 7x7, through block 4 with stride 1; optionally their mean."""

    def __init__(self, mean):
        super().__init__()
        network = resnet101(norm_layer=FrozenBatchNorm2d)
        network.layer4[0].conv2.stride = network.layer4[0].downsample[0].stride = (1, 1)
        self.block, self.mean = network.layer4, mean

    def forward(self, crops):
        x = self.block(functional.max_pool2d(crops, 2))
        return x.mean((2, 3)) if self.mean else x


class Masks(nn.Module):
    def __init__(self, hidden, classes):
        super().__init__()
        depths = [2048, hidden, hidden, hidden]
        layers = []
        for inner, outer in zip(depths, depths[1:]):
            layers += [nn.Conv2d(inner, outer, 3, padding=1), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(hidden, classes + 1, 3, padding=1))

    def forward(self, features):
        return self.layers(functional.interpolate(features, (33, 33), mode="bilinear", align_corners=True))


def calm(model):
    """Random weights whose features neither vanish nor overflow: each unit adds a little to what it was given."""
    for name, module in model.named_modules():
        if name.endswith("bn3"):
            module.weight.fill_(0.2)
    return model


def network(size, classes, mask_depth):
    crop = lambda: MultiScaleRoIAlign(["0"], 14, 1)
    sizes = ((64, 128, 256, 512),)
    return MaskRCNN(
        Backbone(), min_size=min(size), max_size=max(size),
        rpn_anchor_generator=AnchorGenerator(sizes, ((0.5, 1.0, 2.0),)), rpn_head=ProposalHead(12),
        rpn_pre_nms_top_n_test=6000, rpn_post_nms_top_n_test=300, rpn_nms_thresh=0.7,
        box_roi_pool=crop(), box_head=Block4(True), box_predictor=FastRCNNPredictor(2048, classes + 1),
        box_score_thresh=0.0, box_nms_thresh=1.0, box_detections_per_img=100,
        mask_roi_pool=crop(), mask_head=Block4(False), mask_predictor=Masks(mask_depth, classes)).eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--width", type=int, default=1365)
    parser.add_argument("--classes", type=int, default=1)
    parser.add_argument("--mask-depth", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count())  # by itself it may start with one
    size = (arguments.height, arguments.width)
    with torch.no_grad():
        detector = calm(network(size, arguments.classes, arguments.mask_depth))
        image = torch.rand(3, *size)
        for _ in range(arguments.rounds):
            begin = time.perf_counter()
            found = detector([image])[0]
            print(f"{time.perf_counter() - begin:.3f} s an image, {len(found['scores'])} detections, "
                  f"{torch.get_num_threads()} threads", flush=True)


if __name__ == "__main__":
    main()
