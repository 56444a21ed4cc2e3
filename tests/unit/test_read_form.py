"""One printed form in every way that Calc saves it: the same three records, and nothing else."""

from datetime import date
from pathlib import Path

import pytest

from vaxtally.intake.canonical import canonicalise_upload
from vaxtally.intake.read import FileRefusedError, read_file

SAVED_BY_CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"
SHOWN = ("full_name", "sex", "birth_date", "national_id", "vaccine", "dose_number", "given_on", "declared_given_on")
DUC = ("Nguyễn Văn Đức", "male", date(1950, 2, 1), "079050000123", "AZ", 2, date(2021, 8, 5), date(2021, 6, 1))
ANH = ("Trần Thị Ánh", "female", date(1962, 1, 1), "079162000456", "PFIZER", 1, date(2021, 8, 5), None)
NHU = ("Lê Quỳnh Như", "female", date(1999, 12, 25), "079199000123", "VEROCELL", 1, date(2021, 8, 6), None)


@pytest.mark.parametrize(
    "name",
    ["form.xlsx", "form.xls", "form.semicolon.csv", "form.quoted.csv", "form.tab_utf16.csv", "form.bar_1258.csv"],
)
def test_a_form_is_read_alike_however_it_was_saved(name: str) -> None:
    source = read_file(SAVED_BY_CALC / name, "upload")
    rows = canonicalise_upload(source, "U", frozenset({"U"}), date(2021, 8, 10)).to_pylist()
    assert [tuple(row[field] for field in SHOWN) for row in rows] == [DUC, ANH, NHU]
    assert [row["line"] for row in rows] == [6, 7, 11]
    assert [row["national_id_repaired"] for row in rows] == [True, False, True]
    assert rows[0]["declared_vaccine"] == "AZ"


def test_an_opendocument_sheet_is_refused() -> None:
    with pytest.raises(FileRefusedError, match=r"file\.unreadable"):
        read_file(SAVED_BY_CALC / "form.ods", "upload")
