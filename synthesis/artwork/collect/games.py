"""Figures that are whole pictures, or cells of sheets, with transparency: four games, Tux Paint's stamps."""
from functools import partial

from cut_out import draw_svg, read, without_shadow, without_specks, write_sprite

FREECOL = """
armedBrave/brave civilian/brave civilian/colonialRegular civilian/elderStatesman civilian/expertFarmer
civilian/expertFisherman civilian/expertFurTrapper civilian/expertLumberJack civilian/expertOreMiner
civilian/expertSilverMiner civilian/firebrandPreacher civilian/freeColonist civilian/hardyPioneer
civilian/indenturedServant civilian/indianConvert civilian/jesuitMissionary civilian/kingsRegular
civilian/masterCottonPlanter civilian/masterDistiller civilian/masterFurTrader civilian/masterGunsmith
civilian/masterSugarPlanter civilian/masterTobaccoPlanter civilian/masterTobacconist civilian/masterWeaver
civilian/milkmaid_2 civilian/nativeColonist civilian/pettyCriminal civilian/seasonedScout
civilian/veteranSoldier infantry/kingsRegular missionary/jesuitMissionary missionary/missionary
pioneer/hardyPioneer pioneer/pioneer soldier/colonialRegular soldier/nativeSoldier soldier/soldier
soldier/veteranSoldier
""".split()


def freecol(package, folder):
    units = package / "usr/share/games/freecol/default/resources/images/units"
    for name in FREECOL:
        write_sprite(folder, name.replace("/", "_"), without_specks(read(units / (name + ".png")), 0.05))


# Row and column of each cell that holds one person on foot.
AMPLIO = [(0, 11), (0, 16), (0, 18), (0, 19), (1, 1), (1, 2), (1, 8), (1, 16), (1, 17)]
AMPLIO += [(2, column) for column in (0, 1, 5, 9, 14, 16, 17)]
AMPLIO_EXTRA = [(0, column) for column in (0, 1, 2, 5, 7, 8, 9)] + [(1, 0), (1, 1), (9, 1), (9, 2)]
CIMPLETOON_ROWS = (1, 2, 3, 5, 6, 10, 11, 13, 19, 25, 27, 29, 33, 34, 42, 50, 51, 52, 53)
CIMPLETOON = [(row, column) for row in CIMPLETOON_ROWS for column in (0, 3, 6) if (row, column) != (52, 6)]
CELL_WIDTH, CELL_HEIGHT = 64, 48  # a line of one pixel is around each cell


def freeciv(package, folder):
    tiles = package / "usr/share/games/freeciv"
    clean_drawn = partial(without_specks, share=0.05, threshold=60)
    sheets = [
        ("amplio2/units.png", "amplio2", AMPLIO, without_shadow),
        ("amplio2/extra_units.png", "amplio2x", AMPLIO_EXTRA, without_shadow),
        ("cimpletoon/orient_units.png", "cimpletoon", CIMPLETOON, clean_drawn),
    ]
    for path, prefix, cells, clean in sheets:
        sheet = read(tiles / path)
        for row, column in cells:
            top, left = 1 + row * (CELL_HEIGHT + 1), 1 + column * (CELL_WIDTH + 1)
            cell = sheet[top : top + CELL_HEIGHT, left : left + CELL_WIDTH]
            write_sprite(folder, f"{prefix}_r{row:02}c{column:02}", clean(cell))


FLARE = "peasant_man1 peasant_man2 peasant_woman1 peasant_woman2".split()


def flare(package, folder):
    people = package / "usr/share/games/flare/mods/fantasycore/images/npcs"
    for name in FLARE:
        # The frames of a sheet don't touch, so that the largest part is one frame's figure.
        write_sprite(folder, name, without_shadow(read(people / (name + ".png")), 190))


# Not here: woman_doctor, woman_nurse (like reserved pictures of openclipart-png), a scarecrow, grannysmith.
TUXPAINT = """
fireman200b.png fireman240a.png cartoon/man_in_suit.svg cartoon/woman_chemist.svg cartoon/woman_dancing.svg
cartoon/woman_police_officer_1.svg cartoon/woman_police_officer_2.svg
""".split()


def tuxpaint(package, folder):
    for name in TUXPAINT:
        path = package / "usr/share/tuxpaint/stamps/people" / name
        rgba = draw_svg(path.read_text(), 700) if path.suffix == ".svg" else read(path)
        write_sprite(folder, path.stem, rgba)


# Who, and which frames: what they do, where they turn to in degrees, how far into the movement. One or two
# of the many frames of each person, as all are much alike.
STILL, EAST, WEST, SOUTH = ("idle", 180, 0), ("move", 45, 0), ("move", 225, 0.3), ("move", 315, 0.6)
UNKNOWN_HORIZONS = {
    "carrier/as_carrier0": [STILL, SOUTH],
    "herder/as_herder0": [EAST, WEST],
    "hunter/as_hunterunit0": [EAST, WEST],
    "inhabitant/citizen/as_citizenfemale0": [STILL, SOUTH],
    "inhabitant/citizen/as_citizenmale0": [STILL, SOUTH],
    "inhabitant/pioneer/as_pioneerfemale0": [EAST, WEST],
    "inhabitant/pioneer/as_pioneermale0": [WEST],
    "inhabitant/sailor/as_female": [STILL, EAST],
    "inhabitant/sailor/as_male": [EAST, WEST],
    "inhabitant/sailor/as_male3": [EAST],
    "inhabitant/settler/as_settlerfemale0": [STILL, SOUTH],
    "inhabitant/settler/as_settlermale0": [STILL, SOUTH],
    "lumberjack/as_lumberjackunit0": [EAST, WEST],
}


def unknown_horizons(package, folder):
    units = package / "usr/share/unknown-horizons/content/gfx/units"
    for person, poses in UNKNOWN_HORIZONS.items():
        for action, turn, moment in poses:
            frames = sorted((units / person / action / str(turn)).glob("*.png"))
            frame = read(frames[int(moment * len(frames))])
            name = person.split("/as_")[1]
            write_sprite(folder, f"{name}_{action}_{turn}", without_shadow(frame, 190))
