"""Constellations that are people, of Stellarium's sky cultures: bright drawings on black, insides filled.

Only of the cultures whose art may be changed: others in the package (arabic_al-sufi, greek_farnese,
babylonian_mulapin, egyptian_dendera, khoi-san, xhosa, zulu) are under CC BY-ND, which allows no derivatives.
"""
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from cut_out import EIGHT, parts_of, write_sprite


@dataclass
class Constellation:
    path: str  # below skycultures/, without .png
    dark: int = 28  # what is brighter belongs to the figure
    part: int = None  # the how manieth figure of the picture, from the left; None: all are one
    share: float = 0.03  # parts smaller than this share of the largest are stars and specks
    turn: int = 0  # degrees against the clock, to have the figure upright
    close: int = 2  # radius, in pixels, of the gaps in outlines to close


CONSTELLATIONS = [
    Constellation("western/andromeda", dark=16),
    Constellation("western/bootes", dark=16),
    Constellation("western/cepheus", dark=16, turn=35),
    Constellation("western/hercules", dark=16),
    Constellation("western/indus", dark=16, turn=25),
    Constellation("western/orion", dark=16),
    Constellation("western/perseus", dark=16, turn=20),
    Constellation("western/virgo", dark=16, turn=30),
    Constellation("western/cassiopeia", dark=16),
    Constellation("romanian/FataCuColibita", dark=14),
    Constellation("romanian/arcasul", dark=14),
    Constellation("romanian/omul", dark=14),
    Constellation("romanian/vacarul", dark=14),
    Constellation("romanian/Hora", dark=14, part=0, share=0.15, close=1),
    Constellation("romanian/Hora", dark=14, part=1, share=0.15, close=1),
    Constellation("belarusian/the-bride", part=0, share=0.15, turn=-50),
    Constellation("belarusian/the-bride", part=1, share=0.15, turn=-35),
    Constellation("belarusian/the-mowers", part=0, share=0.15),
    Constellation("belarusian/the-mowers", part=1, share=0.15),
    Constellation("belarusian/the-mowers", part=2, share=0.15),
    Constellation("boorong/berm"),
    Constellation("boorong/gellarlec"),
    Constellation("boorong/larnankurrk"),
    Constellation("boorong/kulkunbulla", part=0, share=0.2),
    Constellation("boorong/kulkunbulla", part=1, share=0.2),
    Constellation("inuit/the-one-behind", dark=60, turn=30),
    Constellation("inuit/runners", dark=60, part=1, share=0.2),
    Constellation("inuit/two-in-front", dark=60, part=0, share=0.2),
    Constellation("inuit/two-in-front", dark=60, part=1, share=0.2),
    Constellation("inuit/two-sunbeams", dark=60, part=0, share=0.2, turn=20),
    Constellation("inuit/two-sunbeams", dark=60, part=1, share=0.2, turn=20),
    Constellation("macedonian/orach", dark=75),
    Constellation("northern_andes/guerrero"),
]
MARGIN = 24  # pixels around the picture, so that figures at its edge have an outside all around
HOLE_SHARE, HOLE_BLACK = 0.004, 10  # a hole that large, and that dark, is a real gap (between arm and body)


def disk(radius):
    return np.hypot(*np.mgrid[-radius : radius + 1, -radius : radius + 1]) <= radius + 0.3


def figure_mask(brightness, wanted):
    """Which pixels are the figure: what is bright, and what it encloses, but for large black gaps."""
    lines = ndimage.binary_closing(brightness > wanted.dark, disk(wanted.close))
    filled = ndimage.binary_fill_holes(lines)
    labels, sizes = parts_of(filled, EIGHT)
    figures = [i + 1 for i, size in enumerate(sizes) if size >= wanted.share * sizes.max()]
    figures.sort(key=lambda label: ndimage.center_of_mass(labels == label)[1])
    if wanted.part is not None:
        figures = [figures[wanted.part]]
    figure = np.isin(labels, figures)
    holes, sizes = parts_of(figure & ~lines)
    for i in range(len(sizes)):
        hole = holes == i + 1
        if hole.sum() > HOLE_SHARE * figure.sum() and brightness[hole].mean() < HOLE_BLACK:
            figure &= ~ndimage.binary_erosion(hole)
    return figure


def cut_out(image, wanted):
    if max(image.size) > 1024:
        image.thumbnail((1024, 1024), Image.LANCZOS)
    rgb = np.pad(np.array(image).astype(float), ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)))
    brightness = rgb.max(2)
    figure = figure_mask(brightness, wanted)
    alpha = np.clip(ndimage.gaussian_filter(figure.astype(float), 0.8) * 1.3 - 0.15, 0, 1)
    # The drawings are dim, as they are to lie behind stars.
    gain = min(235 / np.percentile(brightness[figure], 97), 3.2)
    rgba = np.dstack([np.clip(rgb * gain, 0, 255), alpha * 255]).round().astype("uint8")
    return np.array(Image.fromarray(rgba).rotate(wanted.turn, Image.BICUBIC, expand=True))


def collect(package, folder):
    for wanted in CONSTELLATIONS:
        path = package / "usr/share/stellarium/skycultures" / (wanted.path + ".png")
        part = "" if wanted.part is None else f"_{wanted.part}"
        name = wanted.path.replace("/", "_") + part
        write_sprite(folder, name, cut_out(Image.open(path).convert("RGB"), wanted))
