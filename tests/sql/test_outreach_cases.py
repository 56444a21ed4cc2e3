"""A unit's case from its first short day to its close, day by day on a real tally.

A script is days with what comes in on them; what is expected are the events, by day.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from vaxtally.outreach import cases, escalations, ledger, notes, replies
from vaxtally.outreach.ledger import Draft
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from .tally_town import Town

SETTINGS = Settings()
# A Friday; reported on the Saturday, due from the Sunday on.
GIVEN = date(2021, 10, 1)
OCT = {n: date(2021, 10, n) for n in range(1, 32)}


@dataclass
class Office:
    """One unit that reports and enters, and the Department that decides every day."""

    town: "Town"
    settings: Settings = SETTINGS
    steps: dict[date, list[cases.Step]] = field(default_factory=dict)
    unit: str = "79001"

    def report(self, received_on: date, doses: int, given_on: date = GIVEN) -> None:
        self.town.apply_reports((self.unit, received_on, [(self.unit, given_on, "PFIZER", 1, doses)]))

    def enter(self, received_on: date, doses: int, given_on: date = GIVEN) -> None:
        self.town.dose(self.unit, given_on, received_on=received_on, times=doses)

    def day(self, as_of: date) -> list[str]:
        """Decide the day; its steps by kind and reason, without those that only the untold would get."""
        self.steps[as_of] = cases.advance(self.town.connection, as_of, self.settings)
        return [f"{step.kind}:{step.reason}" for step in self.steps[as_of] if step.reason != "standing"]

    def days(self, first: date, last: date) -> dict[date, list[str]]:
        every = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return {day: due for day in every if (due := self.day(day))}

    def events(self) -> list[tuple[date, str]]:
        rows = self.town.execute("SELECT as_of, event FROM outreach.case_event ORDER BY case_event_id")
        return [(row.as_of, row.event) for row in rows]

    def last(self, columns: str = "*") -> Any:
        return self.town.execute(f'SELECT {columns} FROM outreach."case" ORDER BY case_id DESC LIMIT 1').one()


@pytest.fixture
def office(town: "Town") -> Iterator[Office]:
    town.units("79001", data_officer_email="a@bv.example.vn", head_email="h@bv.example.vn")
    yield Office(town)


def test_a_gap_that_nobody_closes_climbs_by_working_days(office):
    """Reminded on Sunday 3; the third working day after it is Wednesday 6, the seventh Tuesday 12."""
    office.report(OCT[2], 100)
    assert office.days(OCT[2], OCT[12]) == {
        OCT[3]: ["shortfall:reminded"],
        OCT[6]: ["urgent:urged"],
        OCT[12]: ["escalation:proposed"],
    }
    assert office.events() == [
        (OCT[3], "opened"),
        (OCT[3], "reminded"),
        (OCT[6], "urged"),
        (OCT[12], "proposed"),
    ]
    assert (office.last().level, office.last().level_on) == (2, OCT[6])


def test_a_day_decided_twice_is_decided_once(office):
    office.report(OCT[2], 100)
    for n in (4, 4, 7, 7, 13, 13):
        office.day(OCT[n])
    assert [event for _, event in office.events()] == ["opened", "reminded", "urged", "proposed"]
    assert [step.kind for step in office.steps[OCT[13]]] == ["escalation", "shortfall"]


def test_a_day_before_the_last_decides_nothing(office):
    office.day(OCT[5])
    office.report(OCT[2], 100)
    assert office.day(OCT[4]) == []
    assert office.events() == []


def test_a_late_run_urges_first_and_proposes_no_sooner_than_the_urgent_mail_had_its_days(office):
    office.report(OCT[2], 100)
    assert office.day(OCT[4]) == ["shortfall:reminded"]
    assert office.day(OCT[20]) == ["urgent:urged"]
    assert office.days(OCT[21], OCT[26]) == {OCT[26]: ["escalation:proposed"]}


def test_a_backlog_is_only_reminded_of(office):
    office.report(OCT[2], 100, date(2021, 6, 1))
    assert office.day(OCT[2]) == ["shortfall:reminded"]
    assert office.days(OCT[3], OCT[5]) == {}


def test_a_gap_that_shrinks_by_a_fifth_starts_the_clock_afresh(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    office.enter(OCT[6], 20)
    assert office.days(OCT[5], OCT[11]) == {OCT[11]: ["urgent:urged"]}
    assert (OCT[6], "shrunk") in office.events()


def test_less_than_a_fifth_does_not(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    office.enter(OCT[6], 19)
    assert office.days(OCT[5], OCT[7]) == {OCT[7]: ["urgent:urged"]}


def test_a_unit_that_clears_what_it_was_told_is_not_urged_for_what_joined(office):
    """Every day a new one falls due and the one before is cleared: the sum stays, the unit is at work."""
    for n in range(1, 13):
        office.report(OCT[n], 100, OCT[n])
        office.enter(OCT[n + 3], 100, OCT[n])
    due = office.days(OCT[3], OCT[14])
    assert {kind for kinds in due.values() for kind in kinds} <= {"shortfall:reminded", "shortfall:new_day"}
    assert due[OCT[5]] == ["shortfall:new_day"]


def test_saturdays_sundays_and_public_holidays_do_not_count(office):
    """Reminded on Wednesday 1 September; 2 and 3 are National Day: the third working day is Wednesday 8."""
    office.report(date(2021, 8, 30), 100, date(2021, 8, 30))
    due = office.days(date(2021, 9, 1), date(2021, 9, 8))
    assert due == {date(2021, 9, 1): ["shortfall:reminded"], date(2021, 9, 8): ["urgent:urged"]}


def test_with_another_week_and_without_holidays_they_do(office):
    office.settings = SETTINGS.with_changes(working_days="mon-sun", public_holidays="off")
    office.report(date(2021, 8, 30), 100, date(2021, 8, 30))
    assert office.days(date(2021, 9, 2), date(2021, 9, 5))[date(2021, 9, 5)] == ["urgent:urged"]


def test_a_closed_gap_is_thanked_for_once_and_a_later_one_is_a_new_case(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    office.enter(OCT[5], 100)
    assert office.days(OCT[5], OCT[8]) == {OCT[5]: ["closed:complete"]}
    office.report(OCT[10], 50, OCT[10])
    assert office.days(OCT[11], OCT[12]) == {OCT[12]: ["shortfall:reminded"]}
    assert office.last().reopens_case_id is None
    assert [event for _, event in office.events()] == ["opened", "reminded", "closed", "opened", "reminded"]


def test_a_day_of_a_closed_case_that_is_short_again_reopens_it(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    office.enter(OCT[5], 100)
    office.day(OCT[5])
    first = office.last().case_id
    office.report(OCT[7], 130)
    assert office.day(OCT[7]) == ["shortfall:reminded"]
    assert office.last().reopens_case_id == first
    assert (OCT[7], "reopened") in office.events()


def test_a_unit_closed_in_the_middle_ends_its_case(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    office.town.execute("UPDATE reference.unit SET closed_on = '2021-10-06'")
    assert office.days(OCT[5], OCT[20]) == {OCT[6]: ["closed:unit_closed"]}


def test_a_unit_without_an_address_climbs_all_the_same(office):
    office.town.execute("UPDATE reference.unit SET data_officer_email = NULL, head_email = 'nonsense'")
    office.report(OCT[2], 100)
    office.days(OCT[4], OCT[7])
    rows = office.town.execute("SELECT event, detail FROM outreach.case_event WHERE event IN ('reminded', 'urged')")
    assert [(row.event, row.detail) for row in rows] == [
        ("reminded", {"no_address": True}),
        ("urged", {"no_address": True}),
    ]


def test_reports_for_days_to_come_and_days_without_reports_make_no_case(office):
    office.report(OCT[2], 100, OCT[30])
    assert office.days(OCT[2], OCT[20]) == {}
    assert office.events() == []


def test_a_day_on_which_nobody_reports_makes_no_case_and_changes_none(office):
    """A holiday: doses may be entered for it, and nobody says how many they should be."""
    office.enter(OCT[4], 30, OCT[3])
    assert office.days(OCT[3], OCT[8]) == {}
    office.report(OCT[9], 100, OCT[8])
    assert office.days(OCT[9], OCT[10]) == {OCT[10]: ["shortfall:reminded"]}
    [step] = office.steps[OCT[10]]
    assert step.shortfall
    assert [day.given_on for day in step.shortfall.short_days] == [OCT[8]]


def test_a_report_for_a_day_to_come_counts_from_the_day_it_falls_due(office):
    office.report(OCT[2], 100, OCT[12])
    assert office.days(OCT[3], OCT[14]) == {OCT[14]: ["shortfall:reminded"]}


def test_days_before_the_not_before_date_make_no_case(office):
    office.settings = SETTINGS.with_changes(mail_not_before=OCT[2])
    office.report(OCT[2], 100)
    assert office.days(OCT[4], OCT[20]) == {}


def test_a_slipped_column_of_telephone_numbers_keeps_nobody_from_being_decided_on(office):
    """The counts are loaded with a warning; their sum is more than an integer holds."""
    lines = [(office.unit, GIVEN, "PFIZER", dose, 903_000_000) for dose in (1, 2, 3)]
    office.town.apply_reports((office.unit, OCT[2], lines))
    assert office.day(OCT[4]) == ["shortfall:reminded"]
    told(office, OCT[4], {GIVEN: 2_709_000_000})
    assert office.days(OCT[5], OCT[7]) == {OCT[7]: ["urgent:urged"]}
    assert office.last("level_missing").level_missing == 2_709_000_000


# Level 3


def proposed(office: Office) -> int:
    office.report(OCT[2], 100)
    office.days(OCT[4], OCT[13])
    return office.last().case_id


def test_an_approved_proposal_is_level_three_and_is_not_decided_twice(office):
    case_id = proposed(office)
    connection = office.town.connection
    [waiting] = escalations.waiting(connection)
    assert (waiting.case_id, waiting.deadline, waiting.missing) == (case_id, OCT[14], 100)
    assert escalations.propose(connection, case_id, OCT[13], b"%PDF") is True
    assert escalations.decide(connection, [case_id], approve=True, by="BS. Hoa", as_of=OCT[13]) == [case_id]
    assert escalations.decide(connection, [case_id], approve=False, by="BS. Minh", as_of=OCT[13]) == []
    assert (office.last().level, office.last().level_on) == (3, OCT[13])
    assert office.days(OCT[14], OCT[29]) == {}


def test_a_dropped_proposal_comes_again_after_as_many_days(office):
    case_id = proposed(office)
    escalations.decide(office.town.connection, [case_id], approve=False, by="BS. Hoa", as_of=OCT[13])
    assert office.last().level == 2
    assert office.days(OCT[14], OCT[25]) == {OCT[25]: ["escalation:proposed"]}


def test_a_proposal_without_an_answer_lapses_and_is_proposed_again(office):
    case_id = proposed(office)
    assert office.days(OCT[14], OCT[15]) == {OCT[15]: ["escalation:proposed"]}
    assert (OCT[15], "lapsed") in office.events()
    assert office.last().level == 2
    assert escalations.decide(office.town.connection, [case_id], approve=True, by="BS. Hoa", as_of=OCT[19]) == []


def test_a_proposal_whose_gap_closes_or_shrinks_is_not_left_to_decide(office):
    case_id = proposed(office)
    office.enter(OCT[14], 30)
    office.day(OCT[14])
    assert office.events()[-2:] == [(OCT[14], "shrunk"), (OCT[14], "lapsed")]
    assert escalations.decide(office.town.connection, [case_id], approve=True, by="BS. Hoa", as_of=OCT[14]) == []


# Replies


def reply(office: Office, received_on: date, **more: Any) -> None:
    origin = {"source": "department", "recorded_by": "BS. Hoa"}
    replies.record(office.town.connection, office.settings, office.unit, "no_staff", received_on, **origin, **more)


def test_a_reply_pauses_the_clock_for_its_days_and_the_unit_is_then_urged_afresh(office):
    """Answered on Tuesday 5 for 5 working days, through Tuesday 12; the clock starts on Wednesday 13."""
    office.report(OCT[2], 100)
    office.day(OCT[4])
    reply(office, OCT[5])
    assert office.days(OCT[5], OCT[18]) == {OCT[18]: ["urgent:urged"]}
    assert office.steps[OCT[6]] == []
    assert office.events()[2:] == [
        (OCT[5], "replied"),
        (OCT[5], "paused"),
        (OCT[13], "resumed"),
        (OCT[18], "urged"),
    ]


def test_a_day_that_joins_after_the_reply_is_told_without_those_answered(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    reply(office, OCT[5])
    office.report(OCT[6], 40, OCT[5])
    assert office.days(OCT[5], OCT[7]) == {OCT[7]: ["shortfall:new_day"]}
    [step] = office.steps[OCT[7]]
    assert step.shortfall
    assert [(day.given_on, day.missing) for day in step.shortfall.short_days] == [(OCT[5], 40)]
    assert office.last("state").state == "open"


def test_a_reply_for_one_day_covers_that_day_alone(office):
    office.report(OCT[2], 100)
    office.report(OCT[2], 30, OCT[2])
    office.day(OCT[4])
    reply(office, OCT[5], given_on=OCT[1])
    office.day(OCT[5])
    [step] = office.steps[OCT[5]]
    assert step.shortfall
    assert {day.given_on for day in step.shortfall.short_days} == {OCT[2]}


def test_a_reply_before_the_first_reminder_keeps_it_back(office):
    office.report(OCT[2], 100)
    reply(office, OCT[4])
    assert office.days(OCT[4], OCT[12]) == {OCT[12]: ["shortfall:reminded"]}


def test_a_reply_withdraws_the_proposal(office):
    case_id = proposed(office)
    reply(office, OCT[14], pause_days=1)
    office.day(OCT[14])
    assert office.events()[-2:] == [(OCT[14], "paused"), (OCT[14], "lapsed")]
    assert escalations.decide(office.town.connection, [case_id], approve=True, by="BS. Hoa", as_of=OCT[14]) == []


# Reports that are lowered


def told(office: Office, as_of: date, days: dict[date, int]) -> None:
    """A reminder that was sent about these days."""
    draft = Draft(
        kind="shortfall", level=1, as_of=as_of, language="vi", subject="Thiếu", text="Thiếu", html="Thiếu",
        recipient="a@bv.example.vn", unit_code=office.unit, case_id=office.last().case_id, days=days,
    )  # fmt: skip
    ledger.write(office.town.connection, draft)
    office.town.execute(
        "UPDATE outreach.message SET status = 'sent', attempts = 1, attempted_at = now(), sent_at = now()"
    )


def test_a_gap_that_only_a_lowered_report_closes_is_corrected_and_not_thanked_for(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 100})
    office.report(OCT[6], 0)
    assert office.days(OCT[5], OCT[9]) == {OCT[6]: ["correction:corrected"]}
    [step] = office.steps[OCT[6]]
    assert {name: step.detail[name] for name in ("told_on", "told", "missing", "lowered")} == {
        "told_on": "2021-10-04", "told": 100, "missing": 0, "lowered": 100,
    }  # fmt: skip
    assert office.events()[2:] == [(OCT[6], "corrected"), (OCT[6], "closed")]


def test_each_lowering_is_told_once(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 100})
    office.report(OCT[5], 95)
    assert office.days(OCT[5], OCT[5]) == {OCT[5]: ["correction:corrected"]}
    office.report(OCT[6], 90)
    due = office.days(OCT[6], OCT[7])
    assert due == {OCT[6]: ["correction:corrected"], OCT[7]: ["urgent:urged"]}
    assert next(step for step in office.steps[OCT[6]] if step.kind == "correction").detail["lowered"] == 5


def test_a_gap_closed_by_entries_too_is_thanked_for(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 100})
    office.report(OCT[6], 40)
    office.enter(OCT[6], 40)
    assert office.days(OCT[5], OCT[9]) == {OCT[6]: ["closed:complete"]}


def test_entries_alone_correct_nothing(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 100})
    office.enter(OCT[5], 60)
    assert office.days(OCT[5], OCT[5]) == {}
    office.enter(OCT[6], 40)
    assert office.days(OCT[6], OCT[6]) == {OCT[6]: ["closed:complete"]}


def test_a_lowering_before_the_mail_corrects_nothing(office):
    office.report(OCT[2], 100)
    office.report(OCT[3], 60)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 60})
    assert office.days(OCT[5], OCT[6]) == {}


def test_a_case_whose_mail_still_waits_is_not_urged(office):
    office.report(OCT[2], 100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 100})
    office.town.execute("UPDATE outreach.message SET status = 'queued', sent_at = NULL")
    assert office.days(OCT[5], OCT[12]) == {}
    office.town.execute("UPDATE outreach.message SET status = 'sent', sent_at = now()")
    assert office.days(OCT[13], OCT[15]) == {OCT[15]: ["urgent:urged"]}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_correction_says_what_was_told_and_what_is_left(office, language):
    office.town.execute("UPDATE reference.unit SET language = :language", {"language": language})
    office.report(OCT[2], 1100)
    office.day(OCT[4])
    told(office, OCT[4], {GIVEN: 1100})
    office.report(OCT[6], 1000)
    office.day(OCT[6])
    step = next(step for step in office.steps[OCT[6]] if step.kind == "correction")
    said = " ".join(notes.write(step, OCT[6], None, "doisoat@syt.example.vn").text.split())
    numbers = {"vi": ("1.100 mũi", "bớt 100 mũi", "thiếu 1.000 mũi"), "en": ("1,100", "100 fewer", "1,000 are")}
    for number in numbers[language]:
        assert number in said
