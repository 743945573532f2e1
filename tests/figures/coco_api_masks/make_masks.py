"""Makes masks.json beside this file: masks, polygons, and what the COCO API's C code makes of them.

    PYTHONPATH=<coco api>/PythonAPI python3 make_masks.py

(github.com/cocodataset/cocoapi, its last commit, the mask extension built in place; numpy 1.24.)
"""
import json
import pathlib

import numpy as np
from pycocotools import mask as api


def described(rle):
    return {"size": [int(v) for v in rle["size"]], "counts": rle["counts"].decode(), "area": int(api.area(rle)),
            "bbox": [int(v) for v in api.toBbox(rle)]}


def main():
    random = np.random.RandomState(1)
    masks, polygons = [], []
    for i in range(24):
        height, width = random.randint(1, 40, 2)
        if i % 3 == 0:
            mask = random.rand(height, width) < random.rand()
        elif i % 3 == 1:
            y, x = np.mgrid[0:height, 0:width]
            mask = (x - width * random.rand()) ** 2 + (y - height * random.rand()) ** 2 < (20 * random.rand()) ** 2
        else:
            mask = np.full((height, width), i % 2 == 0)
        rows = ["".join("1" if v else "0" for v in row) for row in mask]
        masks.append({"rows": rows, **described(api.encode(np.asfortranarray(mask.astype(np.uint8))))})
    # Long runs need several characters a count.
    for height, width, a, b in [(700, 900, 100000, 400000), (3000, 4000, 5, 11999999), (1, 100000, 0, 100000)]:
        flat = np.zeros(height * width, np.uint8)
        flat[a:b] = 1
        masks.append({"ones": [a, b], **described(api.encode(flat.reshape((height, width), order="F")))})
    for i in range(60):
        height, width = (int(v) for v in random.randint(1, 80, 2))
        parts = []
        for _ in range(random.randint(1, 4)):
            points = random.randint(3, 9)
            xy = random.uniform(-0.2, 1.2, (points, 2)) * [width, height]
            if i % 3 == 0:
                xy = np.clip(np.round(xy), 0, [width, height])
            parts.append([round(float(v), 2) for v in xy.ravel()])
        rle = api.merge(api.frPyObjects(parts, height, width))
        polygons.append({"polygons": parts, **described(rle)})
    path = pathlib.Path(__file__).parent / "masks.json"
    path.write_text(json.dumps({"masks": masks, "polygons": polygons}, separators=(",", ":")) + "\n")


main()
