"""The urgent dispatch as a document: its form, what it says, and names that look like markup."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pypdf
import pytest

from vaxtally.outreach import dispatch
from vaxtally.outreach.approval_page import plain
from vaxtally.outreach.cases import Step
from vaxtally.settings import Settings
from vaxtally.tally.readings import ShortDay, Totals, Unit, UnitShortfall

AS_OF = date(2021, 10, 12)
MM = 72 / 25.4
PAST = SimpleNamespace(
    parent_name="Trung tâm Y tế Quận 1",
    reminded_on=date(2021, 10, 3),
    urged_on=date(2021, 10, 6),
    reply_code="no_staff",
    replied_on=date(2021, 10, 5),
)
UNIT = Unit(
    unit_code="79001", name="Bệnh viện Quận 1", unit_type="public_hospital", district_code="760",
    parent_unit_code="79000", language="vi", data_officer_name=None, data_officer_email=None, head_name=None,
    head_email=None, opened_on=None, closed_on=None,
)  # fmt: skip
DAYS = (
    ShortDay(given_on=date(2021, 10, 2), vaccine="PFIZER", dose_number=1, reported=1500, entered=250, missing=1250,
             rejected=50, never_received=1200),
    ShortDay(given_on=date(2021, 10, 1), vaccine="PFIZER", dose_number=2, reported=30, entered=10, missing=20,
             held=20),
    ShortDay(given_on=date(2021, 10, 1), vaccine="ASTRAZENECA", dose_number=1, reported=10, entered=5, missing=5,
             never_received=5),
)  # fmt: skip


def step(unit: Unit = UNIT, days: Sequence[ShortDay] = DAYS) -> Step:
    totals = Totals(reported=0, entered=0, shortfall=0, surplus=0, entered_unreported=0)
    short = UnitShortfall(unit=unit, totals=totals, short_days=tuple(days), open_rows=(), quarantined_files=())
    return Step(
        case_id=1, unit=unit, kind="escalation", level=2, reason="proposed", opened_on=date(2021, 10, 3),
        level_on=date(2021, 10, 6), missing=1275, shortfall=short, detail={},
    )  # fmt: skip


def letter(proposed: Step | None = None, past: Any = PAST, **settings: Any) -> bytes:
    return dispatch.pdf(dispatch.facts(proposed or step(), past, AS_OF, Settings(**settings)), AS_OF)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


@pytest.mark.parametrize(
    "said",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH SỞ Y TẾ",
        "/SYT-NVY",
        "V/v đôn đốc nhập đủ dữ liệu tiêm chủng",
        "tháng 10 năm 2021",
        "Kính gửi: Bệnh viện Quận 1",
        "còn 1.275 mũi tiêm của 2 ngày (01/10 – 02/10/2021)",
        "đã nhắc đơn vị qua thư điện tử ngày 03/10/2021 và đôn đốc ngày 06/10/2021",
        "Đơn vị đã trả lời ngày 05/10/2021, lý do: thiếu nhân lực.",
        # a day of several vaccines is one line, in order
        "1 01/10/2021 40 15 25 2 02/10/2021 1.500 250 1.250 Tổng cộng 1.540 265 1.275",
        "20 mũi nằm trong các dòng đang chờ Sở Y tế xem xét",
        "50 mũi nằm trong các dòng đơn vị đã gửi nhưng bị trả lại",
        "1.205 mũi chưa có dữ liệu nào gửi về.",
        # decided by Wednesday 13 at the latest, and three working days
        "trước 17 giờ 00 ngày 18/10/2021",
        "thực hiện./. Nơi nhận:",
        "- Như trên; - Trung tâm Y tế Quận 1; - Lưu: VT, NVY.",
        "GIÁM ĐỐC",
    ],
)
def test_it_says_what_an_administrative_letter_says(said: str) -> None:
    assert said in text_of(letter())


def test_it_is_an_a4_page_in_its_own_typeface_and_the_same_bytes_each_time() -> None:
    pdf = letter()
    (page,) = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert [round(float(side) / MM) for side in page.mediabox.upper_right] == [210, 297]
    fonts: Any = page["/Resources"]["/Font"]  # pyright: ignore[reportIndexIssue]
    assert {font.get_object()["/BaseFont"].partition("+")[2] for font in fonts.values()} == {
        "Tinos", "Tinos-Bold", "Tinos-Italic", "Tinos-BoldItalic",
    }  # fmt: skip
    assert b"<pdfaid:part>2" in pdf
    assert pdf == letter()


@pytest.mark.parametrize(
    "name", ["Trạm #panic() *đậm* _x_ $a$ <b> @c `d` // e", "{{ 1 }} \\ [x] #{}", 'a"b', "= T\n- x", "〇漢"]
)
def test_a_name_is_set_as_it_is(name: str) -> None:
    said = text_of(letter(step(replace(UNIT, name=name))))
    shown = " ".join(name.replace("〇漢", "").split())
    assert f"Kính gửi: {shown}".strip() in said


def test_a_unit_that_no_mail_reached_is_not_said_to_have_been_reminded() -> None:
    nothing = SimpleNamespace(parent_name=None, reminded_on=None, urged_on=None, reply_code=None, replied_on=None)
    said = text_of(letter(past=nothing))
    assert "chưa nhận được thư nhắc" in said
    assert "đã trả lời" not in said
    assert "- Như trên; - Lưu: VT, NVY." in said


def test_a_month_that_may_be_over_when_it_is_signed_is_left_to_the_clerk() -> None:
    friday = date(2021, 10, 29)
    said = text_of(dispatch.pdf(dispatch.facts(step(), PAST, friday, Settings()), friday))
    assert "tháng năm 2021" in said


def test_so_is_a_year_that_may_be_over() -> None:
    new_year_s_eve = date(2021, 12, 31)
    said = text_of(dispatch.pdf(dispatch.facts(step(), PAST, new_year_s_eve, Settings()), new_year_s_eve))
    assert "ngày tháng năm " in said
    assert "năm 2021" not in said


def test_many_days_run_over_pages_with_the_table_s_head_and_a_number_and_the_signature_has_text_beside_it() -> None:
    days = [replace(DAYS[0], given_on=date.fromordinal(AS_OF.toordinal() - n)) for n in range(1, 120)]
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(letter(step(days=days)))).pages]
    assert len(pages) > 2
    assert "Mũi còn thiếu" in pages[1]
    assert pages[1].split()[0] == "2"
    assert "thực hiện./." in pages[-1]


def test_letterhead_and_signature_are_settings() -> None:
    said = text_of(
        letter(
            letter_authority=("Bộ Y tế",), letter_office="Sở Y tế tỉnh X", letter_symbol="SYT-KH", letter_place="X",
            letter_signer=("KT. Giám đốc", "Phó Giám đốc"), letter_signer_name="Trần Văn A", letter_copies=("Lưu: VT",),
        )
    )  # fmt: skip
    for part in ("BỘ Y TẾ SỞ Y TẾ TỈNH X", "/SYT-KH", "X, ngày", "KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC", "Trần Văn A"):
        assert part in said


def test_on_the_approval_s_page_a_name_means_nothing_to_markdown_and_a_dash_stays_a_dash() -> None:
    assert plain("Trạm 1 – Quận 1 | *a* <b> [x](y)") == r"Trạm 1 – Quận 1 \| \*a\* \<b\> \[x\]\(y\)"
