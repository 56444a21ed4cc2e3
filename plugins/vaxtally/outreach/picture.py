"""The digest's picture: doses reported and entered per day."""

import io
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from vaxtally.outreach.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vaxtally.tally.readings import DayTotals

INK, WATER, AMBER, GREY, LINE = "#17324d", "#0b6e8a", "#f3c98b", "#5b6b7b", "#dfe6ec"
# Small in inches, so that the letters can be read where a phone shows it 340 pixels wide.
INCHES = (6.4, 3.1)
DOTS_PER_INCH = 200


def draw(series: Sequence["DayTotals"], t: Words, first_pending: date) -> bytes:
    """A PNG of 1280 x 620 pixels. Days from `first_pending` on are not due yet and are shaded.

    Entered counts every entered dose, also where nothing was reported.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    places = range(len(series))
    axes.bar(places, [day.totals.reported for day in series], 0.86, color=AMBER, label=t("digest.picture_reported"))
    entered = [day.totals.entered + day.totals.entered_unreported for day in series]
    axes.bar(places, entered, 0.5, color=WATER, label=t("digest.picture_entered"))
    _shade_pending(axes, series, t, first_pending)
    _label(axes, series, t)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Title": t("digest.picture_alt")})
    return buffer.getvalue()


def _shade_pending(axes: "Axes", series: Sequence["DayTotals"], t: Words, first_pending: date) -> None:
    pending = [place for place, day in enumerate(series) if day.given_on >= first_pending]
    if not pending:
        return
    axes.axvspan(pending[0] - 0.5, pending[-1] + 0.5, color="#eef2f5", zorder=0)
    axes.text(
        pending[-1] + 0.4,
        0.985,
        t("digest.picture_pending"),
        transform=axes.get_xaxis_transform(),
        ha="right",
        va="top",
        fontsize=8,
        color=GREY,
    )


def _label(axes: "Axes", series: Sequence["DayTotals"], t: Words) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    # From the last day backwards, a week apart: the newest day is always named.
    named = list(range(len(series) - 1, -1, -7))[::-1]
    axes.set_xticks(named, [t.short_date(series[place].given_on) for place in named])
    axes.set_xlim(-0.6, len(series) - 0.4)
    axes.margins(y=0.14)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: t.number(int(value))))
    axes.set_ylabel(t("digest.picture_axis"), color=GREY, fontsize=9)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, frameon=False, fontsize=9, labelcolor=INK)
