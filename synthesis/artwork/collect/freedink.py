"""People of the game Dink Smallwood: bitmaps on white, with dotted black shadows, in archives dir.ff."""
import io
import struct

import numpy as np
from PIL import Image
from scipy import ndimage

from cut_out import parts_of, write_sprite

# The frames to take of each folder below graphics/.
FRAMES = {
    "People/Oldman": "c1-w1-01 c1-w3-03 c1-w7-05 c1-w9-07",
    "People/Maiden/Blue": "c7-w1-01 c7-w3-05 c7-w9-03",
    "People/Maiden/Red": "c4-w1-05 c4-w3-01 c4-w7-01",
    "People/Maiden/Brown": "c6-w1-03 c6-w9-01",
    "People/Soldier": "c10w1-01 c10w3-05 c10w7-03 c10w9-01",
    "People/Girl": "c03w1-01 c03w3-05 c03w9-01",
    "People/Knight/Blue": "c5-w1-01 c5-w3-05",
    "People/Knight/Red": "c5-w7-01 c5-w9-05",
    "People/Knight/Gold": "c5-w1-05 c5-w3-01",
    "People/Knight/Silver": "c5-w1-03 c5-w7-05",
    "People/Knight/Silver/Attack": "c05a4-04 c05a6-01",
    "People/Peasant2": "c11w1-01 c11w3-05 c11w7-03 c11w9-01",
    "People/Mom": "c01w1-01 c01w3-05 c01w9-03",
    "People/Mom/Brown": "c08w1-03 c08w3-01",
    "People/Merchant": "c09w1-01 c09w3-05 c09w9-03",
    "People/Merchant/Blue": "c09w1-05 c09w7-01",
    "People/Merchant/Purple": "c09w3-01",
    "People/Merchant/Green": "c09w9-01",
    "Dink/walk": "ds-w1-01 ds-w3-03 ds-w6-05 ds-w8-01",
    "Dink/bow/hit": "d-ba1-01 d-ba6-04 d-ba9-01",
    "Dink/sword/walk": "d-sw1-01 d-sw4-03 d-sw6-05",
    "Dink/push": "ds-p6-03 ds-p4-01",
    "Dink/hit/normal": "ds-h6-03",
}
CROSS = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def archive(path):
    """The files in a dir.ff: a count; where each begins (4 bytes), its name (13); the last is the end."""
    data = path.read_bytes()
    count = struct.unpack_from("<I", data)[0]
    entries = [struct.unpack_from("<I13s", data, 4 + 17 * i) for i in range(count)]
    return {
        name.split(b"\0")[0].decode("latin1").lower(): data[begin:end]
        for (begin, name), (end, _) in zip(entries, entries[1:])
    }


def without_dots(figure, black):
    """Takes away the shadow's black dots, which have at most one neighbour, and what that leaves alone."""
    for _ in range(4):
        neighbours = ndimage.convolve(figure.astype(int), CROSS, mode="constant")
        figure = figure & ~(black & (neighbours <= 1))
    return figure


def figure_mask(rgb):
    """The figure: the largest part that is not white, with its holes of one or two pixels filled."""
    figure = without_dots(rgb.min(2) < 245, rgb.max(2) < 24)
    labels, sizes = parts_of(figure)
    figure = labels == 1 + int(np.argmax(sizes))
    labels, sizes = parts_of(~figure)
    for i, size in enumerate(sizes):
        hole = labels == i + 1
        if size <= 2 and not (hole[0].any() or hole[-1].any()):
            figure |= hole
    return figure


def collect(package, folder):
    for place, names in FRAMES.items():
        bitmaps = archive(package / "usr/share/games/dink/dink/graphics" / place / "dir.ff")
        for name in names.split():
            rgb = np.array(Image.open(io.BytesIO(bitmaps[name + ".bmp"])).convert("RGB"))
            rgb = np.pad(rgb, ((2, 2), (2, 2), (0, 0)), constant_values=255)
            rgba = np.dstack([rgb, figure_mask(rgb) * 255]).astype("uint8")
            write_sprite(folder, place.replace("/", "_") + "_" + name, rgba)
