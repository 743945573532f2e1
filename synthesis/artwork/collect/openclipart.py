"""Whole figures of Debian's openclipart-png, as they are: those of ../openclipart_figures.txt."""
import shutil
from pathlib import Path

LISTS = Path(__file__).resolve().parent.parent


def lines_of(name):
    lines = (line.strip() for line in (LISTS / name).read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def collect(package, folder):
    pictures = package / "usr/share/openclipart/png"
    if not set(lines_of("openclipart_reserved.txt")) <= set(lines_of("openclipart_excluded.txt")):
        raise ValueError("openclipart_excluded.txt does not name all that is reserved")
    reserved = {(pictures / line).read_bytes() for line in lines_of("openclipart_reserved.txt")}
    for line in lines_of("openclipart_figures.txt"):
        # The copies have other names, so that --exclude-list would not know a reserved one.
        if (pictures / line).read_bytes() in reserved:
            raise ValueError(line + " is reserved: nothing may be trained on it")
        shutil.copyfile(pictures / line, folder / line.replace("/", "_"))
