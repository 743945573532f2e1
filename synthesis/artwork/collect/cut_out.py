"""What all sources need: reading and drawing pictures, telling figure from ground, cropping, writing.

A picture is an array of height x width x 4 bytes: red, green, blue, alpha.
"""
import io
import re
import subprocess

import numpy as np
from PIL import Image
from scipy import ndimage

EIGHT = np.ones((3, 3))  # neighbours over the corners count
FAINTEST = 8  # alpha below this is taken for none


def read(path):
    return np.array(Image.open(path).convert("RGBA"))


def draw_svg(svg, height):
    """An SVG text, drawn by rsvg-convert so that it's `height` pixels high."""
    command = ["rsvg-convert", "-h", str(height), "--keep-aspect-ratio", "--unlimited"]
    png = subprocess.run(command, input=svg.encode(), stdout=subprocess.PIPE, check=True).stdout
    return read(io.BytesIO(png))


def parts_of(mask, neighbours=None):
    """The connected parts of a mask: their numbers in an array, and the size of each."""
    labels, count = ndimage.label(mask, neighbours)
    return labels, ndimage.sum(mask, labels, range(1, count + 1))


def large_parts(mask, share):
    """The mask's connected parts that have at least `share` of the pixels of the largest."""
    labels, sizes = parts_of(mask, EIGHT)
    return np.isin(labels, [i + 1 for i, size in enumerate(sizes) if size >= share * sizes.max()])


def without_specks(rgba, share, threshold=40):
    """Without what is detached from the figure and smaller than `share` of it."""
    kept = rgba.copy()
    # One pixel more all around, as the figure's soft edge lies below the threshold.
    kept[~ndimage.binary_dilation(large_parts(rgba[..., 3] > threshold, share), EIGHT)] = 0
    return kept


def without_shadow(rgba, none=170, full=250):
    """Without a soft shadow on the ground: alpha from `none` to `full` is stretched over the whole range."""
    rgba = rgba.copy()
    stretched = np.clip((rgba[..., 3].astype(float) - none) / (full - none), 0, 1) * 255
    rgba[..., 3] = stretched.astype("uint8")
    return without_specks(rgba, 0.999)


def largest_part(rgba):
    """The largest connected part alone: without a ball, a shadow or a second person."""
    labels, sizes = parts_of(rgba[..., 3] > 24, EIGHT)
    if len(sizes) < 2:
        return rgba
    kept = rgba.copy()
    kept[~ndimage.binary_dilation(labels == 1 + int(np.argmax(sizes)), iterations=2)] = 0
    return kept


def as_chosen(word, rgba):
    """The largest part alone where the word, in a list of choices, ends in "!"."""
    return largest_part(rgba) if word.endswith("!") else rgba


def crop(rgba, threshold):
    """The smallest rectangle that holds all alpha above the threshold."""
    rgba = rgba.copy()
    rgba[rgba[..., 3] < FAINTEST] = 0
    rows, columns = np.where(rgba[..., 3] > threshold)
    if len(rows) == 0:
        raise ValueError("the picture is empty")
    return rgba[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def write(folder, name, image):
    image.save(folder / (name + ".png"), optimize=True)


def write_sprite(folder, name, rgba):
    """Crops and writes a picture of a game or a sky; no side longer than 900 pixels."""
    image = Image.fromarray(crop(rgba, 24))
    longest = max(image.size)
    if longest > 900:
        image = image.resize((image.width * 900 // longest, image.height * 900 // longest), Image.LANCZOS)
    write(folder, name.lower(), image)


def write_drawing(folder, name, rgba):
    """Crops and writes a drawn SVG picture; not higher than 480 pixels."""
    image = Image.fromarray(crop(rgba, 16))
    if image.height > 480:
        image = image.resize((max(1, round(image.width * 480 / image.height)), 480), Image.LANCZOS)
    write(folder, re.sub("[^a-z0-9_]+", "_", name.lower()).strip("_"), image)
