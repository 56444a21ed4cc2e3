"""What the simulation came to: a table for the screen, every day as CSV, and the arms played one after the other."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from vaxtally.simulate.play import DayOutcome, play_city
from vaxtally.simulate.scenario import ARMS, Scenario

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from vaxtally.settings import Settings

CSV_NAME, PICTURE_NAME = "simulation.csv", "simulation.png"
# Days between two lines of the table.
STEP = 10
# What stands in no city: nobody is written to outside.
DEPARTMENT = "so-y-te@simulation.example"


def simulate(settings: "Settings", scenario: Scenario, say: Callable[[str], None]) -> list[DayOutcome]:
    """Play every arm, each in a database of its own on a server of its own, which is gone afterwards.

    Of the settings, what counts as a gap and the waits hold; where data and mails go does not.
    """
    from vaxtally import db, embedded_postgres
    from vaxtally.simulate.mailbox import counting

    outcomes: list[DayOutcome] = []
    with TemporaryDirectory(prefix="vaxtally-simulate-") as folder, counting() as mailbox:
        home = Path(folder)
        own = apart(settings, home, mailbox.url)
        with embedded_postgres.serve(home) as server:
            for arm in ARMS:
                say(f"{arm}: {scenario.days} days of {scenario.units} units")
                engine = db.make_engine(server.ensure_database(f"simulation_{arm}"))
                try:
                    _hurry(engine, arm)
                    db.migrate(engine)
                    outcomes += play_city(engine, own, scenario, arm)
                finally:
                    engine.dispose()
        embedded_postgres.remove(home)
    return outcomes


def _hurry(engine: "Engine", arm: str) -> None:
    """Nothing of the database outlives the run: it need not be on disk at each commit."""
    from sqlalchemy import text

    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE simulation_{arm} SET synchronous_commit TO off"))
    # for connections from now on
    engine.dispose()


def apart(settings: "Settings", home: Path, mail_url: str) -> "Settings":
    """These settings, away from the real registry and from every real address."""
    return settings.with_changes(
        home=home,
        registry_url=None,
        mail_url=mail_url,
        mail_mode="live",
        mail_redirect_to=None,
        mail_not_before=None,
        alert_url=None,
        quiet_hours=None,
        escalation_to=(DEPARTMENT,),
        digest_to=(DEPARTMENT,),
    )


def table(outcomes: Sequence[DayOutcome]) -> str:
    """Every tenth day of each arm, and the last."""
    head = ("arm", "day", "entry ratio", "without record", "mails so far", "urgent", "level 3", "open cases")
    rows: list[tuple[str, ...]] = [head]
    for arm in ARMS:
        days = [day for day in outcomes if day.arm == arm]
        for n, day in enumerate(days, 1):
            if n % STEP == 0 or n == len(days):
                rows.append(_row(n, days[:n], day))
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return "\n".join(
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )


def _row(n: int, so_far: Sequence[DayOutcome], day: DayOutcome) -> tuple[str, ...]:
    urgent, level_3 = (sum(getattr(each, f"mails_{kind}") for each in so_far) for kind in ("urgent", "escalation"))
    return (
        day.arm,
        str(n),
        f"{day.entry_ratio:.1%}",
        f"{day.without_record:,}",
        f"{sum(each.mails for each in so_far):,}",
        f"{urgent:,}",
        f"{level_3:,}",
        f"{day.cases_level_1 + day.cases_level_2 + day.cases_level_3:,}",
    )


def write_csv(path: Path, outcomes: Iterable[DayOutcome]) -> None:
    """One line for each arm and day."""
    names = [field.name for field in fields(DayOutcome)]
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow([*names, "entry_ratio"])
        for day in outcomes:
            lines.writerow([*(getattr(day, name) for name in names), f"{day.entry_ratio:.4f}"])
