"""Made-up identity, health insurance and phone numbers that keep every rule of their kind.

A number is held as an integer, so that a million of them cost eight megabytes; `*_text` writes them out.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

NO_ID, CCCD, CMND, PASSPORT = 0, 1, 2, 3

# Province of birth registration in a CCCD: 079 is Hồ Chí Minh City. The others are homes of many who moved there.
_CCCD_PROVINCES = (79,) * 12 + (1, 26, 31, 38, 40, 48, 51, 52, 64, 68, 72, 74, 75, 77, 80, 82, 83, 87, 89, 92)
_CMND_PREFIXES = (20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 212, 221, 241, 271, 273, 280, 285, 290, 301, 311, 320, 341)
_INSURANCE_PREFIXES = (79, 79, 79, 79, 2, 51, 56, 74, 75, 80)
INSURANCE_GROUPS = ("DN4", "HC4", "GD4", "HT3", "SV4", "CH2", "HN2", "CN3")
# Prefixes in use since 2018, and only those whose whole block of seven digits is assigned.
_MOBILE_PREFIXES = (
    32, 33, 34, 35, 36, 37, 38, 39, 70, 76, 77, 78, 79, 81, 82, 83, 84, 85, 86, 88, 90, 91, 93, 94, 96, 97, 98,
)  # fmt: skip
PASSPORT_LETTERS = "BCN"


def draw_distinct(rng: "np.random.Generator", prefixes: "np.ndarray", digits: int) -> "np.ndarray":
    """`prefix` followed by `digits` random digits, all different; never only zeros or only nines after the prefix."""
    import numpy as np

    scale = 10**digits
    numbers = prefixes.astype(np.int64) * scale + rng.integers(1, scale - 1, len(prefixes))
    while True:
        repeated = np.ones(len(numbers), dtype=bool)
        repeated[np.unique(numbers, return_index=True)[1]] = False
        if not repeated.any():
            return numbers
        numbers[repeated] = prefixes[repeated] * scale + rng.integers(1, scale - 1, repeated.sum())


def draw_cccd(rng: "np.random.Generator", sex: "np.ndarray", birth_year: "np.ndarray") -> "np.ndarray":
    """Province, a digit for century and sex (1900s 0/1, 2000s 2/3), two of the birth year, six of their own."""
    import numpy as np

    province = rng.choice(np.array(_CCCD_PROVINCES), len(sex))
    century_and_sex = sex + 2 * (birth_year >= 2000)
    return draw_distinct(rng, (province * 10 + century_and_sex) * 100 + birth_year % 100, 6)


def draw_cmnd(rng: "np.random.Generator", count: int) -> "np.ndarray":
    """Nine digits, the first three of the issuing province; those of the city begin with 02."""
    import numpy as np

    return draw_distinct(rng, rng.choice(np.array(_CMND_PREFIXES), count), 6)


def draw_insurance(rng: "np.random.Generator", count: int) -> "np.ndarray":
    """The ten digits on which cards are compared."""
    import numpy as np

    return draw_distinct(rng, rng.choice(np.array(_INSURANCE_PREFIXES), count), 8)


def draw_phones(rng: "np.random.Generator", count: int) -> "np.ndarray":
    """Mobile numbers without their leading zero."""
    import numpy as np

    return draw_distinct(rng, rng.choice(np.array(_MOBILE_PREFIXES), count), 7)


def national_id_text(kind: int, number: int) -> str:
    """The number as printed on the document; empty for none."""
    if kind == CCCD:
        return f"{number:012d}"
    if kind == CMND:
        return f"{number:09d}"
    if kind == PASSPORT:
        return f"{PASSPORT_LETTERS[number % 3]}{number:07d}"
    return ""


def insurance_text(group: int, number: int) -> str:
    """Fifteen characters for an old card (`group` a position in INSURANCE_GROUPS), ten digits for a new one (-1)."""
    if number < 0:
        return ""
    return f"{number:010d}" if group < 0 else f"{INSURANCE_GROUPS[group]}79{number:010d}"


def phone_text(number: int) -> str:
    """National form, `0` and nine digits; empty for none (-1)."""
    return f"0{number}" if number >= 0 else ""
