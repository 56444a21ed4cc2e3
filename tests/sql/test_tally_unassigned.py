"""What belongs to no key: rejected rows and refused files without a date, vaccine or dose number that can be read."""

from datetime import date
from typing import Any

import pytest

from vaxtally.settings import Settings
from vaxtally.tally import gaps
from vaxtally.tally.readings import Unassigned

from .test_tally_causes import KEY, close, day, keep, parts, short

__all__ = ["short"]


def read(town: Any, as_of: date) -> list[tuple[Any, ...]]:
    found = gaps.unassigned(town.connection, as_of)
    return [
        (each.unit_code, each.rows, each.rows_without_date, each.rows_without_vaccine, each.rows_without_dose_number)
        for each in found
    ]


@pytest.mark.parametrize(
    ("columns", "without"),
    [
        ({"given_on": None}, (1, 0, 0)),
        ({"vaccine": None}, (0, 1, 0)),
        ({"dose_number": None}, (0, 0, 1)),
        ({"given_on": None, "vaccine": None, "unit_code": None}, (1, 1, 0)),
    ],
)
def test_a_rejected_row_without_a_whole_key_stands_beside_the_causes(short, columns, without):
    row = keep(short, "rejected", day(2), **columns)
    keep(short, "rejected", day(2))
    close(short, row, day(5))
    assert [read(short, day(n)) for n in (1, 2, 4, 5)] == [[], *[[("H1", 1, *without)]] * 2, []]
    assert parts(short, day(2)) == (0, 1, 0, 0, 9)


@pytest.mark.parametrize("columns", [{"canonical": '{"action": "void"}'}, {}])
def test_rows_that_have_a_key_or_would_enter_nothing_are_not_among_them(short, columns):
    keep(short, "rejected", day(2), **({"given_on": None} | columns if columns else {}))
    assert read(short, day(3)) == []


def test_refused_files_of_which_no_row_is_known(short):
    short.upload("H1", day(2), status="quarantined", file_name="a.csv")
    short.upload("H1", day(2), "report", status="quarantined")
    short.upload("H2", day(2), status="quarantined")
    rows_known, _ = keep(short, "rejected", day(2), vaccine=None)
    short.execute("UPDATE intake.upload SET status = 'quarantined' WHERE upload_id = :id", {"id": rows_known})
    short.upload("H1", day(4), file_name="a.csv")

    def files(as_of: date) -> dict[str, tuple[int, int]]:
        return {each.unit_code: (each.rows, each.files) for each in gaps.unassigned(short.connection, as_of)}

    assert [files(day(n)) for n in (1, 2, 4)] == [{}, {"H1": (1, 1), "H2": (0, 1)}, {"H1": (1, 0), "H2": (0, 1)}]


def test_it_is_read_with_the_shortfall(short):
    keep(short, "rejected", day(2), given_on=None)
    (found,) = gaps.units_in_shortfall(short.connection, day(3), Settings().policies)
    assert found.unassigned == Unassigned(
        unit_code=KEY[0],
        rows=1,
        rows_without_date=1,
        rows_without_vaccine=0,
        rows_without_dose_number=0,
        files=0,
    )
    assert [each.unit_code for each in gaps.unassigned(short.connection, day(3), "H2")] == []
