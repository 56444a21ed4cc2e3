"""The simulation's picture: entry ratio, citizens without a record and mails, day by day, one line for each arm."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally.outreach.picture import GREY, INK, LINE, WATER
from vaxtally.simulate.play import DayOutcome
from vaxtally.simulate.scenario import ARMS, Scenario

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES = (7.6, 7.4)
DOTS_PER_INCH = 130
# The light amber of the digest's bars is too faint for a line.
COLOURS = {"none": GREY, "reminders": "#d08a2e", "escalation": WATER}
LABELS = {"none": "no mails", "reminders": "reminders alone", "escalation": "reminders, urgent mails, level 3"}


def draw(path: Path, outcomes: Sequence[DayOutcome], scenario: Scenario) -> None:
    """Write a PNG of three panels above each other."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained", facecolor="white")
    ratio, citizens, mails = figure.subplots(3, 1, sharex=True)
    by_arm = {arm: [day for day in outcomes if day.arm == arm] for arm in ARMS}
    for arm, days in by_arm.items():
        _line(ratio, arm, [100 * day.entry_ratio for day in days])
        _line(citizens, arm, [day.without_record for day in days])
        if arm != "none":
            _line(mails, arm, list(accumulate(day.mails for day in days)))
    for axes, title, form in (
        (ratio, "Entered of the doses reported", lambda value, _: f"{value:.0f}%"),
        (citizens, "Citizens vaccinated and without a record", _thousands),
        (mails, "Mails sent so far, to units and the Department", _thousands),
    ):
        _style(axes, title)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(form))
    for axes in (citizens, mails):
        axes.set_ylim(bottom=0)
    mails.set_xlabel("day", color=GREY, fontsize=9)
    ratio.legend(loc="lower left", bbox_to_anchor=(0, 1.12), ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    answers = ", ".join(f"level {level} {share:.0%}" for level, share in sorted(scenario.answer.items()))
    figure.suptitle(
        f"{scenario.units} made-up units, {scenario.days} days; a level moves a unit with: {answers}",
        color=GREY,
        fontsize=9,
    )
    figure.savefig(path, format="png", metadata={"Title": "With and without escalation"})


def _line(axes: "Axes", arm: str, values: Sequence[float]) -> None:
    axes.plot(range(1, len(values) + 1), values, color=COLOURS[arm], linewidth=2, label=LABELS[arm])


def _thousands(value: float, _: int) -> str:
    return f"{value:,.0f}"


def _style(axes: "Axes", title: str) -> None:
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(x=0.01, y=0.1)
    axes.tick_params(colors=GREY, labelsize=9, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(INK)
