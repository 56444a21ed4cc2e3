"""One arm of the simulation: day by day through the tally and the outreach as they are.

Figures and doses are written straight into the tables, as intake leaves them: what is played is what comes after.
Counting, cases, mails (written, drawn, handed to a server on loopback that counts them) and letters are the real thing.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from vaxtally import db, tally
from vaxtally.simulate.city import City, Key
from vaxtally.simulate.scenario import Scenario, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from vaxtally.settings import Settings

# The level at which a kind of mail reaches a unit.
LEVEL_OF = {"shortfall": 1, "urgent": 2}


@dataclass(frozen=True, kw_only=True)
class DayOutcome:
    """What a day came to in one arm. Mails are those of the day; cases are those open at its end, by level."""

    arm: str
    as_of: date
    given: int
    reported: int
    entered: int
    due_missing: int
    without_record: int
    mails_shortfall: int
    mails_urgent: int
    mails_escalation: int
    mails_other: int
    cases_level_1: int
    cases_level_2: int
    cases_level_3: int

    @property
    def entry_ratio(self) -> float:
        """Entered ÷ reported."""
        return self.entered / self.reported if self.reported else 1.0

    @property
    def mails(self) -> int:
        """All of the day."""
        return self.mails_shortfall + self.mails_urgent + self.mails_escalation + self.mails_other


def play_city(engine: "Engine", settings: "Settings", scenario: Scenario, arm: str) -> list[DayOutcome]:
    """Play the city through its days on an empty, migrated registry of its own. `settings` name a mail server."""
    played = _Arm(engine, settings_of(arm, settings, scenario), City(scenario), arm)
    with engine.begin() as connection:
        units = json.dumps([unit.as_listed() for unit in played.city.units])
        db.run(connection, "reference/unit/upsert", {"units": units, "received_on": scenario.first_day})
    return [played.day(scenario.first_day + timedelta(days=n)) for n in range(scenario.days)]


class _Arm:
    def __init__(self, engine: "Engine", settings: "Settings", city: City, name: str) -> None:
        self.engine, self.settings, self.city, self.name = engine, settings, city, name
        # cases that a unit had before, and the units at work in the one they have
        self.cases_closed: Counter[str] = Counter()
        self.at_work: set[str] = set()

    def day(self, today: date) -> DayOutcome:
        reported, entered = self.city.live(today)
        with self.engine.begin() as connection:
            _insert(connection, "simulation/report/insert", reported, given_on=today)
            _insert(connection, "simulation/dose/insert", entered, received_on=today)
            record = tally.reconcile(connection, today, self.settings)
        mails = Counter[str]()
        if self.name != "none":
            mails = self._write_to_units(today)
        with self.engine.connect() as connection:
            levels = {row.level: row.cases for row in db.run(connection, "simulation/case/count")}
        return DayOutcome(
            arm=self.name,
            as_of=today,
            given=self.city.given,
            reported=record.reported,
            entered=record.entered,
            due_missing=record.due_shortfall,
            without_record=self.city.without_record,
            mails_shortfall=mails["shortfall"],
            mails_urgent=mails["urgent"],
            mails_escalation=mails["escalation"],
            mails_other=mails.total() - mails["shortfall"] - mails["urgent"] - mails["escalation"],
            cases_level_1=levels.get(1, 0),
            cases_level_2=levels.get(2, 0),
            cases_level_3=levels.get(3, 0),
        )

    def _write_to_units(self, today: date) -> Counter[str]:
        """Remind, urge, approve what is proposed; who is moved will enter. Returns the mails sent, by kind."""
        from vaxtally.outreach import approval, escalations, remind

        remind.remind_units(self.engine, today, self.settings)
        with self.engine.connect() as connection:
            proposed = [proposal.case_id for proposal in escalations.waiting(connection)]
        approved: tuple[int, ...] = ()
        if proposed:
            approved = approval.decide(self.engine, self.settings, today, "simulation", proposed).approved
            approval.deliver(self.engine, self.settings)
        values = {"as_of": today, "case_ids": list(approved)}
        with self.engine.connect() as connection:
            sent = db.run(connection, "simulation/message/select", values).all()
            reached = {row.unit_code: LEVEL_OF[row.kind] for row in sent if row.kind in LEVEL_OF}
            # the letter is signed and sent: it reaches units that no mail does
            reached |= dict.fromkeys(db.run(connection, "simulation/case/units", values).scalars(), 3)
            closed = set(db.run(connection, "simulation/case/closed", values).scalars())
        self.cases_closed.update(closed)
        self.at_work -= closed
        self._answer(reached, today)
        mails = Counter[str]()
        for row in sent:
            mails[row.kind] += row.mails
        return mails

    def _answer(self, reached: dict[str, int], today: date) -> None:
        last_due = today - timedelta(days=self.settings.grace_days + 1)
        for unit, level in sorted(reached.items()):
            if unit in self.at_work or self.city.is_moved(unit, self.cases_closed[unit], level):
                self.at_work.add(unit)
                self.city.promise(unit, today, last_due)


def _insert(connection: "Connection", name: str, doses: Counter[Key], **values: Any) -> None:
    keys = sorted(doses)
    arrays = {
        "unit_codes": [unit for unit, _, _, _ in keys],
        "days": [day for _, day, _, _ in keys],
        "vaccines": [vaccine for _, _, vaccine, _ in keys],
        "dose_numbers": [number for _, _, _, number in keys],
        "counts": [doses[key] for key in keys],
    }
    db.run(connection, name, arrays | values)
