"""Fix files: how their cells are kept from being run as formulas, and how a fix file that comes back is read.

What would be a formula goes out behind an apostrophe, and so does what begins with an apostrophe, so that one is taken
away again without a doubt: `restored` undoes `neutralised` and `escaped` for every cell, also where a spreadsheet has
turned the one form of file into the other.
"""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from vaxtally.intake.read.source import CELL_SEPARATOR
from vaxtally.text import fold

if TYPE_CHECKING:
    import pyarrow as pa

    from vaxtally.intake.read.headers import Header
    from vaxtally.intake.read.records import Records

REF = "vaxtally_ref"
# Columns that a fix file adds, by language. Their texts must mean no field: the reader passes over them.
OUTCOME_COLUMN = {"vi": "Kết quả (Vaxtally)", "en": "Outcome (Vaxtally)"}
REASON_COLUMN = {"vi": "Lý do (Vaxtally)", "en": "Reason (Vaxtally)"}
# A cell beyond the header, which makes a row malformed, gets a column of its own, so that it can be moved.
SURPLUS_COLUMN = {"vi": "Ô thừa {n} (Vaxtally)", "en": "Surplus cell {n} (Vaxtally)"}

# What a spreadsheet may take for the beginning of a formula: also behind a tab or line break, and in wide letters.
_SIGNS = "=+@\\t\\r\\n＝＋－＠-"
_START = f"(^|{CELL_SEPARATOR})"
_ADDED = {fold(text) for texts in (OUTCOME_COLUMN, REASON_COLUMN) for text in texts.values()}
_SURPLUS = re.compile("|".join(fold(text.format(n=0)).replace("0", "[0-9]+") for text in SURPLUS_COLUMN.values()))


def neutralised(cells: "pa.Array") -> "pa.Array":
    """Cells (or rows of cells joined by CELL_SEPARATOR) as CSV may hold them: nothing of them is a formula."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(cells, f"{_START}(['{_SIGNS}])", r"\1'\2")


def escaped(cells: "pa.Array") -> "pa.Array":
    """Cells for a workbook, where text is text: only what `restored` would shorten is changed."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(cells, f"{_START}('['{_SIGNS}])", r"\1'\2")


def restored(cells: "pa.Array") -> "pa.Array":
    """The cells as they were before."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(cells, f"{_START}'(['{_SIGNS}])", r"\1\2")


def restored_records(records: "Records", header: "Header") -> "Records":
    """The rows of a fix file as the unit means them; of any other file, as they are."""
    import numpy as np

    if REF not in header.fields:
        return records
    columns = [restored(column) for column in records.columns]
    surplus = records.surplus
    for place in surplus_places(header.texts):
        surplus = surplus | np.asarray(columns[place].is_valid())
    return replace(records, columns=columns, original=restored(records.original), surplus=surplus)


def surplus_places(texts: "tuple[str, ...]") -> list[int]:
    """Which columns hold cells beyond the header of the file that was fixed."""
    return [place for place, text in enumerate(texts) if _SURPLUS.fullmatch(fold(text))]


def added_places(texts: "tuple[str, ...]") -> list[int]:
    """Which columns a fix file has added for the unit to read."""
    return [place for place, text in enumerate(texts) if fold(text) in _ADDED]
