"""Mistakes inside a row, one for each row rule: what the row says instead, and which rules must answer.

Each mistake is made on a row that is right in everything else, of a person with no other row, and is chosen so that it
breaks the one rule, and beside it only those named in `also`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from vaxtally import reference
from vaxtally.sample import names
from vaxtally.sample.draft import Cell, Draft, Pool
from vaxtally.sample.identifiers import CCCD, CMND, NO_ID
from vaxtally.sample.people import DISTRICTS, Person, person
from vaxtally.sample.plan import CAMPAIGN_START, LATE_AFTER_DAYS, VACCINES
from vaxtally.text import unmark

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Spot:
    """The row on which a mistake is made, before it is made."""

    person: Person
    given_on: date
    rng: "np.random.Generator"
    draft: Draft
    sender: int

    def pick(self, *choices: Cell) -> Cell:
        """One of some values."""
        return choices[int(self.rng.integers(0, len(choices)))]


@dataclass(frozen=True)
class Mistake:
    """What goes wrong. `needs`: names in MASKS, or `column:` and a field that the list must have."""

    rule: str
    cells: Callable[[Spot], Mapping[str, Cell]] = lambda spot: {}
    needs: tuple[str, ...] = ()
    outcome: str = "loaded"
    also: tuple[str, ...] = ()
    edits: Callable[[Spot], Mapping[str, int]] = field(default=lambda spot: {})
    surplus: str = ""


def _says(column: str, *values: Cell) -> Callable[[Spot], Mapping[str, Cell]]:
    return lambda spot: {column: spot.pick(*values)}


def _rejected(rule: str, cells: Callable[[Spot], Mapping[str, Cell]], *needs: str) -> Mistake:
    return Mistake(rule, cells, needs, outcome="rejected")


def _other_unit(spot: Spot) -> dict[str, Cell]:
    strangers = [
        unit.unit_code
        for number, unit in enumerate(spot.draft.units)
        if number != spot.sender and not unit.parent_unit_code
    ]
    return {"unit_code": spot.pick(*strangers)}


def _repaired_id(spot: Spot) -> dict[str, Cell]:
    text = spot.person.national_id
    if spot.person.id_kind == CCCD:
        spaced = f"{text[:3]} {text[3:6]} {text[6:]}"
        return {"national_id": spot.pick(text[1:], f"'{text}", spaced, f"{text[1:]}.0", int(text))}
    return {"national_id": spot.pick(text[1:], f"{text[:3]}.{text[3:6]}.{text[6:]}", int(text))}


def _flip(text: str, place: int, change: Callable[[int], int]) -> str:
    return text[:place] + str(change(int(text[place]))) + text[place + 1 :]


def _placeholder_id(spot: Spot) -> dict[str, Cell]:
    start = spot.person.national_id[:6]
    return {"national_id": spot.pick("123456789", "111111111", "999999999", f"{start}000000", f"{start}999999")}


def _repaired_insurance(spot: Spot) -> dict[str, Cell]:
    text = spot.person.insurance
    if len(text) == 15:
        return {"health_insurance_no": f"{text[:2]} {text[2]} {text[3:5]} {text[5:]}"}
    short = text.removeprefix("0")
    return {
        "health_insurance_no": spot.pick(
            f"{text[:4]}.{text[4:]}", f"'{text}", short if len(short) == 9 else f"{text}.0"
        )
    }


def _repaired_phone(spot: Spot) -> dict[str, Cell]:
    number = spot.person.phone[1:]
    old = f"0126{spot.person.phone[3:]}"
    return {"phone": spot.pick(number, f"+84{number}", int(number), old, f"0{number} / {old}")}


def _before_approval(spot: Spot) -> dict[str, int]:
    approved = date.fromisoformat(reference.vaccines()["MODERNA"]["approved_on"])
    given_on = approved - timedelta(days=int(spot.rng.integers(1, 31)))
    return {"vaccine": VACCINES.index("MODERNA"), "given_on": given_on.toordinal()}


def _before_campaign(spot: Spot) -> dict[str, int]:
    given_on = CAMPAIGN_START - timedelta(days=int(spot.rng.integers(1, 30)))
    return {"vaccine": VACCINES.index("AZ"), "given_on": given_on.toordinal()}


def _in_future(spot: Spot) -> dict[str, int]:
    return {"given_on": spot.draft.calendar.received_on.toordinal() + int(spot.rng.integers(1, 60))}


def _bad_declaration(spot: Spot) -> dict[str, Cell]:
    """An earlier dose 1 declared beside a dose 1: its number is not below the row's."""
    declared_on = spot.given_on - timedelta(days=45)
    return {"declared_vaccine": "AstraZeneca", "declared_given_on": declared_on, "declared_place": "Bệnh viện tỉnh"}


