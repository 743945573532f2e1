"""collect.py SOURCE PACKAGE FOLDER: makes a source's figures. scripts/collect_artwork calls it.

PACKAGE is the folder where the source's package is unpacked; the PNG files go to FOLDER, which must be there.
"""
import sys
from pathlib import Path

import games
import freedink
import hieroglyphs
import icons
import openclipart
import seven_kingdoms
import stellarium
import svg_files

COLLECTORS = {
    "7kaa-data": seven_kingdoms.collect,
    "flare-game": games.flare,
    "fonts-noto-core": hieroglyphs.collect,
    "freeciv-data": games.freeciv,
    "freecol": games.freecol,
    "freedink-data": freedink.collect,
    "npm-fontawesome-free": svg_files.font_awesome,
    "open_peeps": svg_files.open_peeps,
    "openclipart": openclipart.collect,
    "openmoji": svg_files.openmoji,
    "stellarium-data": stellarium.collect,
    "streetmix": svg_files.streetmix,
    "tuxpaint-stamps-default": games.tuxpaint,
    "twemoji": svg_files.twemoji,
    "unknown-horizons": games.unknown_horizons,
    **icons.COLLECTORS,
}


def main():
    source, package, folder = sys.argv[1:]
    COLLECTORS[source](Path(package), Path(folder))


if __name__ == "__main__":
    main()
