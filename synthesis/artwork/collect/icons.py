"""Icon sets of npm's @iconify-json packages: icons.json holds the inside of each icon's SVG."""
import json
from functools import partial

from cut_out import as_chosen, draw_svg, write_drawing

# The chosen icons of each set. "!": only the largest part, without a ball, a shadow or a second person.
# A skin tone goes by the place in the list; "-" holds the place of one that was taken out.
EMOJIS = {
    "emojione": """man-dancing man-in-suit-levitating! person-playing-handball person-running person-walking
        skier woman-dancing person-cartwheeling""",
    "emojione_v1": "man-in-suit-levitating! person-golfing person-running person-walking woman-dancing",
    "fluent_color": """man-dancing woman-dancing man-running woman-running man-walking woman-walking
        man-standing woman-standing man-kneeling woman-kneeling woman-in-lotus-position
        man-in-lotus-position person-fencing man-cartwheeling woman-golfing woman-fairy
        person-in-suit-levitating! woman-with-white-cane woman-playing-handball!""",
    "fluent_flat": """man-cartwheeling man-dancing man-golfing man-in-lotus-position man-kneeling
        man-playing-handball! man-running man-standing man-walking person-fencing person-in-suit-levitating!
        person-bouncing-ball! skier woman-dancing woman-golfing woman-in-lotus-position woman-kneeling
        woman-playing-handball! woman-running woman-standing woman-walking woman-fairy woman-bouncing-ball!
        woman-cartwheeling person-running person-walking person-standing man-with-white-cane
        woman-with-white-cane man-running-facing-right woman-walking-facing-right woman-with-bunny-ears!
        man-with-bunny-ears!""",
    "noto": """ballet-dancer woman-fairy man-cartwheeling woman-cartwheeling man-dancing man-golfing!
        woman-golfing! man-in-business-suit-levitating! man-in-lotus-position woman-in-lotus-position
        man-kneeling woman-kneeling man-playing-handball woman-playing-handball man-running woman-running
        man-standing woman-standing man-walking woman-walking superhero man-superhero woman-superhero
        - person-fencing person-standing person-running person-walking skier woman-dancing man-bouncing-ball!
        woman-bouncing-ball! man-with-white-cane woman-with-white-cane person-with-white-cane
        man-running-facing-right woman-walking-facing-right""",
    "noto_v1": """man-dancing woman-dancing man-cartwheeling woman-cartwheeling man-golfing! woman-golfing!
        man-playing-handball! woman-playing-handball! man-running woman-running man-walking woman-walking
        person-fencing person-in-suit-levitating! man-bouncing-ball! woman-bouncing-ball! person-running
        person-walking""",
}
PLAIN = {
    "fxemoji": "dancer golfer maninbusinesssuitlevitating! running walking",
}
SILHOUETTES = {
    "fa6": """person person-dress person-hiking person-running person-walking person-walking-with-cane
        person-praying person-falling""",
    "game_icons": """body-balance bowman caveman contortionist discobolus egyptian-walk farmer high-kick
        hooded-figure kneeling meditation muscle-up pikeman ringmaster robber roman-toga run running-ninja
        swordman swordwoman throwing-ball walk""",
    "map_icons": "archery ice-skating inline-skating",
    "material": "nordic-walking",
    "mdi": """human-male human-female human-female-dance human-handsup human-white-cane walk run hiking
        karate handball gymnastics human-cane""",
}
TONES = ("", "-light", "-medium-light", "-medium", "-medium-dark", "-dark")
INKS = "#000000 #2b2018 #4a2f1a #1d2b45 #5a1a14 #24422a #333333 #6b4a2a".split()


def svg_of(icons, name, ink):
    icon = icons["icons"][name]
    width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}" '
        f'width="{width}" height="{height}">'
        f'{icon["body"].replace("currentColor", ink)}</svg>'
    )


def in_some_tone(icons, name, i):
    """The name of the icon in a skin tone that goes by its place in the list, where the set has it so."""
    tone = TONES[(i * 5 + 3) % len(TONES)]
    names = (name + tone, name + tone + "-skin-tone", name)
    return next(each for each in names if each in icons["icons"])


def collect(chosen, toned, inks, package, folder):
    icons = json.loads((package / "icons.json").read_text())
    for i, word in enumerate(chosen.split()):
        if word == "-":
            continue
        name = word.rstrip("!")
        if toned:
            name = in_some_tone(icons, name, i)
        rgba = draw_svg(svg_of(icons, name, inks[i * 3 % len(inks)]), 420)
        write_drawing(folder, name, as_chosen(word, rgba))


COLLECTORS = {
    **{source: partial(collect, chosen, True, INKS[:1]) for source, chosen in EMOJIS.items()},
    **{source: partial(collect, chosen, False, INKS[:1]) for source, chosen in PLAIN.items()},
    **{source: partial(collect, chosen, False, INKS) for source, chosen in SILHOUETTES.items()},
}
