"""The made-up people of the city, as arrays."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from vaxtally import reference
from vaxtally.sample import identifiers, names

if TYPE_CHECKING:
    import numpy as np

STREETS = (
    "Lê Lợi", "Nguyễn Huệ", "Trần Hưng Đạo", "Hai Bà Trưng", "Điện Biên Phủ", "Cách Mạng Tháng Tám", "Võ Thị Sáu",
    "Lý Thường Kiệt", "Nguyễn Trãi", "Phan Đăng Lưu", "Lạc Long Quân", "Âu Cơ", "Quang Trung", "Hoàng Văn Thụ",
    "Nguyễn Oanh", "Tô Ngọc Vân", "Đỗ Xuân Hợp", "Huỳnh Tấn Phát", "Phạm Thế Hiển", "Tỉnh lộ 10",
)  # fmt: skip
OUTSIDE = (
    ("Thành phố Biên Hòa", "Đồng Nai"),
    ("Thành phố Thuận An", "Bình Dương"),
    ("Huyện Đức Hòa", "Long An"),
    ("Thành phố Dĩ An", "Bình Dương"),
)
PRIORITY_GROUPS = (
    "Người từ 18 tuổi trở lên", "Người có bệnh nền", "Nhân viên y tế",
    "Công nhân khu công nghiệp", "Giáo viên", "Lực lượng phòng, chống dịch",
)  # fmt: skip
DISTRICTS = tuple(district for district in reference.districts() if district.successor_code is None)


@dataclass(frozen=True)
class People:
    """One position a person in every array; no two agree in name key and birth date, nor in any number."""

    sex: "np.ndarray"  # 0 male, 1 female
    names: names.Names
    birth: "np.ndarray"  # proleptic ordinal, as date.toordinal
    id_kind: "np.ndarray"  # identifiers.NO_ID … PASSPORT
    id_number: "np.ndarray"
    insurance: "np.ndarray"  # -1: none
    insurance_group: "np.ndarray"  # position in INSURANCE_GROUPS, -1: a new card of ten digits
    phone: "np.ndarray"  # without the leading zero, -1: none
    house: "np.ndarray"
    street: "np.ndarray"
    ward: "np.ndarray"
    home: "np.ndarray"  # position in DISTRICTS, beyond its end in OUTSIDE
    priority_group: "np.ndarray"

    def __len__(self) -> int:
        return len(self.sex)


class Person(NamedTuple):
    """One person written out."""

    full_name: str
    sex: int
    birth: date
    id_kind: int
    national_id: str
    insurance: str
    phone: str


def draw_people(
    rng: "np.random.Generator", count: int, *, youngest_born_on: date, years: int = 70, outside: float = 0.03
) -> People:
    """`count` people born in the `years` before a day; a share `outside` lives in another province."""
    import numpy as np

    sex = rng.integers(0, 2, count)
    drawn = names.draw_names(rng, sex)
    birth = _distinct_births(rng, names.name_numbers(drawn), youngest_born_on, years)
    id_kind, id_number = _documents(rng, sex, birth)
    insurance = np.where(rng.random(count) < 0.75, identifiers.draw_insurance(rng, count), -1)
    # Somebody without document and card must have a phone, or no later dose could be told to be theirs.
    has_phone = (rng.random(count) < 0.92) | ((id_kind == identifiers.NO_ID) & (insurance < 0))
    old_card = rng.integers(0, len(identifiers.INSURANCE_GROUPS), count)
    far = rng.random(count) < outside
    return People(
        sex=sex,
        names=drawn,
        birth=birth,
        id_kind=id_kind,
        id_number=id_number,
        insurance=insurance,
        insurance_group=np.where(rng.random(count) < 0.6, old_card, -1),
        phone=np.where(has_phone, identifiers.draw_phones(rng, count), -1),
        house=rng.integers(1, 400, count),
        street=rng.integers(0, len(STREETS), count),
        ward=rng.integers(1, 16, count),
        home=np.where(
            far,
            len(DISTRICTS) + rng.integers(0, len(OUTSIDE), count),
            rng.integers(0, len(DISTRICTS), count),
        ),
        priority_group=(rng.random(count) ** 3 * len(PRIORITY_GROUPS)).astype(np.int64),
    )


def _distinct_births(
    rng: "np.random.Generator", name_numbers: "np.ndarray", youngest_born_on: date, years: int
) -> "np.ndarray":
    """Birth days, more young than old, such that nobody shares both name key and birth date."""
    import numpy as np

    latest = youngest_born_on.toordinal()
    birth = latest - (rng.beta(1.5, 2.6, len(name_numbers)) * years * 365).astype(np.int64)
    while True:
        repeated = np.ones(len(birth), dtype=bool)
        repeated[np.unique(name_numbers * 10_000_000 + birth, return_index=True)[1]] = False
        if not repeated.any():
            return birth
        birth[repeated] = latest - rng.integers(0, years * 365, repeated.sum())


def _documents(rng: "np.random.Generator", sex: "np.ndarray", birth: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """Kind and number of each person's identity document."""
    import numpy as np

    count = len(sex)
    kinds = (identifiers.CCCD, identifiers.CMND, identifiers.PASSPORT, identifiers.NO_ID)
    kind = rng.choice(np.array(kinds), count, p=[0.71, 0.2, 0.02, 0.07])
    number = np.select(
        [kind == identifiers.CCCD, kind == identifiers.CMND, kind == identifiers.PASSPORT],
        [
            identifiers.draw_cccd(rng, sex, birth_years(birth)),
            identifiers.draw_cmnd(rng, count),
            identifiers.draw_distinct(rng, rng.integers(1, 10, count), 6),
        ],
        -1,
    )
    return kind, number


def birth_years(ordinals: "np.ndarray") -> "np.ndarray":
    """Calendar years of proleptic ordinals."""
    import numpy as np

    days_since_1970 = ordinals - date(1970, 1, 1).toordinal()
    return days_since_1970.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def full_names(people: People, who: "np.ndarray") -> list[str]:
    """Names in Vietnamese order, family name first."""
    parts = zip(people.names.family[who], people.names.middle[who], people.names.given[who], strict=True)
    return [f"{names.FAMILY_NAMES[f]} {names.MIDDLE_NAMES[m]} {names.GIVEN_NAMES[g]}" for f, m, g in parts]


def person(people: People, who: int) -> Person:
    """One person written out, for the planting of single rows."""
    import numpy as np

    return Person(
        full_name=full_names(people, np.array([who]))[0],
        sex=int(people.sex[who]),
        birth=date.fromordinal(int(people.birth[who])),
        id_kind=int(people.id_kind[who]),
        national_id=identifiers.national_id_text(int(people.id_kind[who]), int(people.id_number[who])),
        insurance=identifiers.insurance_text(int(people.insurance_group[who]), int(people.insurance[who])),
        phone=identifiers.phone_text(int(people.phone[who])),
    )
