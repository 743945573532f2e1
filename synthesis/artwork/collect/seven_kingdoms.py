"""People of the game Seven Kingdoms: run-length encoded frames of 256 colours."""
import struct

import numpy as np

from cut_out import large_parts, parts_of, write_sprite

# The frames to take of each nation's SPRITE/*.SPR.
FRAMES = {
    "NORMAN": (0, 5, 15, 30, 40, 55, 60),
    "CHINESE": (0, 9, 21, 39, 57, 66, 72),
    "GREEK": (0, 9, 21, 33, 45, 60),
    "JAPANESE": (0, 4, 12, 36, 56, 68, 80),
    "MAYA": (0, 6, 18, 28, 34, 42),
    "PERSIAN": (0, 9, 18, 30, 45, 60),
    "VIKING": (0, 6, 12, 27, 30, 48),
    "EGYPTIAN": (0, 6, 12, 27, 33, 57, 63, 75),
    "INDIAN": (0, 5, 15, 45, 60, 80, 95),
    "ZULU": (0, 8, 12, 32, 40, 48, 64),
}
SHADOW, CLEAR = 0, 255  # colour numbers with a meaning; 240 to 247: the line around a chosen unit


def unpacked(codes, width, height):
    """A frame's colour numbers. 0xf8 and a byte, or a byte above 0xf8 alone: so many clear pixels."""
    pixels = np.full(width * height, CLEAR)
    at, place = 0, 0
    while at < len(codes) and place < len(pixels):
        code = codes[at]
        at += 1
        if code == 0xF8:
            place += codes[at]
            at += 1
        elif code > 0xF8:
            place += 256 - code
        else:
            pixels[place] = code
            place += 1
    return pixels.reshape(height, width)


def frames_of(path):
    """All frames: each its length in bytes, its width and height, and its codes."""
    data, at, frames = path.read_bytes(), 0, []
    while at + 8 <= len(data):
        length, width, height = struct.unpack_from("<IHH", data, at)
        frames.append(unpacked(data[at + 8 : at + 4 + length], width, height))
        at += 4 + length
    return frames


def figure_mask(pixels):
    marked = (pixels >= 240) & (pixels != CLEAR)
    outline = marked & (pixels <= 247)
    figure = large_parts((pixels != CLEAR) & ~outline & (pixels != SHADOW), 0.15)
    labels, sizes = parts_of(~figure)
    for i, size in enumerate(sizes):
        # A small hole of shadow or outline is a dark place within the figure.
        hole = labels == i + 1
        if size <= 10 and ((pixels[hole] == SHADOW) | marked[hole]).all():
            figure |= hole
    return figure


def collect(package, folder):
    game = package / "usr/share/games/7kaa"
    colours = np.frombuffer((game / "RESOURCE/PAL_STD.RES").read_bytes()[8:776], np.uint8).reshape(256, 3)
    for nation, numbers in FRAMES.items():
        frames = frames_of(game / "SPRITE" / (nation + ".SPR"))
        for number in numbers:
            pixels = np.pad(frames[number], 2, constant_values=CLEAR)
            rgba = np.dstack([colours[pixels], figure_mask(pixels) * 255]).astype("uint8")
            write_sprite(folder, f"{nation}_{number:03}", rgba)
