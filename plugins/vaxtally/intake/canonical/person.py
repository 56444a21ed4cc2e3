"""Who was vaccinated: name, sex, date of birth and numbers, in the columns of intake.staged_row."""

from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING

from vaxtally.intake.canonical import words
from vaxtally.intake.canonical.cells import looked_up, single_spaced
from vaxtally.intake.canonical.dates import PRECISIONS, Dates, read_birth_dates
from vaxtally.intake.canonical.identifiers import INSURANCE_KEY_DIGITS, insurance_nos, national_ids
from vaxtally.intake.canonical.names import name_keys
from vaxtally.intake.canonical.source_cells import SourceCells

if TYPE_CHECKING:
    import pyarrow as pa


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
        ranks = pa.array(PRECISIONS)
        unknown = len(PRECISIONS)
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
    """Up to three different identity numbers of a row, one a kind: columns for CCCD, CMND and passport."""
    import pyarrow as pa
    import pyarrow.compute as pc

    nothing = pa.scalar(None, pa.string())
    first, *others = _packed([cells[name] for name in ("national_id", *_further(cells, "national_id"))])
    numbers = [national_ids(text, sex, birth_date) for text in (first, *others)]
    seen = numbers[:1]
    for number in numbers[1:]:
        known = [pc.fill_null(pc.equal(earlier["value"], number["value"]), False) for earlier in seen]
        for name in ("value", "kind"):
            number[name] = pc.if_else(reduce(pc.or_, known), nothing, number[name])
        seen.append(number)
    second, third = _packed_numbers(numbers[1:], cells.rows)
    return {
        "national_id_text": first,
        "national_id": numbers[0]["value"],
        "national_id_kind": numbers[0]["kind"],
        "national_id_repaired": reduce(pc.or_, (number["repaired"] for number in numbers)),
        "second_national_id": second["value"],
        "second_national_id_kind": second["kind"],
        "third_national_id": third["value"],
        "third_national_id_kind": third["kind"],
    }


def _packed(columns: "list[pa.Array]") -> "list[pa.Array]":
    """The same cells, each row's filled ones first."""
    import pyarrow.compute as pc

    packed: list[pa.Array] = []
    for column in columns:
        left = column
        for at, earlier in enumerate(packed):
            is_free = pc.is_null(earlier)
            packed[at] = pc.if_else(is_free, left, earlier)
            left = pc.if_else(is_free, None, left)
        packed.append(left)
    return packed


def _packed_numbers(numbers: "list[dict[str, pa.Array]]", rows: int) -> "list[dict[str, pa.Array]]":
    """The further numbers as two, where some of them may be missing or no number."""
    import pyarrow as pa

    nothing = pa.nulls(rows, pa.string())
    values, kinds = (_packed([number[name] for number in numbers]) for name in ("value", "kind"))
    filled = zip([*values, nothing, nothing], [*kinds, nothing, nothing], strict=True)
    return [{"value": value, "kind": kind} for value, kind in islice(filled, 2)]


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
