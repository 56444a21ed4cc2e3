"""Clean lists for measuring: as many as asked, and nothing in them to remark."""

import csv
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from vaxtally.sample import CleanUploads, write_clean_uploads


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> CleanUploads:
    return write_clean_uploads(tmp_path_factory.mktemp("clean"), files=30, rows=3_000)


@pytest.fixture(scope="module")
def rows(clean: CleanUploads) -> list[dict[str, str]]:
    """All rows in the order in which the files are applied."""
    paths = sorted(clean.folder.glob("*/uploads/*.csv"), key=lambda path: path.stat().st_mtime)
    assert len(paths) == clean.files == 30
    found = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            found += csv.DictReader(lines)
    return found


def test_as_many_rows_and_people_as_asked(clean: CleanUploads, rows: list[dict[str, str]]) -> None:
    people = Counter((row["full_name"], row["birth_date"]) for row in rows)
    assert len(rows) == clean.rows == 3_000
    assert len(people) == clean.people == round(3_000 / 1.7)
    assert set(people.values()) == {1, 2}


def test_nothing_is_late_or_out_of_order(clean: CleanUploads, rows: list[dict[str, str]]) -> None:
    doses = defaultdict(list)
    for row in rows:
        given_on = date.fromisoformat(row["given_on"])
        assert 0 <= (clean.received_on - given_on).days <= 14
        doses[row["full_name"], row["birth_date"]].append((row["dose_number"], given_on, row["vaccine"]))
    for course in doses.values():
        assert [number for number, _, _ in course] == ["1", "2"][: len(course)]
        if len(course) == 2:
            assert (course[1][1] - course[0][1]).days >= 10
            assert {vaccine for _, _, vaccine in course} == {"ABDALA"}


def test_the_unit_list_names_every_folder(clean: CleanUploads) -> None:
    with (clean.folder / "units.csv").open(encoding="utf-8") as lines:
        listed = {unit["unit_code"] for unit in csv.DictReader(lines)}
    assert {path.name for path in clean.folder.iterdir() if path.is_dir()} <= listed


def test_the_same_arguments_write_the_same_bytes(clean: CleanUploads, tmp_path: Path) -> None:
    again = write_clean_uploads(tmp_path / "again", files=30, rows=3_000)
    for path in clean.folder.rglob("*.csv"):
        assert path.read_bytes() == (again.folder / path.relative_to(clean.folder)).read_bytes()
