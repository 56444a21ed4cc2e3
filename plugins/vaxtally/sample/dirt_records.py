"""Rows that meet other rows: copies, conflicts, and doses that do not follow one another. One planter a rule.

Only people whose rows are otherwise clean are used, and a row is always planted in a list that is applied after the
row it meets. Each planter plants up to `count` cases and says what must come of every row it touches.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.sample.draft import Draft, Pool
from vaxtally.sample.identifiers import CCCD
from vaxtally.sample.people import person
from vaxtally.sample.plan import VACCINES
from vaxtally.sample.units import Unit

if TYPE_CHECKING:
    import numpy as np

Planter = Callable[[Draft, Pool, int], None]


class LaterLists:
    """The lists of each unit in the order they are applied, for rows that must come after another."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.by_unit: dict[int, list[int]] = {}
        for number, planned in enumerate(draft.lists):
            if _takes_copies(draft.units[planned.sender]):
                self.by_unit.setdefault(planned.sender, []).append(number)

    def of_same_unit(self, row: int) -> int | None:
        """The unit's next list."""
        return self._next(int(self.draft.doses.unit[row]), row)

    def of_other_unit(self, row: int, rng: "np.random.Generator") -> int | None:
        """The next list of some other unit."""
        own = int(self.draft.doses.unit[row])
        others = [unit for unit in self.by_unit if unit != own and self._next(unit, row) is not None]
        return self._next(int(rng.choice(others)), row) if others else None

    def _next(self, unit: int, row: int) -> int | None:
        numbers = self.by_unit.get(unit, [])
        place = bisect_right(numbers, int(self.draft.doses.file[row]))
        return numbers[place] if place < len(numbers) else None


def _takes_copies(unit: Unit) -> bool:
    return unit.part not in ("single_vaccine", "cumulative", "refused_list")


def _in_window(draft: Draft) -> "np.ndarray":
    return draft.doses.given_on >= draft.calendar.first.toordinal()


def duplicate_in_file(draft: Draft, pool: Pool, count: int) -> None:
    """The same row once more, further down the same list."""
    for row in pool.take(count, _in_window(draft)):
        copy = draft.add_copy(row, int(draft.doses.file[row]))
        draft.expect(copy, "duplicate", "record.duplicate_in_file")


def duplicate(draft: Draft, pool: Pool, count: int) -> None:
    """The same row once more, in the unit's next list."""
    lists = LaterLists(draft)
    for row in pool.take(count, _in_window(draft)):
        if (file := lists.of_same_unit(row)) is not None:
            draft.expect(draft.add_copy(row, file), "duplicate", "record.duplicate")


def updated(draft: Draft, pool: Pool, count: int) -> None:
    """The same dose in the unit's next list with another lot: no remark, the dose is brought up to date."""
    lists = LaterLists(draft)
    for row in pool.take(count, _in_window(draft)):
        if (file := lists.of_same_unit(row)) is not None:
            lot = (int(draft.doses.lot[row]) + 1) % 4
            draft.expect(draft.add_copy(row, file, lot=lot), "updated")


def same_dose_other_unit(draft: Draft, pool: Pool, count: int) -> None:
    """Another unit sends the same dose, dated the same day or up to two days earlier."""
    lists = LaterLists(draft)
    for number, row in enumerate(pool.take(count, _in_window(draft))):
        if (file := lists.of_other_unit(row, pool.rng)) is not None:
            given_on = int(draft.doses.given_on[row]) - number % 3
            copy = draft.add_copy(row, file, unit=draft.lists[file].sender, given_on=given_on)
            draft.expect(copy, "held", "record.same_dose_other_unit")


def same_day_dose(draft: Draft, pool: Pool, count: int) -> None:
    """A second dose of the same vaccine on the same day, from the same unit or another one."""
    lists = LaterLists(draft)
    for number, row in enumerate(pool.take(count, _in_window(draft))):
        file = lists.of_other_unit(row, pool.rng) if number % 2 else lists.of_same_unit(row)
        if file is not None:
            unit = draft.lists[file].sender
            draft.expect(draft.add_copy(row, file, unit=unit, dose_number=2), "held", "record.same_day_dose")


def identity_conflict(draft: Draft, pool: Pool, count: int) -> None:
    """Somebody's number under another name and birth date; or one row with the numbers of two people."""
    for number in range(count):
        if number % 2:
            _numbers_of_two(draft, pool)
        else:
            _number_of_another(draft, pool)


