"""Makes the stored cases beside this file, with the figures that the reference gives for them.

    PYTHONPATH=<coco api>/PythonAPI python3 make_cases.py [FOLDER]

Needs numpy and the COCO API's Python package (its mask extension built in place). Nothing of the project depends on
either: the cases are stored, and this file only says where they come from.
"""
import contextlib
import copy
import io
import json
import pathlib
import sys

import numpy as np

np.float = float  # the API's last release came before numpy dropped this name
from pycocotools import mask as mask_api  # noqa: E402
from pycocotools.coco import COCO  # noqa: E402
from pycocotools.cocoeval import COCOeval  # noqa: E402


def ellipse(height, width, cx, cy, rx, ry):
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 <= 1
    return np.asfortranarray(inside.astype(np.uint8))


def encoded(mask):
    rle = mask_api.encode(mask)
    return {"size": rle["size"], "counts": rle["counts"].decode()}


class Case:
    def __init__(self, seed, images=4, size=(140, 160), categories=(1,), truths=4, finds=7, distinct_scores=0,
                 crowd=0.0, empty=0.0, bbox=True, segm=True, jitter=4.0, radius=(4, 70), first_id=1):
        self.random = np.random.RandomState(seed)
        self.bbox, self.segm, self.distinct, self.first_id = bbox, segm, distinct_scores, first_id
        self.truth = {"images": [], "categories": [{"id": int(c), "name": "c%d" % c} for c in categories],
                      "annotations": []}
        self.results = []
        for i in range(images):
            height, width = size
            self.truth["images"].append({"id": 10 + 3 * i, "file_name": "%d.png" % i, "width": width, "height": height})
            if self.random.rand() < empty:
                continue
            self.fill(self.truth["images"][-1], categories, truths, finds, crowd, jitter, radius)
        order = self.random.permutation(len(self.results))
        self.results = [self.results[i] for i in order]

    def fill(self, image, categories, truths, finds, crowd, jitter, radius):
        r, height, width = self.random, image["height"], image["width"]
        shapes = []
        for _ in range(truths):
            category = int(r.choice(categories))
            shape = (r.uniform(0, width), r.uniform(0, height), r.uniform(*radius), r.uniform(*radius))
            if self.add_truth(image, category, ellipse(height, width, *shape), r.rand() < crowd):
                shapes.append((category, shape))
        for _ in range(finds):
            if shapes and r.rand() < 0.8:
                category, shape = shapes[r.randint(len(shapes))]
                shape = tuple(v + r.normal(0, jitter) for v in shape)
            else:
                category = int(r.choice(categories))
                shape = (r.uniform(0, width), r.uniform(0, height), r.uniform(*radius), r.uniform(*radius))
            shape = shape[:2] + (max(1.0, shape[2]), max(1.0, shape[3]))
            self.add_result(image, category, ellipse(height, width, *shape))

    def add_truth(self, image, category, mask, crowd=False):
        if not mask.any():
            return False
        rle = encoded(mask)
        self.truth["annotations"].append({
            "id": len(self.truth["annotations"]) + self.first_id, "image_id": image["id"], "category_id": category,
            "iscrowd": int(crowd), "area": float(mask_api.area(rle)), "bbox": mask_api.toBbox(rle).tolist(),
            "segmentation": rle})
        return True

    def add_result(self, image, category, mask, score=None):
        r = self.random
        if score is None:
            score = r.rand() if not self.distinct else r.randint(1, self.distinct + 1) / self.distinct
        rle = encoded(mask)
        result = {"image_id": image["id"], "category_id": category, "score": round(float(score), 6)}
        if self.bbox:
            box = mask_api.toBbox(rle) + r.normal(0, 0.4, 4)
            result["bbox"] = [round(float(v), 3) for v in np.maximum(box, [0, 0, 0.5, 0.5])]
        if self.segm:
            result["segmentation"] = rle
        self.results.append(result)


