"""Egyptian hieroglyphs of men and women: the font's lines in dark ink, insides filled with a light tint."""
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from cut_out import write_sprite

CODE_POINTS = """
13000 13001 13002 13009 1300a 1300c 1300e 13011 13013 13014 13015 13017 13018 13019 1301b 1301c 1301e 1301f
13020 13022 13024 13026 1302d 13030 13033 13037 1303d 13042 13044 13046 13047 13049 1304b 1304c 1304d 1304f
13050 13051 13059 13068
""".split()
TINTS = [(244, 236, 214), (205, 140, 90), (250, 250, 246), (222, 196, 140), (170, 92, 58)]
INK = (40, 30, 24)


def collect(package, folder):
    path = package / "usr/share/fonts/truetype/noto/NotoSansEgyptianHieroglyphs-Regular.ttf"
    font = ImageFont.truetype(str(path), 300)
    for i, code_point in enumerate(CODE_POINTS):
        page = Image.new("L", (700, 700), 0)
        ImageDraw.Draw(page).text((150, 150), chr(int(code_point, 16)), font=font, fill=255)
        lines = np.array(page)
        inside = ndimage.binary_fill_holes(lines > 100)
        ink = lines[..., None] / 255.0
        rgba = np.zeros((700, 700, 4), "uint8")
        rgba[..., :3] = (1 - ink) * np.array(TINTS[i % len(TINTS)]) + ink * np.array(INK)
        rgba[..., 3] = np.maximum(ndimage.gaussian_filter(inside.astype(float), 0.6) * 255 * inside, lines)
        write_sprite(folder, "egyptian_" + code_point, rgba)