def _number_of_another(draft: Draft, pool: Pool) -> None:
    people = draft.people
    for owner_row in pool.take(1, _early(draft) & (people.id_kind[draft.doses.person] == CCCD)):
        who = draft.doses.person[owner_row]
        names = people.names
        stranger = (
            (people.sex == people.sex[who])
            & (names.family != names.family[who])
            & (names.given != names.given[who])
            & (people.phone >= 0)
        )
        owner = person(people, int(who))
        other_day = date(owner.birth.year, owner.birth.month % 12 + 1, min(owner.birth.day, 28))
        for row in pool.take(1, _late(draft) & stranger[draft.doses.person]):
            draft.cells[row] = {
                "national_id": owner.national_id,
                "health_insurance_no": "",
                "birth_date": other_day,
            }
            draft.expect(row, "held", "record.identity_conflict")


def _numbers_of_two(draft: Draft, pool: Pool) -> None:
    people = draft.people
    insured = people.insurance[draft.doses.person] >= 0
    documented = people.id_kind[draft.doses.person] == CCCD
    owners = pool.take(1, _early(draft) & documented) + pool.take(1, _early(draft) & insured)
    if len(owners) < 2:
        return
    first, second = (person(people, int(draft.doses.person[row])) for row in owners)
    same_sex = people.sex[draft.doses.person] == first.sex
    for row in pool.take(1, _late(draft) & same_sex):
        draft.cells[row] = {
            "full_name": first.full_name,
            "birth_date": first.birth,
            "national_id": first.national_id,
            "health_insurance_no": second.insurance,
        }
        draft.expect(row, "held", "record.identity_conflict")


def _early(draft: Draft) -> "np.ndarray":
    """The first three days of the window, whose lists are all sent by the sixth."""
    return _in_window(draft) & (draft.doses.given_on < draft.calendar.first.toordinal() + 3)


def _late(draft: Draft) -> "np.ndarray":
    """From the eighth day on: all lists of `_early` are applied, and no dose is within two days of theirs."""
    return draft.doses.given_on >= draft.calendar.first.toordinal() + 7


def dose_repeated(draft: Draft, pool: Pool, count: int) -> None:
    """The second dose is entered as another first one."""
    for _, second in pool.take_pairs(count, _same_vaccine(draft)):
        draft.edit(second, dose_number=1)
        draft.expect(second, "loaded", "record.dose_repeated")


def dose_order(draft: Draft, pool: Pool, count: int) -> None:
    """The earlier dose is entered as the second, the later as the first."""
    for first, second in pool.take_pairs(count, _same_vaccine(draft)):
        draft.edit(first, dose_number=2)
        draft.edit(second, dose_number=1)
        draft.expect(first, "loaded", "record.dose_missing_before")
        draft.expect(second, "loaded", "record.dose_order")


def interval_short(draft: Draft, pool: Pool, count: int) -> None:
    """Ten days between the doses, where every vaccine in use here asks for 17 at least with its grace."""
    doses = draft.doses
    in_time = doses.given_on[doses.seconds] - 10 < draft.calendar.first.toordinal()
    for first, second in pool.take_pairs(count, in_time):
        draft.edit(first, given_on=int(doses.given_on[second]) - 10)
        draft.expect(second, "loaded", "record.interval_short")


def series_mixed(draft: Draft, pool: Pool, count: int) -> None:
    """A second dose of a vaccine that no list allows after the first: AstraZeneca after others, others after it."""
    az, vero = VACCINES.index("AZ"), VACCINES.index("VEROCELL")
    doses, approved = draft.doses, date.fromisoformat(reference.vaccines()["VEROCELL"]["approved_on"])
    possible = (doses.vaccine[doses.firsts] != az) | (approved <= draft.calendar.first)
    for first, second in pool.take_pairs(count, _same_vaccine(draft) & possible):
        draft.edit(second, vaccine=vero if draft.doses.vaccine[first] == az else az)
        draft.expect(second, "loaded", "record.series_mixed")


def _same_vaccine(draft: Draft) -> "np.ndarray":
    doses = draft.doses
    return doses.vaccine[doses.firsts] == doses.vaccine[doses.seconds]


def dose_missing_before(draft: Draft, pool: Pool, count: int) -> None:
    """A second dose of somebody of whom nothing else is known."""
    for row in pool.take(count, _in_window(draft)):
        draft.edit(row, dose_number=2)
        draft.expect(row, "loaded", "record.dose_missing_before")


PLANTERS: tuple[Planter, ...] = (
    duplicate_in_file, duplicate, updated, same_dose_other_unit, same_day_dose, identity_conflict, dose_repeated,
    dose_order, interval_short, series_mixed, dose_missing_before,
)  # fmt: skip
