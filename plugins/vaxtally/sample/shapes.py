"""The shapes in which units send their lists: headers, order, separators, dates and words of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

CANONICAL = (
    "action", "record_id", "unit_code", "full_name", "sex", "birth_date", "national_id", "health_insurance_no", "phone",
    "address", "ward", "district", "province", "priority_group", "vaccine", "lot_number", "dose_number", "given_on",
    "declared_dose_number", "declared_vaccine", "declared_given_on", "declared_place", "reaction", "note",
)  # fmt: skip
# A second column for the same field: old numbers beside new ones.
CMND_COLUMN = "national_id_cmnd"

_VIETNAMESE = {
    "action": "Thao tác",
    "record_id": "Mã phiếu",
    "unit_code": "Mã đơn vị",
    "full_name": "Họ và tên",
    "sex": "Giới tính",
    "birth_date": "Ngày sinh",
    "national_id": "CCCD/CMND",
    "health_insurance_no": "Số thẻ BHYT",
    "phone": "Số điện thoại",
    "address": "Địa chỉ",
    "ward": "Phường/Xã",
    "district": "Quận/Huyện",
    "province": "Tỉnh/Thành phố",
    "priority_group": "Nhóm ưu tiên",
    "vaccine": "Vắc xin",
    "lot_number": "Số lô",
    "dose_number": "Mũi tiêm",
    "given_on": "Ngày tiêm",
    "declared_dose_number": "Mũi khai báo",
    "declared_vaccine": "Vắc xin mũi 1",
    "declared_given_on": "Ngày tiêm mũi 1",
    "declared_place": "Nơi tiêm mũi 1",
    "reaction": "Phản ứng sau tiêm",
    "note": "Ghi chú",
}
_OTHER_WORDS = {
    "record_id": "Mã bản ghi",
    "unit_code": "Mã cơ sở",
    "full_name": "HỌ TÊN",
    "birth_date": "Ngày tháng năm sinh",
    "national_id": "Số CCCD/CMND/Hộ chiếu",
    "health_insurance_no": "Mã BHYT",
    "phone": "SĐT",
    "priority_group": "Nhóm đối tượng",
    "vaccine": "Tên vắc xin",
    "lot_number": "Lô vắc xin",
    "dose_number": "Mũi số",
    "given_on": "Thời gian tiêm",
    "declared_vaccine": "Vắc xin khai báo",
    "declared_given_on": "Ngày tiêm khai báo",
    "declared_place": "Nơi tiêm khai báo",
}
_ENGLISH = {name: name.replace("_", " ").capitalize() for name in CANONICAL}
_DECLARED = ("declared_vaccine", "declared_given_on", "declared_place")

# Column orders. All carry the identifiers and the province, so that each row means the same in any shape.
_FULL = tuple(name for name in CANONICAL if name != "declared_dose_number")
_SHORT = (
    "full_name", "birth_date", "sex", "phone", "national_id", "health_insurance_no", "address", "district", "province",
    "dose_number", "vaccine", "lot_number", "given_on", "note",
)  # fmt: skip
_SHOT_FIRST = (
    "record_id", "given_on", "vaccine", "dose_number", "lot_number", "full_name", "sex", "birth_date",
    "health_insurance_no", "national_id", "phone", "ward", "district", "province", "priority_group",
    "declared_dose_number", *_DECLARED, "reaction",
)  # fmt: skip
_WITH_UNIT = (
    "unit_code", "full_name", "sex", "birth_date", "national_id", CMND_COLUMN, "health_insurance_no", "phone",
    "address", "ward", "district", "province", "vaccine", "dose_number", "lot_number", "given_on", *_DECLARED, "action",
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """How a unit writes its lists. `extra` are columns of its own that mean nothing to us."""

    name: str
    columns: tuple[str, ...]
    headers: Mapping[str, str]
    file_name: str  # with {day}: ISO, {short}: dd-mm
    suffix: str = ".csv"
    delimiter: str = ","
    encoding: str = "utf-8"
    date_format: str = "%d/%m/%Y"
    real_dates: bool = False  # XLSX date cells
    with_time: bool = False
    titles: int = 0
    extra: tuple[str, ...] = ()
    sexes: tuple[str, str] = ("Nam", "Nữ")
    vaccines: str = "name"  # code, name or alias
    doses: str = "{}"
    districts: str = "name"
    capitals: bool = False

    def without(self, column: str) -> "Shape":
        """The same shape with one column forgotten."""
        return replace(self, columns=tuple(name for name in self.columns if name != column))

    def as_csv(self) -> "Shape":
        """The same list where a workbook would be too large."""
        return replace(self, suffix=".csv", delimiter=";", encoding="utf-8-sig", real_dates=False)


SHAPES = (
    Shape(
        "canonical", _FULL, {name: name for name in CANONICAL}, "vaccinations_{day}",
        date_format="%Y-%m-%d", sexes=("male", "female"), vaccines="code", districts="code",
    ),
    Shape(
        "vi_semicolon", _FULL, _VIETNAMESE, "ds-tiem-{day}",
        delimiter=";", encoding="utf-8-sig", titles=2, extra=("STT", "Người nhập liệu"), doses="Mũi {}",
    ),
    Shape(
        "vi_xlsx", _SHOT_FIRST, _VIETNAMESE, "Danh sách tiêm {short}",
        suffix=".xlsx", real_dates=True, titles=3, extra=("Bàn tiêm",),
    ),
    Shape(
        "short_tab", _SHORT, _VIETNAMESE | _OTHER_WORDS, "tiem_chung_{day}",
        suffix=".txt", delimiter="\t", date_format="%d-%m-%Y", sexes=("M", "F"), vaccines="alias", districts="alias",
    ),
    Shape(
        "with_unit", _WITH_UNIT, _VIETNAMESE | {"national_id": "CCCD", CMND_COLUMN: "CMND"}, "bao-cao-chi-tiet-{day}",
        delimiter=";", date_format="%d/%m/%Y", with_time=True, titles=1,
    ),
    Shape(
        "other_words_xlsx", _FULL, _VIETNAMESE | _OTHER_WORDS, "DS TIEM {short}",
        suffix=".xlsx", date_format="%d.%m.%Y", capitals=True, doses="M{}",
    ),
    Shape(
        "english", _SHOT_FIRST, _ENGLISH, "Vaccination list {day}",
        encoding="utf-8-sig", sexes=("Male", "Female"), date_format="%d/%m/%Y", extra=("Desk", "Clerk"),
    ),
)  # fmt: skip
WITH_UNIT_COLUMN = next(shape for shape in SHAPES if shape.name == "with_unit")


@cache
def date_texts(date_format: str, first: int, last: int) -> list[str]:
    """Every day from ordinal `first` to `last`, written out: a column of dates is a look-up."""
    return [date.fromordinal(ordinal).strftime(date_format) for ordinal in range(first, last + 1)]
