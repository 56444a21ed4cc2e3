"""Which column means what: header texts of the contract, and the row of a file that is its header."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from vaxtally.intake.read.source import FileRefusedError, Kind
from vaxtally.text import fold

# A header stands among the first rows of its file or sheet.
HEADER_ROWS = 20

# Header texts of the contract by canonical field; the canonical name itself always matches.
UPLOAD_HEADERS = {
    "action": ("Thao tác",),
    "record_id": ("Mã bản ghi", "Mã phiếu"),
    "unit_code": ("Mã đơn vị", "Mã cơ sở"),
    "full_name": ("Họ và tên", "Họ tên"),
    "sex": ("Giới tính",),
    "birth_date": ("Ngày sinh", "Năm sinh", "Ngày tháng năm sinh"),
    "national_id": ("CCCD", "CMND", "CCCD/CMND", "Số CCCD/CMND/Hộ chiếu", "Hộ chiếu"),
    "health_insurance_no": ("Số thẻ BHYT", "BHYT", "Mã BHYT"),
    "phone": ("Số điện thoại", "SĐT", "Điện thoại"),
    "address": ("Địa chỉ",),
    "ward": ("Phường/Xã",),
    "district": ("Quận/Huyện",),
    "province": ("Tỉnh/Thành phố",),
    "priority_group": ("Nhóm ưu tiên", "Nhóm đối tượng"),
    "vaccine": ("Vắc xin", "Vaccine", "Tên vắc xin", "Loại vắc xin", "Tên vaccine", "Loại vaccine"),
    "lot_number": ("Số lô", "Lô vắc xin", "Lô vaccine"),
    "dose_number": ("Mũi", "Mũi tiêm", "Mũi số", "Lần tiêm"),
    "given_on": ("Ngày tiêm", "Thời gian tiêm"),
    "declared_dose_number": ("Mũi khai báo",),
    "declared_vaccine": ("Vắc xin khai báo", "Vắc xin mũi 1", "Vaccine khai báo", "Vaccine mũi 1"),
    "declared_given_on": ("Ngày tiêm khai báo", "Ngày tiêm mũi 1"),
    "declared_place": ("Nơi tiêm khai báo", "Nơi tiêm mũi 1"),
    "reaction": ("Phản ứng sau tiêm",),
    "note": ("Ghi chú",),
    "vaxtally_ref": (),
}
REPORT_HEADERS = {
    "unit_code": ("Mã đơn vị",),
    "given_on": ("Ngày", "Ngày tiêm"),
    "vaccine": UPLOAD_HEADERS["vaccine"],
    "dose_number": ("Mũi",),
    "doses_given": ("Số mũi tiêm", "Số mũi đã tiêm"),
}
# Other spellings seen in use. They count only where the file has no column under one of the contract's headers.
UPLOAD_ALIASES = {
    "record_id": ("Số phiếu", "ID bản ghi"),
    "full_name": ("Tên", "Họ và tên người tiêm", "Họ tên người tiêm", "Full name", "Name"),
    "sex": ("Giới", "Phái", "Gender"),
    "birth_date": ("Ngày/tháng/năm sinh", "NTNS", "Date of birth", "DOB", "Year of birth"),
    "national_id": (
        "Căn cước công dân",
        "Chứng minh nhân dân",
        "Số CCCD",
        "Số CMND",
        "Số CCCD/CMND",
        "CMND/CCCD",
        "Số CMND/CCCD",
        "CMND/CCCD/Hộ chiếu",
        "CCCD/CMND/Hộ chiếu",
        "Số hộ chiếu",
        "Số định danh",
        "Passport",
    ),
    "health_insurance_no": ("Thẻ BHYT", "Số BHYT", "Mã thẻ BHYT", "Bảo hiểm y tế", "Health insurance number"),
    "phone": ("Di động", "Số ĐT", "ĐT", "Phone number", "Mobile"),
    "ward": ("Phường", "Xã", "Phường/Xã/Thị trấn"),
    "district": ("Quận", "Huyện", "Quận/Huyện/Thành phố", "Quận/Huyện/TP"),
    "province": ("Tỉnh", "Thành phố", "Tỉnh/TP", "City"),
    "priority_group": ("Đối tượng",),
    "vaccine": ("Tên vắc xin tiêm", "Vaccine name", "Vắcxin sử dụng"),
    "lot_number": ("Lô", "Lô số", "Số lô vắc xin", "Số lô vaccine", "Batch number"),
    "dose_number": ("Mũi thứ", "Số mũi", "Dose"),
    "given_on": ("Ngày giờ tiêm", "Ngày tiêm chủng", "Date given", "Vaccination date"),
    "reaction": ("Phản ứng",),
    "note": ("Notes",),
}
REPORT_ALIASES = {
    "unit_code": ("Mã cơ sở",),
    "given_on": ("Ngày báo cáo", "Date"),
    "dose_number": ("Mũi tiêm", "Mũi số", "Lần tiêm", "Mũi thứ", "Dose"),
    "doses_given": ("Số lượng", "Số mũi", "Số mũi tiêm được", "Doses"),
}
HEADERS = {"upload": UPLOAD_HEADERS, "report": REPORT_HEADERS}
ALIASES = {"upload": UPLOAD_ALIASES, "report": REPORT_ALIASES}
REQUIRED = {
    "upload": ("full_name", "sex", "birth_date", "vaccine", "dose_number", "given_on"),
    "report": ("given_on", "vaccine", "dose_number", "doses_given"),
}
REQUIRED_OF_CORRECTIONS = ("action", "record_id")
# Two columns of one of these may hold different values: each identifier counts; the more precise birth date wins.
MAY_DIFFER = ("national_id", "birth_date")


@dataclass(frozen=True)
class Header:
    """The header of a file or sheet: its texts, the field of each, and the required columns it lacks.

    `rows`: the rows it takes, as they stand in the file.
    """

    texts: tuple[str, ...]
    fields: tuple[str | None, ...]
    missing: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()

    @property
    def width(self) -> int:
        return len(self.texts)

    @property
    def cells_needed(self) -> int:
        """Cells a row must have so that it does not end before the last required column."""
        required = REQUIRED["upload"] + REQUIRED["report"] + REQUIRED_OF_CORRECTIONS
        return max((i + 1 for i, field in enumerate(self.fields) if field in required), default=0)


def label(field: str, kind: Kind) -> str:
    """How a column is called in messages of either language: 'Ngày tiêm (given_on)'."""
    return f"{HEADERS[kind][field][0]} ({field})"


def header_missing(missing: Iterable[str], kind: Kind) -> FileRefusedError:
    """The refusal of a file that lacks these fields."""
    return FileRefusedError("file.header_missing", {"columns": ", ".join(label(field, kind) for field in missing)})


def read_header(cells: Sequence[str], kind: Kind) -> Header:
    """A row taken as header. Trailing empty cells are no columns."""
    texts = [" ".join(cell.split()) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    fields = _fields(tuple(texts), kind)
    present = {field for field in fields if field}
    missing = tuple(field for field in REQUIRED[kind] if field not in present)
    if kind == "upload" and present.issuperset(REQUIRED_OF_CORRECTIONS):
        missing = ()
    return Header(tuple(texts), fields, missing)


def check_repeats(header: Header, kind: Kind) -> None:
    """Raise FileRefusedError where two columns of a field have the same header text."""
    for field in _repeated(header):
        raise FileRefusedError("file.header_ambiguous", {"column": label(field, kind)})


def has_repeats(header: Header) -> bool:
    """Whether two columns of a field have the same header text."""
    return bool(_repeated(header))


def field_of(text: str, kind: Kind) -> str | None:
    """The field of a header text."""
    return _field(text, kind, "contract") or _field(text, kind, "alias")


def whole_field(text: str, kind: Kind, source: str | None = None) -> str | None:
    """The field of a header text with whatever stands in its brackets; `source` contract or alias, or else both."""
    sources = (source,) if source else ("contract", "alias")
    return next((field for name in sources if text and (field := _table(kind, name).get(fold(text)))), None)


def _repeated(header: Header) -> list[str]:
    seen = Counter((field, fold(text)) for text, field in zip(header.texts, header.fields, strict=True) if field)
    return [field for (field, _), count in seen.items() if count > 1]


@lru_cache(maxsize=1024)
def _fields(texts: tuple[str, ...], kind: Kind) -> tuple[str | None, ...]:
    strict = [_field(text, kind, "contract") for text in texts]
    taken = set(strict)
    loose = [field or _field(text, kind, "alias") for field, text in zip(strict, texts, strict=True)]
    return tuple(
        field if field == certain or field in MAY_DIFFER or field not in taken else None
        for field, certain in zip(loose, strict, strict=True)
    )


@cache
def _table(kind: Kind, source: str) -> dict[str, str]:
    names = HEADERS[kind] if source == "contract" else ALIASES[kind]
    return {fold(text): field for field, texts in names.items() for text in (field, *texts)}


def _field(text: str, kind: Kind, source: str) -> str | None:
    if not text:
        return None
    table = _table(kind, source)
    if source == "contract":
        return table.get(fold(text))
    # A remark in brackets is not part of the name: 'Ngày sinh (dd/mm/yyyy)', 'Họ tên (*)'.
    bare = fold(text.partition("(")[0])
    return table.get(fold(text)) or table.get(bare) or _table(kind, "contract").get(bare)
