"""The simulation on a small city: what must hold whatever is drawn."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from vaxtally.settings import Settings
from vaxtally.simulate.city import City
from vaxtally.simulate.mailbox import counting
from vaxtally.simulate.outcome import apart, table, write_csv
from vaxtally.simulate.play import play_city
from vaxtally.simulate.scenario import ARMS, Scenario

# Level 1 moves nobody: what closes is closed by what comes after.
SCENARIO = Scenario(units=5, days=13, doses_a_day=4, answer={1: 0.0, 2: 0.6, 3: 1.0}, inflated_share=0.2)


def count(engine: Any, sql: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar_one()


def clear(engine: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE reference.unit, reference.unit_list, intake.upload, registry.person CASCADE"))
        connection.execute(text("TRUNCATE outreach.case_run, tally.reconciliation CASCADE"))


@pytest.fixture(scope="module")
def played(server_url, _template, tmp_path_factory):
    """Every arm's days, the mails that arrived, and what stood in the registry at the end."""
    from .conftest import _migrated_database

    home = tmp_path_factory.mktemp("simulation")
    days, arrived, stored = {}, {}, {}
    with _migrated_database(server_url, _template, "simulation") as engine:
        for arm in ARMS:
            with counting() as mailbox:
                days[arm] = play_city(engine, apart(Settings(), home, mailbox.url), SCENARIO, arm)
            arrived[arm] = mailbox.received
            sent = "SELECT count(*) FROM outreach.message WHERE status = 'sent'"
            doses = "SELECT count(*) FROM registry.dose WHERE source = 'administered'"
            stored[arm] = {"sent": count(engine, sent), "doses": count(engine, doses)}
            clear(engine)
    return days, arrived, stored


def test_every_dose_given_is_entered_or_without_a_record(played):
    days, _, stored = played
    for arm in ARMS:
        last = days[arm][-1]
        assert stored[arm]["doses"] == last.entered
        assert last.given == last.entered + last.without_record
        assert all(day.given == day.entered + day.without_record for day in days[arm])
        # one unit reports doses that it did not give
        assert last.reported > last.given


def test_every_arm_meets_the_same_city(played):
    days, _, _ = played
    told = {arm: [(day.as_of, day.given, day.reported) for day in days[arm]] for arm in ARMS}
    assert told["none"] == told["reminders"] == told["escalation"]
    assert [day.as_of for day in days["none"]] == [SCENARIO.first_day + timedelta(days=n) for n in range(SCENARIO.days)]


def test_mails_are_those_that_arrived_and_those_of_the_ledger(played):
    days, arrived, stored = played
    for arm in ARMS:
        assert sum(day.mails for day in days[arm]) == arrived[arm].total() == stored[arm]["sent"]
    assert arrived["none"] == Counter()


def test_escalation_enters_more_and_reminders_no_less_than_nothing(played):
    days, _, _ = played
    last = {arm: days[arm][-1] for arm in ARMS}
    # nobody is moved by level 1
    assert last["none"].entered == last["reminders"].entered < last["escalation"].entered
    assert last["reminders"].mails_urgent + last["reminders"].mails_escalation == 0
    assert sum(day.mails_urgent for day in days["escalation"]) > 0
    assert sum(day.mails_escalation for day in days["escalation"]) > 0
    # who reports what was not given stays open at the last level
    assert last["escalation"].cases_level_3 >= 1


def test_what_is_shown(played, tmp_path):
    from vaxtally.simulate import picture

    outcomes = [day for arm in ARMS for day in played[0][arm]]
    shown = table(outcomes).splitlines()
    assert [line.split()[:2] for line in shown[1:]] == [[arm, str(n)] for arm in ARMS for n in (10, 13)]
    write_csv(tmp_path / "days.csv", outcomes)
    assert len((tmp_path / "days.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(ARMS) * SCENARIO.days
    picture.draw(tmp_path / "days.png", outcomes, SCENARIO)
    assert (tmp_path / "days.png").read_bytes().startswith(b"\x89PNG")


def test_the_city_hangs_on_the_seed_alone():
    def live(seed: int) -> list[Any]:
        city = City(Scenario(units=5, days=3, seed=seed))
        return [city.live(SCENARIO.first_day + timedelta(days=n)) for n in range(3)]

    assert live(1) == live(1) != live(2)


@pytest.mark.parametrize("wrong", [{"answer": {1: 0.1, 2: 0.2}}, {"careless_share": 1.2}, {"units": 0}])
def test_what_cannot_be_played_is_refused(wrong):
    with pytest.raises(ValueError, match=r"answer|share|at least"):
        Scenario(**wrong)