def figures(truth, results, part):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(truth)
        coco.createIndex()
        if results:
            found = coco.loadRes(copy.deepcopy(results))
        else:
            found = COCO()
            found.dataset = {"images": coco.dataset["images"], "categories": coco.dataset["categories"],
                             "annotations": []}
            found.createIndex()
        evaluation = COCOeval(coco, found, part)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(v) for v in evaluation.stats]


def exact_thresholds():
    """Boxes whose IoU with the truth is exactly 0.5, 0.6, 0.75 or 0.9, and areas on the borders of the ranges."""
    case = Case(1, images=1, truths=0, finds=0)
    image = case.truth["images"][0]
    image.update(width=200, height=200)
    sides = [(32, 32), (96, 96), (10, 10), (20, 40)]
    corners = [(0, 0), (40, 0), (140, 0), (0, 100)]
    for (width, height), (x, y) in zip(sides, corners):
        mask = np.zeros((200, 200), np.uint8, order="F")
        mask[y:y + height, x:x + width] = 1
        case.add_truth(image, 1, mask)
        for share in (0.5, 0.6, 0.75, 0.9):
            part = mask.copy(order="F")
            part[y + int(round(height * share)):, :] = 0
            case.add_result(image, 1, part, score=share)
            case.results[-1]["bbox"] = mask_api.toBbox(encoded(part)).tolist()
    return case


def main(folder):
    cases = {
        "plain": Case(11),
        "crowds": Case(12, crowd=0.4, finds=12),
        "ties": Case(13, distinct_scores=3, finds=14, images=6),
        "all_scores_equal": Case(14, distinct_scores=1, finds=12),
        "categories": Case(15, categories=(3, 1, 7), truths=6, finds=14),
        "empty_images": Case(16, images=9, empty=0.6),
        "no_results": Case(17, finds=0),
        "no_truth": Case(18, truths=0, finds=5),
        "many_finds": Case(19, images=2, truths=12, finds=130, size=(60, 80), radius=(2, 20)),
        "only_masks": Case(20, bbox=False, finds=10),
        "only_boxes": Case(21, segm=False, finds=10),
        "ids_from_0": Case(22, first_id=0, images=2),
        "small_figures": Case(23, radius=(1, 12), truths=9, finds=18, jitter=1.0),
        "large_figures": Case(24, radius=(55, 75), truths=3, finds=9),
        "exact_thresholds": exact_thresholds(),
        "no_images": Case(25, images=0),
    }
    no_crowd_truth = Case(26, crowd=1.0, finds=9)
    cases["only_crowds"] = no_crowd_truth
    unlisted = Case(27, categories=(1, 2), truths=5, finds=10)
    unlisted.truth["categories"] = [c for c in unlisted.truth["categories"] if c["id"] == 1]
    cases["unlisted_category"] = unlisted
    never_true = Case(28, categories=(1, 2), truths=5, finds=10)
    never_true.truth["annotations"] = [a for a in never_true.truth["annotations"] if a["category_id"] == 1]
    cases["category_without_truth"] = never_true
    mixed_areas = Case(29)
    for annotation in mixed_areas.truth["annotations"]:
        annotation["area"] *= 0.25
    cases["areas_of_their_own"] = mixed_areas
    for seed in range(100, 112):
        r = np.random.RandomState(seed)
        cases["random_%d" % seed] = Case(
            seed, images=int(r.randint(1, 7)), categories=tuple(range(1, int(r.randint(2, 4)))), truths=int(r.randint(1, 9)),
            finds=int(r.randint(1, 20)), distinct_scores=int(r.choice([0, 0, 4])), crowd=float(r.choice([0, 0.2])),
            empty=float(r.choice([0, 0.3])), jitter=float(r.uniform(0.5, 6)))
    for name, case in cases.items():
        expected = {}
        if case.bbox or case.segm:
            expected["bbox"] = figures(case.truth, case.results, "bbox")
        if case.segm:
            expected["segm"] = figures(case.truth, case.results, "segm")
        text = json.dumps({"truth": case.truth, "results": case.results, "expected": expected}, separators=(",", ":"))
        (folder / (name + ".json")).write_text(text + "\n")
        print(name, len(text), {k: [round(v, 3) for v in values] for k, values in expected.items()})


main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
