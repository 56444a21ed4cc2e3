"""The sample while it is being made: clean rows, then what is planted on them and what must come of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from vaxtally.sample.lists import ListFile, has_column
from vaxtally.sample.people import People
from vaxtally.sample.plan import COLUMNS, LATE_AFTER_DAYS, Calendar, Doses
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

Cell = str | int | date

# Whose rows stay clean: what they are in the sample for must not depend on other mistakes.
_KEPT_CLEAN = ("single_vaccine", "cumulative", "refused_list", "sent_by_parent")
# No list may come near the share at which it is refused as a whole.
_PLANTED_SHARE = 0.25


@dataclass
class Draft:
    """Rows are numbered as in `doses`; added rows follow. Everything planted is kept by row number."""

    units: list[Unit]
    people: People
    doses: Doses
    lists: list[ListFile]
    calendar: Calendar
    cells: dict[int, dict[str, Cell]] = field(default_factory=dict)  # instead of what the row would say
    surplus: dict[int, str] = field(default_factory=dict)  # a cell beyond the header
    rules: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    outcomes: dict[int, str] = field(default_factory=dict)  # 'loaded' where nothing is said
    refused: set[int] = field(default_factory=set)  # lists quarantined as mostly rejected
    added: list[dict[str, int]] = field(default_factory=list)

    def expect(self, row: int, outcome: str, *rules: str) -> None:
        """Say what must come of a row."""
        self.rules[row].update(rules)
        if outcome != "loaded":
            self.outcomes[row] = outcome

    def edit(self, row: int, **changes: int) -> None:
        """Change what a row says about its dose."""
        for column, value in changes.items():
            getattr(self.doses, column)[row] = value

    def add_copy(self, row: int, file: int, **changes: int) -> int:
        """Add a row like another one to a list; returns its number."""
        copy = {column: int(getattr(self.doses, column)[row]) for column in COLUMNS}
        self.added.append(copy | {"file": file} | changes)
        return len(self.doses) + len(self.added) - 1

    def seal(self) -> None:
        """Append the added rows and remark every late entry: nothing is planted after this."""
        import numpy as np

        for column in COLUMNS:
            values = getattr(self.doses, column)
            more = np.array([row[column] for row in self.added], dtype=values.dtype)
            setattr(self.doses, column, np.concatenate([values, more]))
        self.added.clear()
        late = self.doses.given_on < self.calendar.received_on.toordinal() - LATE_AFTER_DAYS
        for row in np.flatnonzero(late).tolist():
            if "given_on" not in self.cells.get(row, ()):
                self.rules[row].add("given_on.late_entry")

    def entered(self) -> "np.ndarray":
        """Row numbers of the doses in effect when everything has been taken in."""
        import numpy as np

        in_effect = np.ones(len(self.doses), dtype=bool)
        in_effect[list(self.outcomes)] = False
        return np.flatnonzero(in_effect)


class Pool:
    """Rows on which something may still be planted; each is handed out once."""

    def __init__(self, rng: "np.random.Generator", draft: Draft) -> None:
        import numpy as np

        self.rng, self.draft = rng, draft
        doses = draft.doses
        clean_units = np.array([unit.part in _KEPT_CLEAN for unit in draft.units])
        self.free = ~clean_units[doses.unit]
        self.alone = (doses.dose_number == 1) & ~doses.declared
        self.alone[doses.firsts] = False
        self._room = np.bincount(doses.file, minlength=len(draft.lists)) * _PLANTED_SHARE

    def take(self, count: int, where: "np.ndarray") -> list[int]:
        """Up to `count` rows of people with no other row, no list giving more than a quarter of its rows."""
        import numpy as np

        candidates = np.flatnonzero(self.free & self.alone & where)
        sample = self.rng.choice(candidates, size=min(len(candidates), 20 * count + 50), replace=False)
        taken: list[int] = []
        for row in sample.tolist():
            if len(taken) == count:
                break
            if self._room[self.draft.doses.file[row]] >= 1:
                self._room[self.draft.doses.file[row]] -= 1
                self.free[row] = False
                taken.append(row)
        return taken

    def take_pairs(self, count: int, where: "np.ndarray") -> list[tuple[int, int]]:
        """Up to `count` people with both doses: rows of the first and the second. `where` is over the seconds."""
        doses = self.draft.doses
        usable = where & self.free[doses.seconds] & self.free[doses.firsts]
        chosen = self.rng.permutation(usable.nonzero()[0])[:count]
        pairs = list(zip(doses.firsts[chosen].tolist(), doses.seconds[chosen].tolist(), strict=True))
        for first, second in pairs:
            self.free[[first, second]] = False
        return pairs

    def has(self, column: str) -> "np.ndarray":
        """Rows in whose list a column exists."""
        import numpy as np

        return np.array([has_column(planned.shape, column) for planned in self.draft.lists])[self.draft.doses.file]

    def suffix(self, suffixes: tuple[str, ...]) -> "np.ndarray":
        """Rows in lists of some kind of file."""
        import numpy as np

        return np.array([planned.shape.suffix in suffixes for planned in self.draft.lists])[self.draft.doses.file]
