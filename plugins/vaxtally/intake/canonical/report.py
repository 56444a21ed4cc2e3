"""A report's rows in the columns of intake.staged_report_row."""

from datetime import date
from typing import TYPE_CHECKING

from vaxtally.intake.canonical import words
from vaxtally.intake.canonical.cells import looked_up
from vaxtally.intake.canonical.dates import read_days
from vaxtally.intake.canonical.source_cells import SourceCells
from vaxtally.intake.read.headers import header_missing

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import pyarrow as pa

    from vaxtally.intake.read import SourceFile


def canonicalise_report(
    source: "SourceFile", sender_unit_code: str | None, known_units: "AbstractSet[str]", received_on: date
) -> "pa.Table":
    """The columns of intake.staged_report_row but shard and upload_id, in their order.

    `sender_unit_code` None: the Department's all-unit file, which needs a column of unit codes (else FileRefusedError).
    A unit code of none of the `known_units` is null.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = SourceCells(source)
    if sender_unit_code is None and "unit_code" not in cells:
        raise header_missing(["unit_code"], "report")
    unit, given_on, vaccine = cells["unit_code"], cells["given_on"], cells["vaccine"]
    dose_number, doses_given = cells["dose_number"], cells["doses_given"]
    named = looked_up(unit, words.UnitCodes(known_units), pa.string())
    sender = pa.scalar(sender_unit_code, pa.string())
    return pa.table(
        {
            **cells.row_columns(sender_unit_code, received_on),
            "unit_code_text": unit,
            "unit_code": pc.if_else(pc.is_null(unit), sender, named),
            "given_on_text": given_on,
            "given_on": read_days(given_on, cells.serials),
            "vaccine_text": vaccine,
            "vaccine": looked_up(vaccine, words.vaccine, pa.string()),
            "dose_number_text": dose_number,
            "dose_number": looked_up(dose_number, words.dose_number, pa.int16()),
            "doses_given_text": doses_given,
            "doses_given": looked_up(doses_given, words.count, pa.int64()),
        }
    )
