"""An upload's rows in the columns of intake.staged_row."""

from collections.abc import Set as AbstractSet
from datetime import date
from typing import TYPE_CHECKING

from vaxtally.intake.canonical import words
from vaxtally.intake.canonical.cells import looked_up
from vaxtally.intake.canonical.dates import read_days
from vaxtally.intake.canonical.person import person_columns
from vaxtally.intake.canonical.phones import phones
from vaxtally.intake.canonical.source_cells import SourceCells

if TYPE_CHECKING:
    import pyarrow as pa

    from vaxtally.intake.read import SourceFile

_DECLARED = ("declared_dose_number", "declared_vaccine", "declared_given_on", "declared_place")


def canonicalise_upload(
    source: "SourceFile", sender_unit_code: str, units_below: AbstractSet[str], received_on: date
) -> "pa.Table":
    """The columns of intake.staged_row but shard and upload_id, in their order.

    `x_text` is the cell as sent, trimmed; `x` its canonical value, null where it cannot be read as one.
    `units_below`: the sender and the units below it.
    """
    import pyarrow as pa

    cells = SourceCells(source)
    return pa.table(
        {
            **cells.row_columns(sender_unit_code, received_on),
            **_record(cells, sender_unit_code, units_below),
            **person_columns(cells),
            **_contact(cells),
            **_dose(cells),
            **_declared_dose(cells),
            **{name: cells[name] for name in ("reaction", "note", "vaxtally_ref")},
        }
    )


def _record(cells: SourceCells, sender_unit_code: str, units_below: AbstractSet[str]) -> "dict[str, pa.Array]":
    import pyarrow as pa
    import pyarrow.compute as pc

    action, unit = cells["action"], cells["unit_code"]
    named = looked_up(unit, words.UnitCodes({sender_unit_code, *units_below}), pa.string())
    return {
        "action_text": action,
        "action": pc.if_else(pc.is_null(action), "new", looked_up(action, words.action, pa.string())),
        "record_id": cells["record_id"],
        "unit_code_text": unit,
        "unit_code": pc.if_else(pc.is_null(unit), sender_unit_code, named),
    }


def _contact(cells: SourceCells) -> "dict[str, pa.Array]":
    import pyarrow as pa
    import pyarrow.compute as pc

    phone_text, district_text, province_text = cells["phone"], cells["district"], cells["province"]
    phone, repaired = phones(phone_text)
    in_city = pc.or_(pc.is_null(province_text), pc.fill_null(looked_up(province_text, words.is_city, pa.bool_()), True))
    district = looked_up(district_text, words.district, pa.string())
    return {
        "phone_text": phone_text,
        "phone": phone,
        "phone_repaired": repaired,
        "address": cells["address"],
        "ward": cells["ward"],
        "district_text": district_text,
        # Other provinces have districts of the same name (Tân Phú in Đồng Nai).
        "district_code": pc.if_else(in_city, district, pa.scalar(None, pa.string())),
        "province_text": province_text,
        "province_is_city": in_city,
        "priority_group": cells["priority_group"],
    }


def _dose(cells: SourceCells) -> "dict[str, pa.Array]":
    import pyarrow as pa

    vaccine, dose_number, given_on = cells["vaccine"], cells["dose_number"], cells["given_on"]
    return {
        "vaccine_text": vaccine,
        "vaccine": looked_up(vaccine, words.vaccine, pa.string()),
        "lot_number": cells["lot_number"],
        "dose_number_text": dose_number,
        "dose_number": looked_up(dose_number, words.dose_number, pa.int16()),
        "given_on_text": given_on,
        "given_on": read_days(given_on, cells.serials),
    }


def _declared_dose(cells: SourceCells) -> "dict[str, pa.Array]":
    """An earlier dose on the person's word; where anything is said of it, its number is 1 unless given."""
    import pyarrow as pa
    import pyarrow.compute as pc

    number, vaccine, given_on, place = (cells[name] for name in _DECLARED)
    says_something = pc.is_valid(pc.coalesce(vaccine, given_on, place))
    default = pc.if_else(pc.and_(says_something, pc.is_null(number)), pa.scalar(1, pa.int16()), None)
    return {
        "declared_dose_number_text": number,
        "declared_dose_number": pc.coalesce(looked_up(number, words.dose_number, pa.int16()), default),
        "declared_vaccine_text": vaccine,
        "declared_vaccine": looked_up(vaccine, words.declared_vaccine, pa.string()),
        "declared_given_on_text": given_on,
        "declared_given_on": read_days(given_on, cells.serials),
        "declared_place": place,
    }
