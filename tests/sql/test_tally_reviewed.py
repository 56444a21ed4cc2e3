"""The same dose from two units, as the reviews leave it: held, credited elsewhere, and what was told stays told."""

from datetime import date

from vaxtally import intake
from vaxtally.clock import RunTime
from vaxtally.intake import settle
from vaxtally.registry.reviews import Decided, Ruling

from ..intake_desk import AUG_10, AUG_11, REPORT_HEADER, Desk, csv_bytes, people, person

AUG_12, AUG_13, AUG_14 = date(2021, 8, 12), date(2021, 8, 13), date(2021, 8, 14)


def causes(desk: Desk) -> list[tuple[int, int, int] | None]:
    """held, other_unit and never_received of HOC-2 on each day; None: nothing is missing."""
    sql = "SELECT held, other_unit, never_received FROM tally.gap_cause_as_of(:day) WHERE unit_code = 'HOC-2'"
    found = [desk.query(sql, day=day) for day in (AUG_10, AUG_11, AUG_12, AUG_13, AUG_14)]
    return [tuple(rows[0]) if rows else None for rows in found]


def act(desk: Desk, decision: str, as_of: date) -> None:
    time, decided = RunTime.now(desk.settings, as_of), Decided("Trần Thị Bình", "asked the unit", as_of)
    (review_id,) = desk.query("SELECT review_id FROM registry.review ORDER BY review_id")[0]
    if decision == "reopen":
        settle.reopen(desk.engine, desk.settings, time, review_id, decided)
    else:
        settle.settle(desk.engine, desk.settings, time, review_id, Ruling(decision, None), decided)
    intake.finish_files(desk.engine, desk.settings)


def test_held_then_credited_elsewhere_then_taken_back_and_entered(desk: Desk) -> None:
    desk.put("a.csv", [person(1)])
    desk.run(AUG_10)
    desk.put("b.csv", people(1, 2), unit="HOC-2")
    lines = [{"Ngày": "09/08/2021", "Vắc xin": "Pfizer", "Mũi": "1", "Số mũi tiêm": "3"}]
    desk.put("r.csv", csv_bytes(lines, REPORT_HEADER), unit="HOC-2", kind="reports")
    desk.run(AUG_11)
    held, credited = (1, 0, 1), (0, 1, 1)
    assert causes(desk) == [None, held, held, held, held]
    act(desk, "keep_other", AUG_12)
    assert causes(desk) == [None, held, credited, credited, credited]
    act(desk, "reopen", AUG_13)
    assert causes(desk) == [None, held, credited, held, held]
    act(desk, "keep_both", AUG_14)
    assert causes(desk) == [None, held, credited, held, (0, 0, 1)]
