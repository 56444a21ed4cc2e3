"""Canonical values: dates, numbers, phones, words and names; the columns of staging; nothing ever raises."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally import paths
from vaxtally.intake.canonical import canonicalise_report, canonicalise_upload, words
from vaxtally.intake.canonical.cells import clean
from vaxtally.intake.canonical.dates import DAY_FIRST, YEAR_FIRST, Serials, read_birth_dates, read_days
from vaxtally.intake.canonical.identifiers import read_insurance_no, read_national_id
from vaxtally.intake.canonical.names import name_keys
from vaxtally.intake.canonical.phones import _PLAIN, RENUMBERED_IN_2018, read_phone
from vaxtally.intake.canonical.plain_dates import read_plain
from vaxtally.intake.read import CELL_SEPARATOR, FileRefusedError, HeaderColumn, SourceFile, read_file
from vaxtally.intake.read.headers import HEADERS
from vaxtally.text import name_key

SAVED_BY_CALC = Path(__file__).parents[1] / "fixtures" / "libreoffice"
TODAY = date(2021, 8, 10)
PERSON = {
    "full_name": "Nguyễn Văn Đức",
    "sex": "Nam",
    "birth_date": "01/02/1950",
    "national_id": "079050000123",
    "vaccine": "AstraZeneca",
    "dose_number": "1",
    "given_on": "05/08/2021",
}


def source_of(*rows: Mapping[str, str | None], is_workbook: bool = False) -> SourceFile:
    """A source as the reader yields it; cells by field."""
    fields = list(dict.fromkeys(field for row in rows for field in row))
    count = len(rows)
    originals = [CELL_SEPARATOR.join(row.get(field) or "" for field in fields) for row in rows]
    columns = {field: pa.array([row.get(field) or None for row in rows], pa.string()) for field in fields}
    columns |= {
        "row_number": pa.array(range(1, count + 1), pa.int32()),
        "sheet": pa.nulls(count, pa.string()),
        "line": pa.array(range(2, count + 2), pa.int32()),
        "original": pa.array(originals, pa.string()),
        "cells_found": pa.nulls(count, pa.int32()),
        "cells_expected": pa.nulls(count, pa.int32()),
    }
    return SourceFile([HeaderColumn(field, field) for field in fields], pa.table(columns), is_workbook)


def upload(*rows: Mapping[str, str | None], is_workbook: bool = False) -> list[dict]:
    source = source_of(*rows, is_workbook=is_workbook)
    return canonicalise_upload(source, "U", frozenset({"U", "U-1"}), TODAY).to_pylist()


def one(**cells: str | None) -> dict:
    [row] = upload({**PERSON, **cells})
    return row


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("05/08/2021", date(2021, 8, 5)),
        ("5-8-2021", date(2021, 8, 5)),
        ("5.8.2021", date(2021, 8, 5)),
        ("5 / 8 / 2021", date(2021, 8, 5)),
        ("2021-08-05", date(2021, 8, 5)),
        ("2021/8/5", date(2021, 8, 5)),
        ("2021-08-05T14:30:00", date(2021, 8, 5)),
        ("05/08/2021 14:30", date(2021, 8, 5)),
        ("05/08/2021 2:30 PM", date(2021, 8, 5)),
        ("14h30 05/08/2021", date(2021, 8, 5)),
        ("29/02/2020", date(2020, 2, 29)),
        ("29/02/2021", None),
        ("31/04/2021", None),
        ("08/25/2021", None),
        ("00/08/2021", None),
        ("05/08/21", None),
        ("5/8", None),
        ("2021", None),
        ("08/2021", None),
        ("44413", None),
        ("hôm qua", None),
        (None, None),
    ],
)
def test_days(text: str | None, day: date | None) -> None:
    assert read_days(pa.array([text], pa.string())).to_pylist() == [day]


def test_serials_count_in_workbooks_only() -> None:
    texts = pa.array(["44413", "44413.6", "1950", "60", "99999999"])
    days = read_days(texts, Serials.FROM_1900).to_pylist()
    assert days == [date(2021, 8, 5), date(2021, 8, 5), date(1905, 5, 3), None, None]
    births = read_birth_dates(texts, Serials.FROM_1900)
    assert births.first.to_pylist() == [date(2021, 8, 5), date(2021, 8, 5), date(1950, 1, 1), None, None]
    assert births.precision.to_pylist() == ["day", "day", "year", None, None]


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("01/02/1950", date(1950, 2, 1), date(1950, 2, 1), "day"),
        ("1950", date(1950, 1, 1), date(1950, 12, 31), "year"),
        ("1950.0", date(1950, 1, 1), date(1950, 12, 31), "year"),
        ("00/00/1950", date(1950, 1, 1), date(1950, 12, 31), "year"),
        ("--/--/1950", date(1950, 1, 1), date(1950, 12, 31), "year"),
        ("00/02/1948", date(1948, 2, 1), date(1948, 2, 29), "month"),
        ("--/02/1950", date(1950, 2, 1), date(1950, 2, 28), "month"),
        ("02/1950", date(1950, 2, 1), date(1950, 2, 28), "month"),
        ("12-1950", date(1950, 12, 1), date(1950, 12, 31), "month"),
        ("1950-12", date(1950, 12, 1), date(1950, 12, 31), "month"),
        ("13/1950", None, None, None),
        ("05/00/1950", None, None, None),
        ("31/02/1950", None, None, None),
        ("0000", None, None, None),
        ("50", None, None, None),
    ],
)
def test_birth_dates(text: str, first: date | None, last: date | None, precision: str | None) -> None:
    found = read_birth_dates(pa.array([text]))
    assert (found.first[0].as_py(), found.last[0].as_py(), found.precision[0].as_py()) == (first, last, precision)


@pytest.mark.parametrize(
    ("text", "value", "kind", "repaired"),
    [
        ("079050000123", "079050000123", "cccd", False),
        ("023456789", "023456789", "cmnd", False),
        ("B1234567", "B1234567", "passport", False),
        ("b1234567", "B1234567", "passport", False),
        ("12AB567", "12AB567", "passport", False),
        ("79050000123", "079050000123", "cccd", True),
        ("79050000123.0", "079050000123", "cccd", True),
        ("7.9050000123E+10", "079050000123", "cccd", True),
        ("'079050000123", "079050000123", "cccd", True),
        ("079 050 000123", "079050000123", "cccd", True),
        ("079.050.000.123", "079050000123", "cccd", True),
        ("23456789", "023456789", "cmnd", True),
        ("7.90500E+10", None, None, False),
        ("7.905E10", None, None, False),
        ("79150000123", None, None, False),  # 1: a woman
        ("79051000123", None, None, False),  # born 1951
        ("1234567", None, None, False),
        ("khong", None, None, False),
        ("không có", None, None, False),
        ("079-050-000123", None, None, False),
        ("٠٧٩٠٥٠٠٠٠١٢٣", None, None, False),
    ],
)
def test_national_ids(text: str, value: str | None, kind: str | None, repaired: bool) -> None:
    row = one(national_id=text)
    assert row["national_id_text"] == text
    assert (row["national_id"], row["national_id_kind"], row["national_id_repaired"]) == (value, kind, repaired)


def test_a_zero_is_restored_only_where_sex_and_year_are_known() -> None:
    assert read_national_id("79050000123", "male", date(1950, 1, 1)).value == "079050000123"
    assert read_national_id("79302000123", "female", date(2002, 1, 1)).value == "079302000123"
    assert read_national_id("79050000123", None, date(1950, 1, 1)) is None
    assert read_national_id("79050000123", "male", None) is None


def test_three_identity_numbers() -> None:
    names = ("national_id", "second_national_id", "third_national_id")

    def numbers(**cells: str | None) -> list[str | None]:
        row = one(**cells)
        assert [row[f"{name}_kind"] is None for name in names] == [row[name] is None for name in names]
        return [row[name] for name in names]

    cccd, cmnd, passport = PERSON["national_id"], "023456789", "B1234567"
    assert numbers(national_id_2=cmnd, national_id_3=passport) == [cccd, cmnd, passport]
    assert numbers(national_id_2=None, national_id_3=passport) == [cccd, passport, None]
    assert numbers(national_id=None, national_id_2=cmnd, national_id_3=passport) == [cmnd, passport, None]
    assert numbers(national_id_2="79050000123", national_id_3=cmnd) == [cccd, cmnd, None]
    assert numbers(national_id_2="không", national_id_3=passport) == [cccd, passport, None]
    assert numbers(national_id="12", national_id_2=cmnd, national_id_3=cmnd) == [None, cmnd, None]
    assert one(national_id_2="23456789")["national_id_repaired"]


def test_two_identity_numbers() -> None:
    both = one(national_id_2="023456789")
    assert (both["national_id"], both["second_national_id"], both["second_national_id_kind"]) == (
        PERSON["national_id"],
        "023456789",
        "cmnd",
    )
    only_second = one(national_id=None, national_id_2="023456789")
    assert (only_second["national_id_text"], only_second["national_id"]) == ("023456789", "023456789")
    assert only_second["second_national_id"] is None
    assert one(national_id_2="79050000123")["second_national_id"] is None
    bad_first = one(national_id="12", national_id_2="023456789")
    assert (bad_first["national_id"], bad_first["second_national_id"]) == (None, "023456789")


@pytest.mark.parametrize(
    ("text", "value", "repaired"),
    [
        ("GD4790123456789", "GD4790123456789", False),
        ("gd4790123456789", "GD4790123456789", False),
        ("0123456789", "0123456789", False),
        ("123456789", "0123456789", True),
        ("GD 479 0123456789", "GD4790123456789", True),
        ("123456789.0", "0123456789", True),
        ("GD6790123456789", None, False),
        ("12345", None, False),
    ],
)
def test_health_insurance_numbers(text: str, value: str | None, repaired: bool) -> None:
    found = read_insurance_no(text)
    assert (found and found.value, bool(found and found.repaired)) == (value, repaired)
    row = one(health_insurance_no=text)
    assert (row["health_insurance_no"], row["health_insurance_no_repaired"]) == (value, repaired)
    assert row["health_insurance_key"] == (value and value[-10:])


@pytest.mark.parametrize(
    ("text", "phone", "repaired"),
    [
        ("0903123456", "0903123456", False),
        ("0903.123.456", "0903123456", False),
        ("(090) 312-3456", "0903123456", False),
        ("028 3812 3456", "02838123456", False),
        ("903123456", "0903123456", True),
        ("903123456.0", "0903123456", True),
        ("0903123456.0", "0903123456", True),
        ("903123456,00", "0903123456", True),
        ("9.03123456E+08", "0903123456", True),
        ("9.03123E+08", None, False),
        ("'0903123456", "0903123456", False),
        ("0903.123.000", "0903123000", False),
        ("2838123456", "02838123456", True),
        ("+84 903 123 456", "0903123456", True),
        ("84903123456", "0903123456", True),
        ("0084903123456", "0903123456", True),
        ("+84 (0)903 123 456", "0903123456", True),
        ("01201234567", "0701234567", True),
        ("1661234567", "0361234567", True),
        ("0903123456/0912345678", "0903123456", True),
        ("12 - 0912345678", "0912345678", True),
        ("0903123456 hoặc 0912345678", "0903123456", True),
        ("0903 - 123 - 456", "0903123456", False),
        ("0903123456 (mẹ)", "0903123456", True),
        ("ĐT: 0903.123.456 chị Lan", "0903123456", True),
        ("0903123456 - con gái", "0903123456", True),
        ("số 9.03123E+08", None, False),
        ("0903O23020", None, False),
        ("mẹ0903123456", None, False),
        ("o903123456", None, False),
        ("0103123456", None, False),
        ("1900561234", None, False),
        ("12345", None, False),
        ("không có", None, False),
    ],
)
def test_phones(text: str, phone: str | None, repaired: bool) -> None:
    found = read_phone(text)
    assert (found and found.value, bool(found and found.repaired)) == (phone, repaired)
    row = one(phone=text)
    assert (row["phone_text"], row["phone"], row["phone_repaired"]) == (text, phone, repaired)


def test_the_fast_form_of_a_phone_is_what_phonenumbers_takes() -> None:
    numbers = [f"{prefix:05d}34567" for prefix in range(1000, 10_000)]
    plain = [text for text in numbers if re.match(_PLAIN, text)]
    assert len(plain) > 3000
    assert [text for text in plain if not phonenumbers.is_valid_number(phonenumbers.parse(text, "VN"))] == []


def test_every_renumbered_prefix_leads_to_a_valid_one() -> None:
    assert len(RENUMBERED_IN_2018) == 21
    for old in RENUMBERED_IN_2018:
        assert read_phone(old + "1234567") is not None, old


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1", 1), ("1.0", 1), ("01", 1), ("Mũi 1", 1), ("M2", 2), ("Lần 3", 3), ("mũi tiêm số 4", 4), ("một", 1)),
        *(("Năm", 5), ("Mũi hai", 2), ("MŨI 2", 2), ("0", None), ("6", None), ("-1", None), ("1.5", None)),
        *(("12", None), ("mũi nhắc", None), ("1/2", None)),
    ],
)
def test_dose_numbers(text: str, number: int | None) -> None:
    assert one(dose_number=text)["dose_number"] == number


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("120", 120), ("12.0", 12), ("-3", -3), ("1.5", None), ("1.234", None), ("mười", None), ("1e3", None)],
)
def test_counts(text: str, count: int | None) -> None:
    assert words.count(text) == count


def test_words() -> None:
    assert [one(action=text)["action"] for text in (None, "Sửa", "HUỶ", "Xóa", "thêm", "?")] == [
        *("new", "update", "void", "void", "new", None),
    ]
    assert [one(sex=text)["sex"] for text in ("NAM", "Nữ", "m", "Female", "x", None)] == [
        *("male", "female", "male", "female", None, None),
    ]
    assert [one(unit_code=text)["unit_code"] for text in (None, "U", "u-1", "X")] == ["U", "U", "U-1", None]
    assert one(vaccine=" comirnaty ")["vaccine"] == "PFIZER"
    assert one(vaccine="thuốc lạ")["vaccine"] is None
    assert one(vaccine="Vắc xin Pfizer")["vaccine"] == "PFIZER"
    assert one(vaccine="Vaccine phòng COVID-19 AstraZeneca")["vaccine"] == "AZ"
    assert [one(vaccine=text)["vaccine"] for text in ("Vắc xin", "Vắc xin cúm", "Vắc xin 19")] == [None, None, None]


def test_districts_of_other_provinces_are_not_the_citys() -> None:
    places = [("Q. Bình Thạnh", None), ("Quận 2", "TP.HCM"), ("Tân Phú", "Đồng Nai"), ("đâu đó", "")]
    rows = [one(district=district, province=province) for district, province in places]
    assert [row["district_code"] for row in rows] == ["765", "769", None, None]
    assert [row["province_is_city"] for row in rows] == [True, True, False, True]


def test_declared_doses() -> None:
    row = one(declared_vaccine="Sinovac", declared_given_on="1/7/2021")
    assert (row["declared_dose_number"], row["declared_dose_number_text"]) == (1, None)
    assert (row["declared_vaccine"], row["declared_given_on"]) == ("CORONAVAC", date(2021, 7, 1))
    assert one()["declared_dose_number"] is None
    assert one(declared_dose_number="x", declared_place="Hà Nội")["declared_dose_number"] is None


def test_the_more_precise_birth_date_wins() -> None:
    assert one(birth_date="1950", birth_date_2="03/04/1950")["birth_date_text"] == "03/04/1950"
    assert one(birth_date="03/04/1950", birth_date_2="1950")["birth_date"] == date(1950, 4, 3)
    assert one(birth_date="31/02/1950", birth_date_2="1950")["birth_date_precision"] == "year"
    assert one(birth_date=None, birth_date_2="1950")["birth_date_text"] == "1950"
    assert one(birth_date=None, birth_date_2="x")["birth_date_text"] == "x"


def test_cells_are_trimmed_of_everything_that_does_not_show() -> None:
    row = one(full_name="\u00a0 Nguyễn\u00a0\u00a0Văn\tĐức\u200b ", note="\ufeff \u200b", lot_number="a\nb")
    assert (row["full_name"], row["name_key"]) == ("Nguyễn Văn Đức", "nguyen van duc")
    assert row["note"] is None
    assert row["lot_number"] == "a b"


def test_what_calc_did_to_the_numbers_is_repaired() -> None:
    source = read_file(SAVED_BY_CALC / "persons.xlsx", "upload")
    rows = canonicalise_upload(source, "U", frozenset({"U"}), TODAY).to_pylist()
    assert [row["national_id"] for row in rows] == ["079050000123", "079162000456", "023456789"]
    assert all(row["national_id_repaired"] for row in rows)
    assert [row["phone"] for row in rows] == ["0903123456", "0912345678", "02838123456"]
    assert [row["birth_date"] for row in rows] == [date(1950, 2, 1), date(1962, 1, 1), date(1999, 12, 25)]
    assert [row["given_on"] for row in rows] == [date(2021, 8, 5), date(2021, 8, 6), date(2021, 8, 7)]
    titled = read_file(SAVED_BY_CALC / "titled.xlsx", "upload")
    assert canonicalise_upload(titled, "U", frozenset({"U"}), TODAY).column("given_on").to_pylist() == [
        *(date(2021, 8, 5), date(2021, 8, 5), date(2021, 8, 6), date(2021, 8, 7)),
    ]


def staged_columns(table: str) -> list[str]:
    sql = (paths.MIGRATIONS_SQL / "0002_intake.sql").read_text(encoding="utf-8")
    body = sql.split(f"CREATE TABLE intake.{table} (")[1].split(") PARTITION")[0]
    later = (paths.MIGRATIONS_SQL / "0012_identity_numbers.sql").read_text(encoding="utf-8")
    added = re.findall(r"ADD COLUMN (\w+)", later) if f"ALTER TABLE intake.{table}\n" in later else []
    return [line.split()[0] for line in body.splitlines() if line.strip() and not line.strip().startswith("--")] + added


def test_the_columns_are_those_of_staging() -> None:
    table = canonicalise_upload(source_of(PERSON), "U", frozenset({"U"}), TODAY)
    assert sorted(["shard", "upload_id", *table.column_names]) == sorted(staged_columns("staged_row"))
    report = canonicalise_report(source_of({"given_on": "1/8/2021"}), "U", frozenset({"U"}), TODAY)
    assert ["shard", "upload_id", *report.column_names] == staged_columns("staged_report_row")


def test_reports() -> None:
    line = {"unit_code": "U", "given_on": "05/08/2021", "vaccine": "AZ", "dose_number": "Mũi 1", "doses_given": "120"}
    nil = {"given_on": "06/08/2021", "doses_given": "0"}
    source = source_of(line, nil, {**line, "unit_code": "X"})
    rows = canonicalise_report(source, "U", frozenset({"U"}), TODAY).to_pylist()
    assert [row["unit_code"] for row in rows] == ["U", "U", None]
    assert [row["doses_given"] for row in rows] == [120, 0, 120]
    assert [row["vaccine"] for row in rows] == ["AZ", None, "AZ"]
    department = canonicalise_report(source, None, frozenset({"U"}), TODAY).to_pylist()
    assert [row["unit_code"] for row in department] == ["U", None, None]


def test_the_departments_file_needs_unit_codes() -> None:
    source = source_of({"given_on": "05/08/2021", "vaccine": "AZ", "dose_number": "1", "doses_given": "1"})
    with pytest.raises(FileRefusedError) as refusal:
        canonicalise_report(source, None, frozenset({"U"}), TODAY)
    assert refusal.value.rule == "file.header_missing"


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])))))
@settings(max_examples=200, deadline=None)
def test_name_keys_are_those_of_the_text_module(names: list[str | None]) -> None:
    keys = name_keys(pa.array(names, pa.string())).to_pylist()
    assert keys == [name_key(name) if name is not None else None for name in names]


# As the reader yields them: NFC. U+1680 is a space of Ogham, which shares its first byte with Vietnamese letters.
ANY_LETTER = st.characters(exclude_categories=["Cs"], exclude_characters="\u1680")
ANY_CELL = st.one_of(
    st.none(),
    st.text(ANY_LETTER, max_size=20).map(lambda text: unicodedata.normalize("NFC", text)),
    st.text("0123456789/-.+E' ", max_size=20),
    st.from_regex(r"\A[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}\Z"),
)


@given(st.data(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_canonicalising_never_raises_and_keeps_every_row(data: st.DataObject, is_workbook: bool) -> None:
    fields = data.draw(st.lists(st.sampled_from([*HEADERS["upload"], "national_id_2", "birth_date_2"]), unique=True))
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(["full_name", *fields], ANY_CELL)), max_size=4))
    found = upload(*rows, is_workbook=is_workbook)
    assert [row["row_number"] for row in found] == list(range(1, len(rows) + 1))
    for row in found:
        for name, value in row.items():
            if isinstance(value, str) and name not in ("original", "name_key"):
                assert value == value.strip() != ""
                assert unicodedata.is_normalized("NFC", value)
        assert (row["birth_date"] is None) == (row["birth_date_precision"] is None)
        if row["national_id"]:
            assert re.fullmatch(r"[0-9]{9}|[0-9]{12}|[0-9A-Z]{5,9}", row["national_id"])
    report_fields = [field for field in fields if field in HEADERS["report"]]
    lines = [{field: row[field] for field in ("full_name", *report_fields)} for row in rows]
    assert canonicalise_report(source_of(*lines), "U", frozenset({"U"}), TODAY).num_rows == len(rows)


def test_the_apostrophe_of_a_text_cell_is_no_part_of_it() -> None:
    plain = one(lot_number="L1", note="=1+1", record_id="0012", declared_vaccine="AZ")
    text = one(
        **{name: "'" + PERSON[name] for name in PERSON if name != "national_id"},
        lot_number="'L1",
        note="'=1+1",
        record_id="'0012",
        declared_vaccine="'AZ",
    )
    assert {**text, "original": None} == {**plain, "original": None}
    assert one(full_name="Nay H'Bia")["full_name"] == "Nay H'Bia"
    assert one(note="'")["note"] is None
    # Of a number it is a repair, with a remark.
    assert one(national_id="'079050000123")["national_id_repaired"]


@given(
    st.lists(st.one_of(st.none(), st.text("0159-/. T:", max_size=11), st.from_regex("[0-9]{1,4}([-/.][0-9]{1,4}){2}"))),
    st.integers(0, 2),
)
@settings(max_examples=300, deadline=None)
def test_plain_dates_are_what_the_expressions_read(texts: list[str | None], start: int) -> None:
    plain = read_plain(pa.array(texts, pa.string()).slice(start))
    for at, text in enumerate(texts[start:]):
        found = next(
            (match for form in (DAY_FIRST, YEAR_FIRST) if (match := re.match(form, text or "", re.ASCII))), None
        )
        if not plain.is_plain[at]:
            # Longer forms are left to the expressions.
            assert not found or not re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}", text or "", re.ASCII)
            continue
        assert found
        parts = tuple(int(found[name]) for name in ("year", "month", "day"))
        assert (plain.year[at], plain.month[at], plain.day[at]) == parts
        assert plain.is_year_first[at] == bool(re.match("[0-9]{4}", text or "", re.ASCII))


@given(st.lists(st.one_of(st.none(), st.text("aĐ \t\xa0\u200b'", max_size=4))), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_cells_are_trimmed_wherever_they_stand(cells: list[str | None], start: int) -> None:
    bare = [(cell and re.sub("[\t\xa0]", " ", cell).replace("\u200b", "").strip(" ")) or None for cell in cells]
    assert clean(pa.array(cells, pa.string()).slice(start)).to_pylist() == bare[start:]
