"""Made-up Vietnamese names, drawn with the frequencies that family names have in the south."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from vaxtally.text import unmark

if TYPE_CHECKING:
    import numpy as np

MALE, FEMALE = 0, 1

# Shares in per mille, after the usual counts of family names.
FAMILIES = {
    "Nguyễn": 384, "Trần": 110, "Lê": 95, "Phạm": 70, "Huỳnh": 40, "Hoàng": 12, "Phan": 45, "Vũ": 14, "Võ": 26,
    "Đặng": 21, "Bùi": 20, "Đỗ": 14, "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 5, "Mai": 6, "Cao": 6, "Lam": 1,
    "Trương": 20, "Đinh": 10, "Lâm": 10, "Đoàn": 10, "Trịnh": 8, "Hà": 7, "Châu": 5, "Tạ": 4, "Thái": 3, "Tô": 3,
    "Quách": 2, "La": 1, "Tăng": 2, "Kiều": 1, "Văn": 2, "Thạch": 2, "Sơn": 1, "Chu": 2, "Lương": 5, "Lưu": 4,
}  # fmt: skip
# The family names that rules.csv (full_name.no_diacritics) lists as always carrying a mark.
MARKED_FAMILIES = (
    "Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Hoàng", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
)  # fmt: skip
_MALE_MIDDLES = (
    "Văn", "Minh", "Quốc", "Hữu", "Đức", "Thanh", "Hoàng", "Công", "Xuân", "Gia", "Ngọc", "Bảo", "Tuấn", "Thành",
    "Đình", "Trọng", "Duy", "Nhật", "Phước", "Chí", "Thế", "Tấn", "Quang", "Hải", "Anh",
)  # fmt: skip
_FEMALE_MIDDLES = (
    "Thị", "Thị Ngọc", "Thị Thu", "Thị Kim", "Thị Thanh", "Thị Mỹ", "Ngọc", "Thanh", "Kim", "Thu", "Mỹ", "Bích",
    "Phương", "Thúy", "Diệu", "Như", "Hồng", "Cẩm", "Tuyết", "Bảo", "Minh", "Thùy", "Thị Hồng", "Quỳnh", "Xuân",
)  # fmt: skip
_MALE_GIVENS = (
    "Anh", "Dũng", "Hùng", "Minh", "Tuấn", "Nam", "Long", "Phúc", "Khang", "Huy", "Khoa", "Bình", "Sơn", "Hải",
    "Thắng", "Tài", "Đạt", "Phong", "Quân", "Trung", "Kiên", "Lộc", "Nghĩa", "Nhân", "Thiện", "Toàn", "Trí", "Vinh",
    "Cường", "Đông", "Hiếu", "Hòa", "Khánh", "Lâm", "Phát", "Quý", "Tâm", "Thịnh", "Tín", "Việt",
)  # fmt: skip
_FEMALE_GIVENS = (
    "Hoa", "Lan", "Hương", "Linh", "Trang", "Mai", "Ngân", "Thảo", "Vy", "Nhung", "Hạnh", "Hằng", "Loan", "Phượng",
    "Yến", "Trâm", "Tuyền", "Xuân", "Oanh", "Nga", "My", "Hiền", "Duyên", "Dung", "Châu", "Giang", "Hà", "Kiều",
    "Liên", "Ly", "Nguyệt", "Nhi", "Quyên", "Thơ", "Thủy", "Tiên", "Trinh", "Vân", "Uyên", "Ánh",
)  # fmt: skip

FAMILY_NAMES = tuple(FAMILIES)
MIDDLE_NAMES = _MALE_MIDDLES + _FEMALE_MIDDLES
GIVEN_NAMES = _MALE_GIVENS + _FEMALE_GIVENS


class Names(NamedTuple):
    """Names as positions in FAMILY_NAMES, MIDDLE_NAMES and GIVEN_NAMES; arrays of one length."""

    family: "np.ndarray"
    middle: "np.ndarray"
    given: "np.ndarray"


def draw_names(rng: "np.random.Generator", sex: "np.ndarray") -> Names:
    """One name for each person of the given sex (0 male, 1 female)."""
    import numpy as np

    count = len(sex)
    shares = np.array(list(FAMILIES.values()), dtype=float)
    family = rng.choice(len(shares), size=count, p=shares / shares.sum())
    # Squaring a uniform draw favours the first names of a list: Văn and Thị are the commonest.
    middle = (rng.random(count) ** 2 * len(_MALE_MIDDLES)).astype(np.int64)
    given = rng.integers(0, len(_MALE_GIVENS), count)
    return Names(family, middle + sex * len(_MALE_MIDDLES), given + sex * len(_MALE_GIVENS))


def name_numbers(names: Names) -> "np.ndarray":
    """A number for each name; two names that differ in diacritics only have the same."""
    family, middle, given = (_unmarked_numbers(words) for words in (FAMILY_NAMES, MIDDLE_NAMES, GIVEN_NAMES))
    return (family[names.family] * 1000 + middle[names.middle]) * 1000 + given[names.given]


@cache
def _unmarked_numbers(words: tuple[str, ...]) -> "np.ndarray":
    import numpy as np

    order = {word: number for number, word in enumerate(sorted({unmark(word) for word in words}))}
    return np.array([order[unmark(word)] for word in words])
