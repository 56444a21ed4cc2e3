"""Plants the mistakes of a sample: those that meet other rows first, then the refused list, then those inside rows."""

from typing import TYPE_CHECKING

from vaxtally.sample import dirt_records, dirt_rows
from vaxtally.sample.draft import Draft, Pool

if TYPE_CHECKING:
    import numpy as np

# A list is refused where more than half of 20 or more rows are rejected; this one is well beyond both.
_REFUSED_MIN_ROWS, _REFUSED_SHARE = 25, 0.7


def plant_record_cases(rng: "np.random.Generator", draft: Draft, dirty: float) -> Pool:
    """Rows that meet other rows. What they change in a dose is what was given; returns the rows still clean."""
    pool = Pool(rng, draft)
    planters = dirt_records.PLANTERS
    for planter, count in zip(planters, _counts(draft, dirty)[: len(planters)], strict=True):
        planter(draft, pool, count)
    return pool


def plant_row_mistakes(draft: Draft, pool: Pool, dirty: float) -> None:
    """Mistakes inside rows: what was given stays as it was, the row says something else."""
    dirt_rows.plant_mistakes(draft, pool, _counts(draft, dirty)[len(dirt_records.PLANTERS) :])


def _counts(draft: Draft, dirty: float) -> list[int]:
    """How often to plant each case: a share `dirty` of the rows, evenly over all cases."""
    cases = len(dirt_records.PLANTERS) + len(dirt_rows.MISTAKES)
    each, more = divmod(round(dirty * len(draft.doses)), cases)
    return [each + (number < more) for number in range(cases)]


def refuse_list(draft: Draft) -> None:
    """The longest list of the unit of part refused_list: most rows name no vaccine that exists."""
    import numpy as np

    sizes = np.bincount(draft.doses.file, minlength=len(draft.lists))
    own = [
        number
        for number, planned in enumerate(draft.lists)
        if draft.units[planned.sender].part == "refused_list" and not planned.backlog
    ]
    longest = max(own, key=lambda number: sizes[number], default=None)
    if longest is None or sizes[longest] < _REFUSED_MIN_ROWS:
        return
    rows = np.flatnonzero(draft.doses.file == longest).tolist()
    bad = round(len(rows) * _REFUSED_SHARE)
    for row in rows[:bad]:
        draft.cells[row] = {"vaccine": "Vắc xin đợt 5"}
        draft.expect(row, "rejected", "vaccine.unknown")
    for row in rows[bad:]:
        draft.expect(row, "rejected", "file.mostly_rejected")
    draft.refused.add(longest)


def repeat_earlier_rows(draft: Draft) -> None:
    """The last list of the unit of part cumulative holds the rows of its earlier ones once more."""
    import numpy as np

    own = [
        number
        for number, planned in enumerate(draft.lists)
        if draft.units[planned.sender].part == "cumulative" and not planned.backlog
    ]
    if len(own) < 2:
        return
    for row in np.flatnonzero(np.isin(draft.doses.file, own[:-1])).tolist():
        draft.expect(draft.add_copy(row, own[-1]), "duplicate", "record.duplicate")
