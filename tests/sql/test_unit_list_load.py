"""The unit list in the database: taken over, closed, reopened, refused, and the tree below each unit."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from vaxtally.intake.unit_list import UnitListRefusedError, load_unit_list, units_below

HEADER = (
    "unit_code,name,unit_type,district_code,parent_unit_code,language,"
    "data_officer_name,data_officer_email,head_name,head_email,opened_on,closed_on"
)
FIRST = (
    "TTYT-1,Trung tâm Y tế Quận 1,district_health_office,760,,vi,Lê An,an@example.vn;b@example.vn,,,2021-03-01,",
    "TYT-1,Trạm Y tế Bến Nghé,health_centre,Quận 1,TTYT-1,,,,,,,",
    "TYT-2,Trạm Y tế Đa Kao,health_centre,760,TTYT-1,en,,,,,,",
    "DIEM-1,Điểm tiêm lưu động,health_centre,760,TYT-1,,,,,,,",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "units.csv"


def write(path: Path, *units: str) -> None:
    path.write_text("\n".join((HEADER, *units)), encoding="utf-8")


def units(connection: Connection) -> dict[str, dict]:
    rows = connection.execute(text("SELECT * FROM reference.unit")).mappings()
    return {row["unit_code"]: dict(row) for row in rows}


def test_a_list_is_taken_over_once(registry: Engine, path: Path) -> None:
    write(path, *FIRST)
    with registry.begin() as connection:
        result = load_unit_list(connection, path, date(2021, 8, 1))
        assert (result.taken_over, result.units, result.closed) == (True, 4, 0)
        assert not load_unit_list(connection, path, date(2021, 8, 2)).taken_over
        lists = connection.execute(text("SELECT received_on, status, units FROM reference.unit_list")).all()
        assert lists == [(date(2021, 8, 1), "loaded", 4)]
        unit = units(connection)["TYT-1"]
    assert (unit["district_code"], unit["language"], unit["listed_on"]) == ("760", "vi", date(2021, 8, 1))


def test_a_unit_that_is_no_longer_listed_is_closed_and_may_come_back(registry: Engine, path: Path) -> None:
    write(path, *FIRST)
    with registry.begin() as connection:
        load_unit_list(connection, path, date(2021, 8, 1))
        write(path, *FIRST[:3])
        assert load_unit_list(connection, path, date(2021, 8, 5)).closed == 1
        assert units(connection)["DIEM-1"]["closed_on"] == date(2021, 8, 5)
        write(path, *FIRST[:2])
        assert load_unit_list(connection, path, date(2021, 8, 9)).closed == 1
        assert units(connection)["DIEM-1"]["closed_on"] == date(2021, 8, 5)
        write(path, *FIRST)
        load_unit_list(connection, path, date(2021, 8, 10))
        assert {unit["closed_on"] for unit in units(connection).values()} == {None}


def test_a_bad_list_changes_nothing(registry: Engine, path: Path) -> None:
    write(path, *FIRST)
    with registry.begin() as connection:
        load_unit_list(connection, path, date(2021, 8, 1))
        before = units(connection)
        write(path, FIRST[0].replace("an@example.vn", "an@@example"))
        with pytest.raises(UnitListRefusedError, match="data_officer_email"):
            load_unit_list(connection, path, date(2021, 8, 2))
        assert units(connection) == before


def test_units_below_reach_every_level(registry: Engine, path: Path) -> None:
    write(path, *FIRST)
    with registry.begin() as connection:
        load_unit_list(connection, path, date(2021, 8, 1))
        assert units_below(connection) == {
            "TTYT-1": {"TTYT-1", "TYT-1", "TYT-2", "DIEM-1"},
            "TYT-1": {"TYT-1", "DIEM-1"},
            "TYT-2": {"TYT-2"},
            "DIEM-1": {"DIEM-1"},
        }
