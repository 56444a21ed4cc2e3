"""The conditions by which a template's cells are checked while a person types, as spreadsheet formulas.

Dates are kept as text: whether a spreadsheet takes 07/09/2021 for September or July depends on the computer it runs
on; as text it stays what was typed. So the conditions read text, and dates that were pasted as such.
"""

from datetime import date

# A spreadsheet refuses a condition of a validation that is longer.
LONGEST = 255
_EPOCH = date(1899, 12, 30)


def given_on(cell: str, first: date) -> str:
    """True for day/month/year, or a date, from `first` to today."""
    # The parts between slashes: each slash becomes 9 spaces, and what surrounds a part is spaces.
    parts = f'SUBSTITUTE({cell},"/",REPT(" ",9))'
    month = f"MID({parts},10,9)*1"
    typed = f"DATE(RIGHT({cell},4),{month},LEFT({parts},9))"
    return f"IF(ISNUMBER({cell}),{_between(cell, first)},AND({month}<13,{_between(typed, first)}))"


def _between(day: str, first: date) -> str:
    """Not before the first day and not after today, naming the day once: it may be long."""
    start = (first - _EPOCH).days
    return f"ABS({day}*2-{start}-TODAY())<=TODAY()-{start}"


def birth_date(cell: str) -> str:
    """True for a text that ends in a year of four digits, for such a year, and for a date."""
    typed = f"AND(RIGHT({cell},4)*1>=1900,RIGHT({cell},4)*1<=YEAR(TODAY()),LEN({cell})<=10)"
    return f"IF(ISNUMBER({cell}),AND({cell}>=1900,{cell}<=TODAY()),{typed})"


def missing(cell: str, row: str, action: str | None, new: str) -> str:
    """True where a needed cell of a row that was begun is empty. A correction needs less."""
    is_new = f'OR({action}="",{action}="{new}")' if action else "TRUE"
    return f"AND(COUNTA({row})>0,LEN(TRIM({cell}))=0,{is_new})"


def no_identity(cells: list[str], row: str, action: str, new: str, birth: str, district: str) -> str:
    """True where a row that was begun has none of the numbers, nor the full birth date with the district."""
    empty = ",".join(f"LEN(TRIM({cell}))=0" for cell in cells)
    # Anything shorter than d/m/yyyy, or a bare year, is no full date; a date is a number of five digits.
    full = f'OR(AND(ISNUMBER({birth}),{birth}>2100),LEN({birth})-LEN(SUBSTITUTE({birth},"/",""))=2)'
    return f'AND(COUNTA({row})>0,{empty},OR({action}="",{action}="{new}"),OR(LEN(TRIM({district}))=0,NOT({full})))'