_NOBODY = {"national_id": "", "health_insurance_no": "", "phone": ""}

MISTAKES: tuple[Mistake, ...] = (
    Mistake("row.malformed", needs=("csv", "timely"), outcome="rejected", surplus="x"),
    _rejected("action.invalid", _says("action", "xem lại", "kiểm tra", "?"), "column:action", "timely"),
    _rejected("unit.mismatch", _other_unit, "column:unit_code"),
    _rejected("full_name.missing", _says("full_name", "", "  ")),
    _rejected("full_name.malformed", lambda spot: {"full_name": f"{spot.person.full_name} {spot.pick(1, 2, 19)}"}),
    _rejected("full_name.placeholder", _says("full_name", "Không tên", "Chưa rõ", "x x", "KHÔNG TÊN")),
    Mistake("full_name.single_word", lambda spot: {"full_name": spot.person.full_name.split()[-1]}),
    Mistake("full_name.no_diacritics", lambda spot: {"full_name": unmark(spot.person.full_name).title()}, ("marked",)),
    _rejected("sex.invalid", _says("sex", "", "Không rõ", "X")),
    _rejected("birth_date.missing", _says("birth_date", "")),
    _rejected(
        "birth_date.invalid", _says("birth_date", "31/02/1980", "31.04.1975", "45/13/1980", "12/05/80", "chưa rõ")
    ),
    Mistake(
        "birth_date.out_of_range",
        lambda spot: {"birth_date": f"12/05/{spot.pick(1888, 1890, 1893)}", "national_id": ""},
        ("phone",),
        outcome="rejected",
    ),
    Mistake(
        "birth_date.year_only",
        lambda spot: {
            "birth_date": spot.pick(
                spot.person.birth.year, f"{spot.person.birth:%m/%Y}", f"00/00/{spot.person.birth.year}"
            )
        },
    ),
    Mistake(
        "national_id.format", _says("national_id", "12345", "7.90012E+10", "0791850012", "07918500123456"), ("phone",)
    ),
    Mistake("national_id.repaired", _repaired_id, ("short id",)),
    Mistake(
        "national_id.sex_mismatch",
        lambda spot: {"national_id": _flip(spot.person.national_id, 3, lambda digit: digit ^ 1)},
        ("cccd", "free with other sex"),
    ),
    Mistake(
        "national_id.birth_year_mismatch",
        lambda spot: {"national_id": _flip(spot.person.national_id, 5, lambda digit: (digit + 5) % 10)},
        ("cccd", "free with other year"),
    ),
    Mistake("national_id.placeholder", _placeholder_id, ("cccd", "phone")),
    Mistake(
        "health_insurance_no.format",
        lambda spot: {"health_insurance_no": spot.pick("DN479", "GD7790123456789", "12345678", "7912345678901")},
        ("document",),
    ),
    Mistake(
        "health_insurance_no.placeholder",
        _says("health_insurance_no", "0000000000", "1111111111", "DN4790000000000", "0123456789"),
        ("document",),
    ),
    Mistake("health_insurance_no.repaired", _repaired_insurance, ("insurance",)),
    Mistake("phone.format", _says("phone", "12345", "không có", "0000000000", "090312"), ("document",)),
    Mistake("phone.repaired", _repaired_phone, ("phone",)),
    _rejected("identity.insufficient", lambda spot: _NOBODY | {"district": "", "ward": "", "province": ""}),
    Mistake("identity.weak", lambda spot: _NOBODY, ("city",)),
    _rejected("vaccine.missing", _says("vaccine", "")),
    _rejected("vaccine.unknown", _says("vaccine", "Vắc xin X", "Nanocovax", "CoronaVac", "Covid-19")),
    Mistake("lot_number.missing", _says("lot_number", "")),
    _rejected("dose_number.invalid", _says("dose_number", "", "0", "6", "Nhắc lại", "1.5")),
    Mistake(
        "dose_number.beyond_series",
        needs=("before boosters",),
        also=("record.dose_missing_before",),
        edits=lambda spot: {"dose_number": 3},
    ),
    _rejected("given_on.missing", _says("given_on", "")),
    _rejected("given_on.invalid", _says("given_on", "31/02/2021", "31-06-2021", "hôm qua", "05/09/21")),
    Mistake("given_on.in_future", outcome="rejected", edits=_in_future),
    Mistake("given_on.before_campaign", outcome="rejected", edits=_before_campaign),
    Mistake("given_on.before_approval", needs=("after MODERNA",), edits=_before_approval),
    Mistake(
        "age.out_of_range",
        lambda spot: {
            "birth_date": spot.given_on - timedelta(days=int(spot.rng.integers(5480, 6200))),
            "national_id": "",
        },
        ("phone", "for adults"),
    ),
    Mistake("address.unknown", _says("district", "Quận 13", "Quận Sài Gòn", "Q.99"), ("known", "city")),
    Mistake("declared.invalid", _bad_declaration, ("column:declared_vaccine",)),
)


