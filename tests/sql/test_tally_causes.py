"""tally.gap_cause: what each missing dose is put down to, and that a past day's causes stay what they were."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from vaxtally import tally
from vaxtally.settings import Settings
from vaxtally.tally import gaps

from .tally_town import EVERY_DAY

DAY = date(2021, 8, 1)
KEY = ("H1", DAY, "PFIZER", 1)
PARTS = ("held", "rejected", "other_unit", "declared_elsewhere", "never_received")


def day(n: int) -> date:
    return DAY + timedelta(days=n)


@pytest.fixture
def short(town):
    """H1 reported 10 and entered none; H2 has another name."""
    town.units("H1", name="Bệnh viện Quận 1")
    town.units("H2", name="Trạm Y tế Đa Kao")
    town.apply_reports((None, day(1), [(*KEY, 10)]))
    return town


def keep(town: Any, outcome: str, on: date, **columns: Any) -> tuple[int, int]:
    """A row of H1 at the key that waits since that day."""
    upload_id = town.upload("H1", on, rows_total=1, **{f"rows_{outcome}": 1})
    row = dict(zip(("unit_code", "given_on", "vaccine", "dose_number"), KEY, strict=True)) | {"canonical": "{}"}
    town.insert(
        "intake.row",
        [{"upload_id": upload_id, "row_number": 1, "line": 2, "outcome": outcome, "original": "[]"} | row | columns],
    )
    return upload_id, 1


def close(town: Any, row: tuple[int, int], on: date) -> None:
    """A later file of that business day corrects the row."""
    values = {"upload_id": row[0], "row_number": row[1], "by": town.upload("H1", on)}
    town.execute(
        "UPDATE intake.row SET closed_at = now(), closed_by_upload_id = :by, closed_by_row_number = 1 "
        "WHERE (upload_id, row_number) = (:upload_id, :row_number)",
        values,
    )


def release(town: Any, upload_id: int, on: date) -> None:
    """The whole file is judged again on that day and comes out of quarantine, its rows entered."""
    town.execute(
        "INSERT INTO intake.ruleset (sha256, parts, settings, vaxtally_version) "
        "VALUES (repeat('0', 64), '{}', '{}', 'test') ON CONFLICT DO NOTHING"
    )
    town.execute(
        "INSERT INTO intake.reprocess "
        "(upload_id, rule, as_of, processed_at, ruleset_id, rows_judged, rows_passed, released) "
        "SELECT :id, 'file.mostly_rejected', :on, now(), ruleset_id, 1, 1, true FROM intake.ruleset",
        {"id": upload_id, "on": on},
    )
    town.execute("UPDATE intake.upload SET status = 'loaded' WHERE upload_id = :id", {"id": upload_id})
    town.execute("UPDATE intake.row SET outcome = 'loaded', closed_at = now() WHERE upload_id = :id", {"id": upload_id})


def declare(town: Any, on: date, place: str = "BENH VIEN QUAN 1", at: str = "H2") -> None:
    (dose_id,) = town.dose(at, DAY, received_on=on, source="declared")
    town.execute("UPDATE registry.dose SET place = :place WHERE dose_id = :id", {"place": place, "id": dose_id})


def hold_same_dose(town: Any, on: date, credited: int) -> tuple[int, int]:
    row = keep(town, "held", on)
    town.execute(
        "INSERT INTO registry.review (rule, upload_id, row_number, candidate_dose_ids, opened_on) "
        "VALUES ('record.same_dose_other_unit', :upload_id, :row_number, ARRAY[CAST(:dose_id AS bigint)], :on)",
        {"upload_id": row[0], "row_number": row[1], "dose_id": credited, "on": on},
    )
    return row


def parts(town: Any, as_of: date, function: str = "as_of") -> tuple[int, ...] | None:
    sql = f"SELECT * FROM tally.gap_cause_{function}(:as_of) WHERE unit_code = 'H1'"
    row = town.execute(sql, {"as_of": as_of}).one_or_none()
    return row and tuple(getattr(row, part) for part in PARTS)


def ask(town: Any, row: tuple[int, int], on: date) -> None:
    """A review that is opened on that day."""
    town.execute(
        "INSERT INTO registry.review (rule, upload_id, row_number, opened_on) "
        "VALUES ('record.possible_match', :upload_id, :row_number, :on)",
        {"upload_id": row[0], "row_number": row[1], "on": on},
    )


def reviewed(town: Any, row: tuple[int, int]) -> bool:
    sql = "SELECT count(*) FROM registry.review WHERE (upload_id, row_number) = (:upload_id, :row_number)"
    return town.execute(sql, {"upload_id": row[0], "row_number": row[1]}).scalar_one() > 0


def settle(town: Any, row: tuple[int, int], on: date, outcome: str = "duplicate") -> None:
    """A reviewer decides on that day; what came of the row."""
    values = {"upload_id": row[0], "row_number": row[1], "on": on, "outcome": outcome}
    place = "WHERE (upload_id, row_number) = (:upload_id, :row_number)"
    town.execute(f"UPDATE registry.review SET status = 'settled', settled_at = now() {place}", values)
    town.execute(f"UPDATE intake.row SET outcome = :outcome, closed_at = now() {place}", values)
    town.execute(
        "INSERT INTO registry.review_decision (review_id, decision, decided_by, reason, decided_on, outcome) "
        f"SELECT review_id, 'keep_other', 'tester', 'asked', :on, :outcome FROM registry.review {place}",
        values,
    )


def test_each_cause(short):
    keep(short, "held", day(2))
    keep(short, "rejected", day(2))
    keep(short, "rejected", day(2))
    settle(short, hold_same_dose(short, day(1), short.dose("H2", DAY)[0]), day(2))
    declare(short, day(2))
    assert parts(short, day(1)) == (1, 0, 0, 0, 9)
    assert parts(short, day(2)) == (1, 2, 1, 1, 5)


def test_causes_are_capped_in_their_order(short):
    short.dose("H1", DAY, times=7)
    for _ in range(2):
        keep(short, "held", day(2))
        keep(short, "rejected", day(2))
        declare(short, day(2))
    assert parts(short, day(2)) == (2, 1, 0, 0, 0)


def test_the_same_dose_is_held_until_it_is_settled_and_then_credited_while_the_other_stands(short):
    (dose_id,) = short.dose("H2", DAY)
    row = hold_same_dose(short, day(2), dose_id)
    settle(short, row, day(4))
    sql = "UPDATE registry.dose SET voided_at = now(), voided_on = :on WHERE dose_id = :id"
    short.execute(sql, {"on": day(6), "id": dose_id})
    told = [parts(short, day(n)) for n in (1, 2, 3, 4, 5, 6)]
    assert told == [(0, 0, 0, 0, 10), *[(1, 0, 0, 0, 9)] * 2, *[(0, 0, 1, 0, 9)] * 2, (0, 0, 0, 0, 10)]


def test_a_held_row_that_was_settled_as_a_dose_of_its_own_explains_nothing_more(short):
    row = hold_same_dose(short, day(2), short.dose("H2", DAY)[0])
    settle(short, row, day(4), "loaded")
    assert [parts(short, day(n)) for n in (3, 4)] == [(1, 0, 0, 0, 9), (0, 0, 0, 0, 10)]


def test_a_rejected_row_that_was_judged_again_and_is_held_since(short):
    upload_id, _ = keep(short, "held", day(2))
    ask(short, (upload_id, 1), day(4))
    assert [parts(short, day(n)) for n in (3, 4)] == [(0, 1, 0, 0, 9), (1, 0, 0, 0, 9)]


def test_rows_of_a_refused_file_are_rejected_rows_until_something_takes_its_place(short):
    upload_id, _ = keep(short, "rejected", day(2))
    short.execute("UPDATE intake.upload SET status = 'quarantined' WHERE upload_id = :id", {"id": upload_id})
    short.upload("H1", day(4), file_name=f"{upload_id}.csv")
    assert [parts(short, day(n)) for n in (1, 3, 4)] == [(0, 0, 0, 0, 10), (0, 1, 0, 0, 9), (0, 0, 0, 0, 10)]


def test_a_refused_file_that_was_corrected_or_released_since_waited_until_then(short):
    corrected, _ = keep(short, "rejected", day(2))
    released, _ = keep(short, "rejected", day(2))
    short.execute(
        "UPDATE intake.upload SET status = 'quarantined' WHERE upload_id IN (:a, :b)", {"a": corrected, "b": released}
    )
    assert parts(short, day(3)) == (0, 2, 0, 0, 8)
    close(short, (corrected, 1), day(5))
    release(short, released, day(6))
    told = [(parts(short, day(n)), len(gaps.quarantined_files(short.connection, day(n)))) for n in (1, 2, 4, 5, 6)]
    assert told == [
        ((0, 0, 0, 0, 10), 0),
        *[((0, 2, 0, 0, 8), 2)] * 2,
        ((0, 1, 0, 0, 9), 1),
        ((0, 0, 0, 0, 10), 0),
    ]


@pytest.mark.parametrize(
    "columns", [{"dose_number": None}, {"given_on": None}, {"vaccine": None}, {"canonical": '{"action": "void"}'}]
)
def test_a_row_without_a_whole_key_or_without_a_new_dose_explains_nothing(short, columns):
    keep(short, "rejected", day(2), **columns)
    assert parts(short, day(2)) == (0, 0, 0, 0, 10)


def test_a_row_of_another_unit_explains_nothing(short):
    row = keep(short, "rejected", day(2))
    short.execute(
        "INSERT INTO intake.row_issue (upload_id, row_number, outcome, rule, severity, message) "
        "VALUES (:upload_id, :row_number, 'rejected', 'unit.mismatch', 'critical', '')",
        {"upload_id": row[0], "row_number": row[1]},
    )
    assert parts(short, day(2)) == (0, 0, 0, 0, 10)


@pytest.mark.parametrize(("place", "at"), [("Bệnh viện Quận 10", "H2"), ("Bệnh viện Quận 1", "H1")])
def test_a_declaration_of_another_place_or_taken_down_by_the_unit_itself(short, place, at):
    declare(short, day(2), place, at)
    assert parts(short, day(2)) == (0, 0, 0, 0, 10)


def test_a_name_that_two_units_share_says_nothing(short):
    short.units("H3", name="Bệnh Viện Quận 1")
    declare(short, day(2))
    assert parts(short, day(2)) == (0, 0, 0, 0, 10)


def test_the_table_and_the_short_days_are_what_is_worked_out(short):
    keep(short, "rejected", day(2))
    declare(short, day(2))
    tally.reconcile(short.connection, day(5), Settings())
    (stored,) = short.execute(
        "SELECT held, rejected, other_unit, declared_elsewhere, never_received FROM tally.gap_cause"
    )
    assert tuple(stored) == parts(short, day(5), "on") == parts(short, day(5)) == (0, 1, 0, 1, 8)
    (found,) = gaps.units_in_shortfall(short.connection, day(5), Settings().policies)
    assert [tuple(getattr(key, part) for part in PARTS) for key in found.short_days] == [tuple(stored)]
    short.dose("H1", DAY, times=10)
    tally.reconcile(short.connection, day(5), Settings())
    assert short.execute("SELECT count(*) FROM tally.gap_cause").scalar_one() == 0


def test_parts_that_do_not_add_up_are_refused(short):
    tally.reconcile(short.connection, day(5), Settings())
    with pytest.raises(IntegrityError, match="parts_add_up"), short.connection.begin_nested():
        short.execute("UPDATE tally.gap_cause SET held = held + 1")


kinds = st.sampled_from(
    ["held", "rejected", "declared", "same_dose", "settle", "entered", "close", "lowered", "refused"]
)
events = st.lists(kinds, max_size=9)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=events)
def test_parts_add_up_each_day_and_stay_what_they_were(short, events):
    with short.connection.begin_nested() as savepoint:
        waiting: list[tuple[int, int]] = []
        seen = {}
        for n, event in enumerate(events, 2):
            play(short, event, day(n), waiting)
            seen[n] = parts(short, day(n))
            gap = short.gaps(day(n))[KEY]
            assert sum(seen[n] or ()) == gap.shortfall
            assert min(seen[n] or (0,)) >= 0
        assert {n: parts(short, day(n)) for n in seen} == seen
        savepoint.rollback()


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(events=st.lists(kinds, min_size=2, max_size=4))
@example(events=["held", "settle"])
@example(events=["rejected", "close"])
def test_a_month_later_a_mail_is_explained_as_it_was_told(short, events):
    with short.connection.begin_nested() as savepoint:
        waiting: list[tuple[int, int]] = []
        told = {}
        for n, event in enumerate(events, 2):
            play(short, event, day(n), waiting)
            # settings that are others tomorrow
            today = Settings(min_gap=n, tolerance_share=n / 20, gap_policies=f"health_centre:silent_days={n}")
            tally.reconcile(short.connection, day(n), today)
            told[n] = mail(short, day(n), today)
        assert {n: mail(short, day(n), Settings()) for n in told} == told
        savepoint.rollback()


def mail(town: Any, as_of: date, today: Settings) -> tuple[Any, ...]:
    """All that a day's mails and digests go by."""
    connection, policies = town.connection, today.policies
    return (
        gaps.units_in_shortfall(connection, as_of, policies),
        gaps.silent_units(connection, as_of, policies, EVERY_DAY),
        gaps.surplus_causes(connection, as_of, policies),
        gaps.timeliness(connection, as_of, policies),
    )


def play(town: Any, event: str, on: date, waiting: list[tuple[int, int]]) -> None:
    if event == "rejected":
        waiting.append(keep(town, "rejected", on))
    elif event == "held":
        waiting.append(keep(town, "held", on))
        ask(town, waiting[-1], on)
    elif event == "declared":
        declare(town, on)
    elif event == "refused":
        upload_id, _ = keep(town, "rejected", on)
        town.execute("UPDATE intake.upload SET status = 'quarantined' WHERE upload_id = :id", {"id": upload_id})
    elif event == "same_dose":
        waiting.append(hold_same_dose(town, on, town.dose("H2", DAY, received_on=on)[0]))
    elif event == "settle" and waiting:
        # a rejected row has no review: only the unit closes it
        row = waiting.pop()
        (settle if reviewed(town, row) else close)(town, row, on)
    elif event == "entered":
        town.dose("H1", DAY, received_on=on, times=3)
    elif event == "close" and waiting:
        close(town, waiting.pop(), on)
    elif event == "lowered":
        town.apply_reports((None, on, [(*KEY, 4)]))
