"""In which order files count, and files that another program wrote."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vaxtally import oneshot

from ..intake_desk import AUG_10, MORNING, Desk, people, person

CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"


def lot(desk: Desk) -> str:
    ((found,),) = desk.query("SELECT lot_number FROM registry.dose")
    return found


def lots(**files: str) -> dict[str, list[dict[str, str]]]:
    return {f"{name}.csv": [person(1, **{"Số lô": value})] for name, value in files.items()}


def test_files_count_by_second_then_name(desk: Desk) -> None:
    for (name, rows), at in zip(
        lots(c="C", a="A", b="B", z="FIRST").items(),
        (MORNING + 5.1, MORNING + 5.9, MORNING + 5.5, MORNING),
        strict=True,
    ):
        desk.put(name, rows, at=at)
    desk.run()
    assert [name for name, _ in desk.statuses()] == ["z.csv", "a.csv", "b.csv", "c.csv"]
    assert lot(desk) == "C"
    assert desk.query("SELECT count(*) FROM registry.dose_history") == [(3,)]
    assert desk.answer("c.csv").outcomes == {"updated": 1}


def test_files_of_one_name_count_by_path(desk: Desk) -> None:
    for unit in ("HOC-2", "HOC-1"):
        desk.put("a.csv", people(1), unit=unit, at=MORNING)
    desk.run()
    assert [upload.unit_code for upload in desk.uploads()] == ["HOC-1", "HOC-2"]
    assert desk.answer("a.csv", "HOC-2").outcomes == {"held": 1}


@pytest.mark.parametrize("runs", [1, 2])
def test_a_dose_corrected_later_stays_corrected(desk: Desk, runs: int) -> None:
    files = {"b.csv": ("OLD", MORNING), "a.csv": ("NEW", MORNING + 60)}
    for name, (value, at) in files.items():
        desk.put(name, [person(1, **{"Số lô": value})], at=at)
        if runs == 2:
            desk.run(AUG_10)
    desk.run(AUG_10)
    assert lot(desk) == "NEW"
    # The old list, sent once more in another shape, does not bring the old state back.
    desk.put("c.csv", [person(1, **{"Số lô": "OLD"}), person(2)], at=MORNING + 120)
    desk.run(AUG_10)
    assert lot_of_first(desk) == "NEW"
    assert "record.stale" in desk.answer("c.csv").rules(1)


def lot_of_first(desk: Desk) -> str:
    name = person(1)["Họ và tên"]
    ((found,),) = desk.query(
        "SELECT d.lot_number FROM registry.dose AS d JOIN registry.person AS p USING (person_id)"
        " WHERE full_name = :name",
        name=name,
    )
    return found


def test_a_list_of_several_batches_is_that_of_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally.intake import apply

    def drop() -> None:
        for n in range(5):
            desk.put(f"{n}.csv", [*people(n, n + 1, n + 2), person(n, **{"Số lô": f"L{n}"})], at=MORNING + n)

    drop()
    desk.run()
    whole = desk.natural()
    desk.clear()
    monkeypatch.setattr(apply, "BATCH_ROWS", 5)
    drop()
    desk.run()
    assert desk.natural() == whole


def test_shards_side_by_side_end_as_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally.intake import plan

    monkeypatch.setattr(plan, "SHARD_MIN_BYTES", 1)
    # Threads in the place of processes, which would import everything anew.
    monkeypatch.setattr(oneshot, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    for n in range(4):
        desk.put(f"{n}.csv", [*people(n, n + 1), person(n + 9, **{"Họ và tên": ""})], at=MORNING + n)
    summary = desk.run(shards=2)
    assert [name for name, _ in desk.statuses()] == ["0.csv", "1.csv", "2.csv", "3.csv"]
    assert summary["uploads"]["rows"] == {
        "total": 12, "loaded": 5, "updated": 0, "voided": 0, "duplicate": 3, "held": 0, "rejected": 4
    }  # fmt: skip


def calc_answer(desk: Desk, name: str) -> tuple[dict[str, int], dict[int, set[str]]]:
    desk.put(name, (CALC / name).read_bytes())
    desk.run()
    answer = desk.answer(name)
    rows = range(1, answer.summary["rows_total"] + 1)
    return answer.outcomes, {row: answer.rules(row) for row in rows}


def doses(desk: Desk) -> list[tuple]:
    return desk.query(
        "SELECT p.full_name, p.birth_date::text, p.birth_date_precision, d.vaccine, d.dose_number, d.given_on::text,"
        " (SELECT string_agg(i.value, ' ' ORDER BY i.value) FROM registry.person_identifier AS i"
        "  WHERE i.person_id = p.person_id)"
        " FROM registry.dose AS d JOIN registry.person AS p USING (person_id) ORDER BY 2, 1"
    )


PERSONS = [
    ("Nguyễn Văn Đức", "1950-02-01", "day", "AZ", 1, "2021-08-05", "079050000123"),
    ("Trần Thị Ánh Tuyết", "1962-01-01", "year", "PFIZER", 2, "2021-08-06", "079162000456"),
    ("Lê Quỳnh Như", "1999-12-25", "day", "MODERNA", 1, "2021-08-07", "023456789"),
]


@pytest.mark.parametrize("name", ["persons.csv", "persons.xlsx"])
def test_a_list_that_calc_saved(desk: Desk, name: str) -> None:
    outcomes, rules = calc_answer(desk, name)
    assert outcomes == {"loaded": 3}
    assert doses(desk) == PERSONS
    assert "birth_date.year_only" in rules[2]
    assert ("national_id.repaired" in rules[1]) == (name == "persons.xlsx")


TITLED = [
    ("Nguyễn Văn Đức", "1950-02-01", "day", "AZ", 1, "2021-08-05", "079050000123"),
    ("Trần Thị Ánh Tuyết", "1962-01-01", "year", "AZ", 1, "2021-08-05", "079162000456"),
    ("Phạm Minh", "1970-05-01", "month", "VEROCELL", 1, "2021-08-07", "079070000789"),
    ("Lê Quỳnh Như", "1999-12-25", "day", "AZ", 2, "2021-08-06", "023456789"),
]


@pytest.mark.parametrize("name", ["titled.xlsx", "titled.xls"])
def test_a_titled_workbook_that_calc_saved(desk: Desk, name: str) -> None:
    """Title, merged cells, a blank row, dates in four forms, a hidden old sheet."""
    outcomes, rules = calc_answer(desk, name)
    assert outcomes == {"loaded": 4}
    assert doses(desk) == TITLED
    assert {row for row in rules if "national_id.repaired" in rules[row]} == {1, 2, 3}
    assert desk.answer(name).lines[0]["sheet"] == "Ngày 5-8"
    # Lines as the clerk sees them: title, blank, header, three persons, blank, the last.
    assert {(line["row_number"], line["line"]) for line in desk.answer(name).lines} >= {("1", "4"), ("4", "8")}


def test_the_same_sheet_exported_as_text_has_lost_the_merged_vaccine(desk: Desk) -> None:
    outcomes, rules = calc_answer(desk, "titled.csv")
    assert outcomes == {"loaded": 1, "rejected": 3}
    assert doses(desk) == TITLED[:1]
    assert "vaccine.missing" in rules[2] & rules[3]
    assert "given_on.invalid" in rules[4]
