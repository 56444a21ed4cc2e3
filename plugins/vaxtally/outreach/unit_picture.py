"""The picture of a unit's mail: what it reported and entered on each of the last 28 days.

A round of reminders draws 1,300 of them. What all have in common (frame, days, legend) is drawn once a language and
day; a unit adds its bars and the scale to that. 6 ms of processor time each, where a whole new figure costs 110.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from vaxtally.outreach.words import Words, words

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from vaxtally.tally.readings import DayTotals

INK, WATER, AMBER, GREY, LINE, SHADE = "#17324d", "#0b6e8a", "#f0b35a", "#5b6b7b", "#dfe6ec", "#eef2f5"
# 888 x 345 pixels: half more than a desktop window shows, so that the letters stay sharp; twice as many cost twice.
INCHES = (5.92, 2.3)
DOTS_PER_INCH = 150
# The part of the picture that the bars have: left, bottom, width, height.
PLOT = (0.1, 0.145, 0.865, 0.70)
# In points: a phone shows them at little more than half.
LETTERS = 10.5
REPORTED_WIDTH, ENTERED_WIDTH = 0.84, 0.5

# One figure is drawn on by one thread at a time.
_DRAWING = Lock()


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What the pictures of one language and day share. `blank` is the canvas without bars and scale."""

    canvas: "FigureCanvasAgg"
    axes: Any
    blank: Any
    bars: tuple[Any, Any]
    scale: tuple[Any, Any]


def draw(series: Sequence["DayTotals"], language: str, first_pending: date) -> bytes:
    """A PNG of 888 x 345 pixels. `series`: consecutive days in order; from `first_pending` on they are not due yet."""
    reported = [day.totals.reported for day in series]
    entered = [day.totals.entered + day.totals.entered_unreported for day in series]
    with _DRAWING:
        frame = _frame(language, series[0].given_on, len(series), first_pending)
        _fill(frame, reported, entered, words(language))
        return _png(frame.canvas)


def _fill(frame: Frame, reported: Sequence[int], entered: Sequence[int], t: Words) -> None:
    """Bars and scale onto the blank canvas; the scale names the top and, where it is a whole number, the half."""
    top = max(*reported, *entered, 1)
    frame.canvas.restore_region(frame.blank)
    for bar, values, width in zip(frame.bars, (reported, entered), (REPORTED_WIDTH, ENTERED_WIDTH), strict=True):
        bar.set_verts(_bars(values, top, width))
        frame.axes.draw_artist(bar)
    for text, label in zip(frame.scale, (t.number(top), "" if top % 2 else t.number(top // 2)), strict=True):
        text.set_text(label)
        frame.axes.draw_artist(text)


def _bars(values: Sequence[int], top: int, width: float) -> Any:
    """The corners of one bar a value: an array of (bars, 4, 2), the height as a part of `top`."""
    import numpy as np

    left = np.arange(len(values)) - width / 2
    heights = np.asarray(values) / top
    across = np.stack([left, left, left + width, left + width], axis=1)
    up = np.stack([np.zeros_like(heights), heights, heights, np.zeros_like(heights)], axis=1)
    return np.stack([across, up], axis=2)


def _png(canvas: "FigureCanvasAgg") -> bytes:
    """The canvas as a PNG of few colours: half the bytes and a quarter of the time of true colour. No metadata."""
    import numpy as np
    from PIL import Image

    buffer = io.BytesIO()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    picture = picture.quantize(palette=_palette(), dither=Image.Dither.NONE)
    picture.save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()


@cache
def _palette() -> Any:
    """An image whose colours are those of every picture: the strong ones with six steps to white, for soft edges."""
    from PIL import Image, ImageColor

    strong = [ImageColor.getrgb(colour) for colour in (INK, WATER, AMBER, GREY)]
    steps = [round(255 + (part - 255) * share / 6) for colour in strong for share in range(1, 7) for part in colour]
    pale = [part for colour in (LINE, SHADE) for part in ImageColor.getrgb(colour)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([255, 255, 255, *pale, *steps])
    return palette


@lru_cache(maxsize=4)
def _frame(language: str, first: date, days: int, first_pending: date) -> Frame:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure

    t = words(language)
    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes(PLOT)
    dates = [first + timedelta(days=n) for n in range(days)]
    axes.set_xlim(-0.6, days - 0.4)
    axes.set_ylim(0, 1.02)
    _decorate(axes, dates, t, first_pending)
    reported, entered = (PolyCollection([], facecolors=colour, edgecolors="none") for colour in (AMBER, WATER))
    top, half = (
        axes.text(-0.9, height, "", ha="right", va="center", fontsize=LETTERS, color=GREY, clip_on=False)
        for height in (1, 0.5)
    )
    for artist in (reported, entered, top, half):
        artist.set_animated(True)
        axes.add_artist(artist)
    canvas.draw()
    blank = canvas.copy_from_bbox(figure.bbox)
    return Frame(canvas=canvas, axes=axes, blank=blank, bars=(reported, entered), scale=(top, half))


def _decorate(axes: Any, dates: Sequence[date], t: Words, first_pending: date) -> None:
    from matplotlib.patches import Patch

    # From the last day backwards, a week apart: the newest day is always named.
    named = list(range(len(dates) - 1, -1, -7))[::-1]
    axes.set_xticks(named, [t.short_date(dates[place]) for place in named])
    axes.set_yticks([0.5, 1], ["", ""])
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=LETTERS, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    pending = [place for place, day in enumerate(dates) if day >= first_pending]
    if pending:
        axes.axvspan(pending[0] - 0.5, pending[-1] + 0.5, color=SHADE, zorder=0)
    key = [(AMBER, "reported"), (WATER, "entered"), (SHADE, "pending")]
    axes.legend(
        handles=[Patch(color=colour, label=t(f"picture.{name}")) for colour, name in key],
        loc="lower right", bbox_to_anchor=(1, 1.0), ncols=3, frameon=False, fontsize=LETTERS, labelcolor=INK,
        handlelength=1, handleheight=1, borderaxespad=0.2, columnspacing=1.4,
    )  # fmt: skip
