"""Who was vaccinated: name, sex, date of birth and numbers, in the columns of intake.staged_row."""

from typing import TYPE_CHECKING

from vaxtally.intake.canonical import words
from vaxtally.intake.canonical.cells import looked_up, single_spaced
from vaxtally.intake.canonical.dates import Dates, read_birth_dates
from vaxtally.intake.canonical.identifiers import INSURANCE_KEY_DIGITS, insurance_nos, national_ids
from vaxtally.intake.canonical.names import name_keys
from vaxtally.intake.canonical.source_cells import SourceCells

if TYPE_CHECKING:
    import pyarrow as pa

# The most precise first.
_PRECISIONS = ("day", "month", "year")


def person_columns(cells: SourceCells) -> "dict[str, pa.Array]":
    """Columns full_name to health_insurance_no_repaired."""
    import pyarrow as pa

    full_name, sex_text = single_spaced(cells["full_name"]), cells["sex"]
    sex = looked_up(sex_text, words.sex, pa.string())
    birth_text, birth = _birth(cells)
    return {
        "full_name": full_name,
        "name_key": name_keys(full_name),
        "sex_text": sex_text,
        "sex": sex,
        "birth_date_text": birth_text,
        "birth_date": birth.first,
        "birth_date_latest": birth.last,
        "birth_date_precision": birth.precision,
        **_national_ids(cells, sex, birth.first),
        **_insurance(cells),
    }


def _birth(cells: SourceCells) -> "tuple[pa.Array, Dates]":
    """The date of birth; of two columns the more precise wins, and a readable one over any other."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = cells["birth_date"]
    birth = read_birth_dates(text, cells.serials)
    for name in _further(cells, "birth_date"):
        other_text = cells[name]
        other = read_birth_dates(other_text, cells.serials)
        ranks = pa.array(_PRECISIONS)
        unknown = len(_PRECISIONS)
        rank, other_rank = (pc.fill_null(pc.index_in(dates.precision, ranks), unknown) for dates in (birth, other))
        better = pc.or_(pc.less(other_rank, rank), pc.is_null(text))
        text = pc.if_else(better, other_text, text)
        birth = Dates(
            pc.if_else(better, other.first, birth.first),
            pc.if_else(better, other.last, birth.last),
            pc.if_else(better, other.precision, birth.precision),
        )
    return text, birth


def _national_ids(cells: SourceCells, sex: "pa.Array", birth_date: "pa.Array") -> "dict[str, pa.Array]":
    """The first identity number a row gives, and the second where there are columns for two (CCCD and CMND)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    first = cells["national_id"]
    second = pa.nulls(cells.rows, pa.string())
    for name in _further(cells, "national_id"):
        text = cells[name]
        is_other = pc.fill_null(pc.and_(pc.is_null(second), pc.not_equal(text, first)), False)
        second = pc.if_else(is_other, text, second)
        first = pc.coalesce(first, text)
    number = national_ids(first, sex, birth_date)
    other = national_ids(second, sex, birth_date)
    same = pc.fill_null(pc.equal(number["value"], other["value"]), False)
    nothing = pa.scalar(None, pa.string())
    return {
        "national_id_text": first,
        "national_id": number["value"],
        "national_id_kind": number["kind"],
        "national_id_repaired": number["repaired"],
        "second_national_id": pc.if_else(same, nothing, other["value"]),
        "second_national_id_kind": pc.if_else(same, nothing, other["kind"]),
    }


def _insurance(cells: SourceCells) -> "dict[str, pa.Array]":
    import pyarrow.compute as pc

    text = cells["health_insurance_no"]
    number = insurance_nos(text)
    return {
        "health_insurance_no_text": text,
        "health_insurance_no": number["value"],
        "health_insurance_key": pc.utf8_slice_codeunits(number["value"], -INSURANCE_KEY_DIGITS),
        "health_insurance_no_repaired": number["repaired"],
    }


def _further(cells: SourceCells, field: str) -> list[str]:
    """The second and later columns of a field."""
    names = [f"{field}_{place}" for place in range(2, 9)]
    return [name for name in names if name in cells]
