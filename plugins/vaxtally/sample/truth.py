"""The answer key: what must come of every row and file, and what the tally must say."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from vaxtally.sample.files import open_list

# Unit code, day (ISO), vaccine and dose number.
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class RowTruth:
    """What must come of a row; `rules` are all remarks on it, warnings and infos too."""

    outcome: str = "loaded"
    rules: tuple[str, ...] = ()


@dataclass
class Truth:
    """The answer key as it grows, file by file."""

    rows: list[tuple[str, int, str, str]] = field(default_factory=list)
    files: list[tuple[str, str, str, str, int]] = field(default_factory=list)

    def add_file(self, path: str, kind: str, rows: list[RowTruth], status: str = "loaded", rule: str = "") -> None:
        """One file and its rows; a file that is refused before its rows are read, or is empty, has none."""
        self.files.append((path, kind, status, rule, len(rows)))
        self.rows += [(path, number, row.outcome, ";".join(sorted(row.rules))) for number, row in enumerate(rows, 1)]

    def outcomes(self, kind: str) -> dict[str, int]:
        """Rows of one kind of file by outcome."""
        of_kind = {path for path, file_kind, *_ in self.files if file_kind == kind}
        return dict(Counter(outcome for path, _, outcome, _ in self.rows if path in of_kind))

    def rules(self) -> dict[str, int]:
        """Remarks on rows by rule."""
        return dict(Counter(rule for *_, rules in self.rows for rule in rules.split(";") if rule))

    def write(self, out: Path) -> None:
        """truth.csv, a line a row, and truth_files.csv, a line a file, in the order of path and row."""
        _write(out / "truth.csv", ("file", "row_number", "outcome", "rules"), sorted(self.rows))
        _write(out / "truth_files.csv", ("file", "kind", "status", "rules", "rows_total"), sorted(self.files))


def write_gaps(out: Path, figures: dict[Key, int], nil: set[Key], entered: dict[Key, int]) -> None:
    """truth_gaps.csv: tally.entry_gap for a day on which everything is known, a line a key."""
    lines = []
    for key in sorted({*figures, *entered}):
        found = entered.get(key, 0)
        reported = figures.get(key)
        state = "nil_report" if key in nil else "no_report" if reported is None else "reported"
        shortfall = max((reported or 0) - found, 0)
        surplus = 0 if reported is None else max(found - reported, 0)
        lines.append((*key, "" if reported is None else reported, found, shortfall, surplus, state))
    columns = (
        "unit_code",
        "given_on",
        "vaccine",
        "dose_number",
        "reported",
        "entered",
        "shortfall",
        "surplus",
        "state",
    )
    _write(out / "truth_gaps.csv", columns, lines)


def _write(path: Path, header: tuple[str, ...], lines: list) -> None:
    with open_list(path) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)
