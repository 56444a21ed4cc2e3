"""The unit list as a file: headers, values, and each way in which it is refused as a whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaxtally.intake.unit_list import COLUMNS, UnitListRefusedError, read_unit_list

SOUND = {
    "unit_code": "TYT-1",
    "name": "Trạm Y tế Bến Nghé",
    "unit_type": "health_centre",
    "district_code": "760",
    "data_officer_email": "an@example.vn",
    "opened_on": "2021-03-01",
}


def listed(*units: dict[str, str], columns: tuple[str, ...] = tuple(COLUMNS)) -> bytes:
    rows = [columns, *([unit.get(column, "") for column in columns] for unit in units)]
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


def test_a_sound_list() -> None:
    [unit] = read_unit_list(listed(SOUND))
    assert unit == {**dict.fromkeys(COLUMNS), **SOUND, "language": "vi"}


def test_vietnamese_headers_a_title_and_another_delimiter() -> None:
    header = ";".join(names[0] for names in COLUMNS.values())
    row = "TYT-1;Trạm Y tế;health_centre;Quận 1;;EN;;a@example.vn;;;01/03/2021;"
    [unit] = read_unit_list(f"DANH MỤC ĐƠN VỊ\n\n{header}\n\n{row}\n".encode("utf-8-sig"))
    assert (unit["district_code"], unit["language"], unit["opened_on"]) == ("760", "en", "2021-03-01")


def test_several_addresses() -> None:
    [unit] = read_unit_list(listed({**SOUND, "head_email": " a@example.vn ; b.c@mail.example.vn; "}))
    assert unit["head_email"] == "a@example.vn;b.c@mail.example.vn"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"unit_code": ""}, "unit_code"),
        ({"unit_code": "a/b"}, "unit_code"),
        ({"unit_code": "x" * 33}, "unit_code"),
        ({"unit_code": ".."}, "unit_code"),
        ({"unit_code": "reports"}, "unit_code"),
        ({"name": ""}, "name"),
        ({"unit_type": "clinic"}, "unit_type"),
        ({"unit_type": ""}, "unit_type"),
        ({"language": "fr"}, "language"),
        ({"opened_on": "31/02/2021"}, "opened_on"),
        ({"closed_on": "mai"}, "closed_on"),
        ({"data_officer_email": "an@@example.vn"}, "data_officer_email"),
        ({"data_officer_email": "an@example"}, "data_officer_email"),
        ({"head_email": "a@example.vn;Lê An"}, "head_email"),
        ({"head_email": "a@example.vn b@example.vn"}, "head_email"),
        ({"parent_unit_code": "NONE"}, "not listed"),
        ({"parent_unit_code": "TYT-1"}, "below themselves"),
    ],
)
def test_a_bad_value_refuses_the_list(changed: dict[str, str], reason: str) -> None:
    with pytest.raises(UnitListRefusedError, match=reason) as refusal:
        read_unit_list(listed({**SOUND, "unit_code": "OTHER"}, {**SOUND, **changed}))
    assert refusal.value.reason_vi


def test_a_repeated_code_and_a_cycle_of_parents() -> None:
    with pytest.raises(UnitListRefusedError, match="TYT-1 stands 2 times"):
        read_unit_list(listed(SOUND, SOUND))
    circle = [{**SOUND, "unit_code": code, "parent_unit_code": above} for code, above in ("AB", "BC", "CA")]
    with pytest.raises(UnitListRefusedError, match="A → B → C → A"):
        read_unit_list(listed(*circle))


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(column: str) -> None:
    with pytest.raises(UnitListRefusedError, match=f"lacks the column {column}\\."):
        read_unit_list(listed(SOUND, columns=tuple(name for name in COLUMNS if name != column)))


@pytest.mark.parametrize("data", [b"", b"\n", listed(), b"\xff\xfe\x00", b"PK\x03\x04"])
def test_files_that_are_no_list(data: bytes) -> None:
    with pytest.raises(UnitListRefusedError):
        read_unit_list(data)


@given(st.binary(max_size=300), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_list_or_refused(data: bytes, with_header: bool) -> None:
    try:
        units = read_unit_list(listed(SOUND) + b"\n" + data if with_header else data)
    except UnitListRefusedError as refusal:
        assert refusal.reason
    else:
        assert units
