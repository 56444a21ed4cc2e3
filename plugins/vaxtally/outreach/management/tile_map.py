"""The city as tiles: one square a district, about where it lies, coloured by its entry ratio.

No boundary set that may be used freely was found, and districts of 4 and of 700 km² would hide each other on a true
map anyway. Places are in include/reference/district_tiles.csv, reviewed by hand: north is up, neighbours mostly touch.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from vaxtally import paths
from vaxtally.outreach.management.drawing import INK, Picture, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vaxtally.outreach.management.week import District
    from vaxtally.outreach.words import Words

# From brown over light middle tones to blue, which every kind of colour blindness keeps apart (after ColorBrewer's
# PuOr and Blues); the ratio stands in each tile as well. Lower bound, colour, colour of the letters.
CLASSES = (
    (1.0, "#08519c", "white"),
    (0.95, "#6baed6", "#17324d"),
    (0.9, "#d3e5f4", "#17324d"),
    (0.75, "#fee0b6", "#17324d"),
    (0.5, "#f1a340", "#17324d"),
    (0.0, "#8c4a04", "white"),
)
NO_DATA = ("#f1f4f7", "#5b6b7b")
# Small in inches, so that the letters can be read where a phone shows it 340 pixels wide.
INCHES = (4.6, 5.1)
# The room that the legend takes below the tiles, in tiles.
LEGEND_ROWS = 1.25


@dataclass(frozen=True)
class Tile:
    """A district's place: columns from the west, rows from the north, from 0."""

    code: str
    column: int
    row: int
    label: str


@cache
def tiles() -> tuple[Tile, ...]:
    """Every district's tile."""
    with (paths.REFERENCE / "district_tiles.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Tile(row["code"], int(row["column"]), int(row["row"]), row["label"]) for row in csv.DictReader(lines)
        )


def draw(districts: Sequence["District"], t: "Words") -> Picture:
    """The map of 22 tiles with its legend. A district that nobody reported on is grey."""
    ratios = {district.code: district.standing.ratio for district in districts}
    rows = max(tile.row for tile in tiles()) + 1
    with drawing(*INCHES) as drawn:
        axes = drawn.figure.add_axes((0.01, 0.01, 0.98, 0.98))
        for tile in tiles():
            _tile(axes, tile, ratios.get(tile.code), t)
        _legend(axes, rows, t)
        axes.set_xlim(-0.04, max(tile.column for tile in tiles()) + 1.04)
        axes.set_ylim(rows + LEGEND_ROWS, -0.06)
        axes.set_aspect("equal")
        axes.set_axis_off()
        return drawn.finish("districts", t("week.map_alt"))


def colours(ratio: float | None) -> tuple[str, str]:
    """The colours of a tile and of its letters."""
    if ratio is None:
        return NO_DATA
    return next((fill, letters) for bound, fill, letters in CLASSES if ratio >= bound)


def _tile(axes: "Axes", tile: Tile, ratio: float | None, t: "Words") -> None:
    from matplotlib.patches import FancyBboxPatch

    fill, letters = colours(ratio)
    box = FancyBboxPatch(
        (tile.column + 0.05, tile.row + 0.05), 0.9, 0.9, boxstyle="round,pad=0,rounding_size=0.07",
        facecolor=fill, edgecolor="#aebac6" if ratio is None else "none", linewidth=0.8,
        linestyle="--" if ratio is None else "-",
    )  # fmt: skip
    axes.add_patch(box)
    middle = tile.column + 0.5
    axes.text(middle, tile.row + 0.36, tile.label, ha="center", va="center", fontsize=5.7, color=letters)
    axes.text(
        middle,
        tile.row + 0.66,
        t.ratio(ratio),
        ha="center",
        va="center",
        fontsize=9.4,
        color=letters,
        weight="semibold",
    )


def _legend(axes: "Axes", rows: int, t: "Words") -> None:
    """Two rows under the tiles, in words that need no colour."""
    from matplotlib.patches import Rectangle

    entries = [(fill, _class_name(bound, t)) for bound, fill, _ in CLASSES] + [(NO_DATA[0], t("week.map_no_data"))]
    for place, (fill, words) in enumerate(entries):
        left, top = 0.05 + 1.5 * (place % 4), rows + 0.3 + 0.42 * (place // 4)
        axes.add_patch(Rectangle((left, top), 0.3, 0.26, facecolor=fill, edgecolor="#aebac6", linewidth=0.6))
        axes.text(left + 0.38, top + 0.13, words, va="center", fontsize=7.2, color=INK)


def _class_name(bound: float, t: "Words") -> str:
    """The name of the class that begins at a bound."""
    if bound == 1:
        return t("week.map_complete")
    return t("week.map_from", lower=t.share(bound)) if bound else t("week.map_below", upper=t.share(CLASSES[-2][0]))
