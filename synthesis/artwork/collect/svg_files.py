"""Figures of npm packages that hold SVG files, and of Open Peeps, for which open_peeps.js writes them."""
import csv
import re
import subprocess
import tempfile
from pathlib import Path

from cut_out import as_chosen, draw_svg, write_drawing, write_sprite

# Emojis by their code points: people in many skin tones. "!" as in icons.py.
TWEMOJI = """
1f3c3-1f3ff 1f3c3-200d-2640-fe0f 1f3c3-1f3fb-200d-2642-fe0f 1f3c3-1f3fd-200d-2640-fe0f 1f483 1f483-1f3fe
1f57a-1f3fb 1f57a-1f3fd 1f574-1f3fc! 1f6b6-1f3fd 1f6b6-1f3fe-200d-2640-fe0f 1f6b6-1f3fb-200d-2642-fe0f
1f6b6-200d-2640-fe0f 1f938-1f3fd 1f938-1f3fe-200d-2640-fe0f 1f93a 1f93e-1f3ff 1f93e-200d-2640-fe0f
1f9cd-1f3fb 1f9cd-1f3fc-200d-2640-fe0f 1f9cd-1f3ff-200d-2642-fe0f 1f9ce-1f3fd 1f9ce-1f3fe-200d-2640-fe0f
1f9d8-1f3fc 1f9d8-1f3fd-200d-2640-fe0f 1f9d8-1f3ff-200d-2642-fe0f 1f468-1f3ff-200d-1f9af 1f469-200d-1f9af
1f9d1-1f3fe-200d-1f9af 1f3cc-1f3fc 1f3cc-1f3fd-200d-2640-fe0f 26f9-1f3ff! 26f9-fe0f-200d-2640-fe0f!
""".split()


def twemoji(package, folder):
    for word in TWEMOJI:
        name = word.rstrip("!")
        rgba = draw_svg((package / (name + ".svg")).read_text(), 420)
        write_drawing(folder, "u" + name, as_chosen(word, rgba))


OPENMOJI = [
    "ballet dancer",
    "man dancing",
    "woman dancing",
    "man cartwheeling",
    "woman cartwheeling",
    "man golfing",
    "woman golfing",
    "man in lotus position",
    "woman in lotus position",
    "man kneeling",
    "woman kneeling",
    "man playing handball",
    "woman playing handball",
    "man running",
    "woman running",
    "man walking",
    "woman walking",
    "man standing",
    "woman standing",
    "man with white cane",
    "woman with white cane",
    "nuclear worker man",
    "nuclear worker woman",
    "polar explorer man",
    "polar explorer woman",
    "person fencing",
    "person kneeling",
    "person standing",
]
OPENMOJI_TONES = ["", ": light skin tone", ": medium-light skin tone", ": medium skin tone"]
OPENMOJI_TONES += [": medium-dark skin tone", ": dark skin tone"]


def openmoji(package, folder):
    with open(package / "data/openmoji.csv", newline="") as table:
        codes = {row["annotation"]: row["hexcode"] for row in csv.DictReader(table)}
    for i, plain in enumerate(OPENMOJI):
        toned = plain + OPENMOJI_TONES[(i * 5 + 2) % len(OPENMOJI_TONES)]
        name = toned if toned in codes else plain
        svg = (package / "color/svg" / (codes[name] + ".svg")).read_text()
        write_drawing(folder, name, draw_svg(svg, 440))


STREETMIX = """
people-01 people-02 people-03 people-04 people-05 people-06 people-07 people-08 people-09 people-10
people-11 people-12 people-13 people-14 people-15 people-16 people-21 people-22 people-27 people-31
johnny-01 johnny-02 junebug-01 junebug-02 person-waiting-01-left people-26!
""".split()


def streetmix(package, folder):
    for word in STREETMIX:
        name = word.rstrip("!")
        (path,) = (package / "images").glob(f"*/{name}.svg")
        rgba = draw_svg(path.read_text(), 460)
        write_drawing(folder, name, as_chosen(word, rgba))


FONT_AWESOME = """
person-running person-walking person-hiking person-skiing-nordic person-skating person-praying person-dress
child-reaching person-cane person-skiing
""".split()
FONT_AWESOME_INKS = ["#241d18", "#5a1f18", "#1f3350", "#3c4a20"]


def font_awesome(package, folder):
    for i, name in enumerate(FONT_AWESOME):
        ink = FONT_AWESOME_INKS[i % len(FONT_AWESOME_INKS)]
        svg = (package / "svgs/solid" / (name + ".svg")).read_text()
        svg = svg.replace("<svg ", f'<svg fill="{ink}" ', 1).replace("currentColor", ink)
        # Some reach out of their own frame.
        width, height = map(int, re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
        view = f'viewBox="-80 -80 {width + 160} {height + 160}"'
        write_sprite(folder, name, draw_svg(re.sub(r'viewBox="[^"]*"', view, svg), 360))


def open_peeps(package, folder):
    script = Path(__file__).resolve().parent / "open_peeps.js"
    with tempfile.TemporaryDirectory() as drawn:
        subprocess.run(["node", script, package.resolve(), drawn], check=True)
        for path in sorted(Path(drawn).glob("*.svg")):
            write_drawing(folder, path.stem, draw_svg(path.read_text(), 1600))
