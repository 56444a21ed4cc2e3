"""The entry ratio week by week, and under it the doses missing, each as known on its day."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vaxtally.outreach.management.drawing import GREY, INK, LINE, WATER, Picture, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vaxtally.outreach.management.week import TrendPoint
    from vaxtally.outreach.words import Words

INCHES = (5.2, 3.5)
# The least that the ratio's axis spans: a tenth of a percent must not look like a landslide.
LEAST_SPAN = 0.1


def draw(trend: Sequence["TrendPoint"], t: "Words") -> Picture:
    """Two panels over the same days; a day without a figure has no mark."""
    with drawing(*INCHES) as drawn:
        drawn.figure.set_layout_engine("constrained")
        above, below = drawn.figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        _ratios(above, trend, t)
        _missing(below, trend, t)
        for axes in (above, below):
            _plain(axes)
        return drawn.finish("trend", t("week.trend_alt"))


def _missing(axes: "Axes", trend: Sequence["TrendPoint"], t: "Words") -> None:
    places = list(range(len(trend)))
    missing = [point.standing.missing for point in trend]
    axes.bar(places, missing, 0.62, color="#e7b27a")
    for place, doses in enumerate(missing):
        axes.annotate(t.number(doses), (place, doses), (0, 3), textcoords="offset points", ha="center", fontsize=8)
    axes.set_title(t("week.trend_missing"), loc="left", fontsize=9, color=GREY)
    axes.set_ylim(0, max([*missing, 1]) * 1.28)
    axes.set_yticks([])
    axes.set_xticks(places, [t.short_date(point.as_of) for point in trend])


def _ratios(axes: "Axes", trend: Sequence["TrendPoint"], t: "Words") -> None:
    known = [(place, point.standing.ratio) for place, point in enumerate(trend) if point.standing.ratio is not None]
    axes.plot(
        [place for place, _ in known], [ratio for _, ratio in known], "o-", color=WATER, linewidth=2, markersize=5
    )
    for place, ratio in known:
        axes.annotate(
            t.ratio(ratio), (place, ratio), (0, 8), textcoords="offset points", ha="center", fontsize=8.2, color=INK,
            weight="semibold" if place == len(trend) - 1 else "regular",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
    lowest = min([ratio for _, ratio in known], default=0.0)
    bottom = min(lowest, 1 - LEAST_SPAN)
    axes.set_ylim(max(bottom - 0.15 * (1 - bottom), -0.05), 1 + 0.25 * (1 - bottom))
    axes.axhline(1, color=LINE, linewidth=1.2, zorder=0)
    axes.text(-0.45, 1, t.share(1.0), va="bottom", fontsize=8, color=GREY)
    axes.set_title(t("week.trend_ratio"), loc="left", fontsize=9, color=GREY)
    axes.set_yticks([])
    axes.set_xlim(-0.5, len(trend) - 0.5)


def _plain(axes: "Axes") -> None:
    axes.tick_params(colors=GREY, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