def _masks(draft: Draft, pool: Pool) -> dict[str, "np.ndarray"]:
    """What a row must be like for some mistakes; one array over all rows for each word."""
    import numpy as np

    people, doses = draft.people, draft.doses
    who = doses.person
    kind, number = people.id_kind[who], people.id_number[who]
    listed = reference.vaccines()
    booster = np.array([_ordinal(listed[code]["booster_from"], default=0) for code in VACCINES])
    two_doses = np.array([listed[code]["doses_in_series"] == "2" for code in VACCINES])
    for_adults = np.array([listed[code]["min_age"] == "18" for code in VACCINES])
    families = np.array([name in names.MARKED_FAMILIES for name in names.FAMILY_NAMES])
    moderna = date.fromisoformat(listed["MODERNA"]["approved_on"])
    # A CCCD of eleven digits and a CMND of eight without their zero: exactly one zero stands in front.
    eleven, eight = (number >= 10**10) & (number < 10**11), (number >= 10**7) & (number < 10**8)
    return {
        "csv": pool.suffix((".csv", ".txt")),
        # Whether a row that cannot be read, or asks for nothing known, is also late is nobody's business.
        "timely": doses.given_on >= draft.calendar.received_on.toordinal() - LATE_AFTER_DAYS,
        "cccd": kind == CCCD,
        "free with other sex": ~np.isin(number + np.where(number // 10**8 % 2, -(10**8), 10**8), people.id_number),
        "free with other year": ~np.isin(number + np.where(number // 10**6 % 10 < 5, 5, -5) * 10**6, people.id_number),
        "short id": (kind == CCCD) & eleven | (kind == CMND) & eight,
        "document": kind != NO_ID,
        "phone": people.phone[who] >= 0,
        "insurance": people.insurance[who] >= 0,
        "known": (kind != NO_ID) | (people.phone[who] >= 0),
        "city": people.home[who] < len(DISTRICTS),
        "marked": families[people.names.family[who]],
        "before boosters": two_doses[doses.vaccine] & (doses.given_on < booster[doses.vaccine]),
        "for adults": for_adults[doses.vaccine],
        "after MODERNA": np.full(len(doses), moderna <= draft.calendar.received_on),
    }


def _ordinal(text: str, default: int) -> int:
    return date.fromisoformat(text).toordinal() if text else default


def plant_mistakes(draft: Draft, pool: Pool, counts: list[int]) -> None:
    """Make each mistake of MISTAKES so many times, as far as there are rows that suit it."""
    import numpy as np

    masks = _masks(draft, pool)
    in_window = draft.doses.given_on >= draft.calendar.first.toordinal()
    for mistake, count in zip(MISTAKES, counts, strict=True):
        where = in_window.copy()
        for need in mistake.needs:
            where &= pool.has(need.removeprefix("column:")) if need.startswith("column:") else masks[need]
        for row in pool.take(count, np.asarray(where)):
            _make(draft, pool, mistake, row)


def _make(draft: Draft, pool: Pool, mistake: Mistake, row: int) -> None:
    doses = draft.doses
    spot = Spot(
        person=person(draft.people, int(doses.person[row])),
        given_on=date.fromordinal(int(doses.given_on[row])),
        rng=pool.rng,
        draft=draft,
        sender=draft.lists[int(doses.file[row])].sender,
    )
    if cells := mistake.cells(spot):
        draft.cells[row] = dict(cells)
    if mistake.surplus:
        draft.surplus[row] = mistake.surplus
    draft.edit(row, **mistake.edits(spot))
    draft.expect(row, mistake.outcome, mistake.rule, *mistake.also)
