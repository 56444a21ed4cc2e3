"""What the shortfall mail says, in both languages and both bodies."""

import io
import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest

from vaxtally.outreach.letter import Letter, Line, Waiting
from vaxtally.outreach.render import SUBJECT_LENGTH, TEXT_WIDTH

from ..mail_samples import AS_OF, LETTER, drafts, of_letter


def write(letter: Letter):
    return of_letter(letter)


def words_of(html: str) -> str:
    """The words a reader sees, spaces folded."""
    bare = re.sub(r"<!--.*?-->|<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(bare).split())


def test_the_subject_says_the_essential():
    assert write(LETTER).subject == "Còn thiếu 412 mũi tiêm chưa nhập, 3 ngày — Bệnh viện Nhi đồng 1"
    english = write(replace(LETTER, language="en", lines=LETTER.lines[:1]))
    assert english.subject == "Vaccinations not yet entered: 100, 1 day — Bệnh viện Nhi đồng 1"


@pytest.mark.parametrize(
    ("language", "essentials"),
    [
        (
            "vi",
            [
                "Kính gửi Ông/Bà Nguyễn Thị Lan,",
                "07/10/2021",
                "412 mũi tiêm",
                "3 ngày (03/10 – 05/10/2021)",
                "1.250",
                "838",
                "67,0%",
                "96,6%",
                "12.038/12.450",
                "AstraZeneca, mũi 2",
                "Không nhận dạng được vắc xin.",
                "Thuộc lượt gửi số 12 và 15;",
                "Lượt gửi số 118",
                "Thiếu cột bắt buộc.",
                "đây không phải thiếu sót của đơn vị",
                "Mũi tiêm này đã có trong hệ thống.",
                "Sửa 37 dòng bị trả lại",
                "Sửa và gửi lại 1 tệp chưa tiếp nhận được.",
                "Đề nghị nhập đủ trước hết ngày 09/10/2021.",
                "mui-tiem-con-thieu-BV-ND1-20211007.xlsx",
                "doisoat@syt.example.vn",
                "Trân trọng.",
            ],
        ),
        (
            "en",
            [
                "Dear Nguyễn Thị Lan,",
                "7 October 2021",
                "3 days (3 Oct – 5 October 2021)",
                "1,250",
                "67.0%",
                "12,038 of 12,450",
                "AstraZeneca, dose 2",
                "The vaccine was not recognised.",
                "From upload no. 12 and 15;",
                "Upload no. 118",
                "they are no fault of yours",
                "Correct the 37 rows that were sent back",
                "Please complete the entries by the end of 9 October 2021.",
                "missing-vaccinations-BV-ND1-20211007.xlsx",
            ],
        ),
    ],
)
def test_text_and_html_say_the_same_essentials(language, essentials):
    draft = write(replace(LETTER, language=language))
    text, html = " ".join(draft.text.split()), words_of(draft.html)
    for words in essentials:
        assert words in text, words
        assert words in html, words


def test_what_a_unit_does_not_have_is_not_spoken_of():
    bare = replace(
        LETTER, rejected=Waiting(0, ()), held=Waiting(0, ()), quarantined=(), rejected_upload_ids=(),
                   lines=(Line(AS_OF, "Pfizer", 1, 9, 1, 8, never_received=8),))  # fmt: skip
    draft = write(bare)
    for words in ("trả lại", "xem xét", "tiếp nhận", "Lượt gửi", "None"):
        assert words not in draft.text
        assert words not in words_of(draft.html)


def test_without_an_officer_the_unit_is_greeted():
    assert "Kính gửi Bệnh viện Nhi đồng 1," in of_letter(LETTER, name=None).text


def test_long_lists_are_cut_in_the_mail_and_whole_in_the_attachment():
    lines = tuple(Line(date(2021, 10, 1), "Pfizer", 1, 1000 + n, 0, 1000 + n) for n in range(40))
    draft = write(replace(LETTER, lines=lines))
    assert "và 28 dòng khác trong tệp đính kèm" in draft.text
    assert "1.012" not in draft.text
    assert len(lines_of(draft)) == 41


def workbook(draft):
    """The attached workbook as another library reads it."""
    from openpyxl import load_workbook

    (table,) = [each for each in draft.attachments if each.name.endswith(".xlsx")]
    return load_workbook(io.BytesIO(table.content))


def lines_of(draft) -> list[tuple[Any, ...]]:
    """The workbook's header and lines, without title and totals."""
    sheet = workbook(draft).worksheets[0]
    return list(sheet.iter_rows(min_row=4, max_row=sheet.max_row - 1, values_only=True))


def test_the_workbook_has_a_line_per_day_vaccine_and_dose_with_its_causes():
    header, *rows = lines_of(write(LETTER))
    assert header == (
        "Ngày tiêm", "Vắc xin", "Mũi", "Đã báo cáo", "Đã nhập", "Còn thiếu",
        "Chưa nhận được", "Bị trả lại", "Người dân khai", "Chờ xem xét", "Tính cho đơn vị khác",
    )  # fmt: skip
    assert rows[1] == (datetime(2021, 10, 4), "AstraZeneca", 2, 450, 300, 150, 120, 0, 6, 24, 0)
    assert all(sum(row[6:]) == row[5] for row in rows)
    assert sum(row[5] for row in rows) == LETTER.missing


def test_the_workbook_can_be_worked_with():
    book = workbook(write(LETTER))
    sheet, guide = book.worksheets
    assert (sheet.title, guide.title) == ("Còn thiếu", "Giải thích")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("D5", "A4:K7")
    assert sheet["A5"].number_format == "dd/mm/yyyy"
    assert sheet["A8"].value == "Tổng cộng"
    assert sheet["F8"].value == "=SUBTOTAL(109,F5:F7)"
    assert [sheet.column_dimensions[letter].width > 6 for letter in "ABCDEFGHIJK"] == [True] * 11
    assert [row[1].value for row in guide.iter_rows(min_row=2)] == [
        *["Đơn vị thực hiện"] * 3, "Sở Y tế giải quyết", "Sở Y tế đã xác định"
    ]  # fmt: skip


def test_a_total_shows_also_where_nothing_calculates():
    from python_calamine import CalamineWorkbook

    (table,) = [each for each in write(LETTER).attachments if each.name.endswith(".xlsx")]
    last = CalamineWorkbook.from_filelike(io.BytesIO(table.content)).get_sheet_by_index(0).to_python()[-1]
    assert last[3:] == [1250, 838, 412, 315, 37, 6, 42, 12]


def test_the_workbook_speaks_the_unit_s_language():
    header, *_ = lines_of(write(replace(LETTER, language="en")))
    assert header[:6] == ("Day", "Vaccine", "Dose", "Reported", "Entered", "Missing")


@pytest.mark.parametrize("name", ["=1+1", "+84", "@SUM(A1)", "-2", "https://example.org"])
def test_no_text_of_the_workbook_is_a_formula_or_a_link(name):
    draft = write(replace(LETTER, unit_name=name, lines=(replace(LETTER.lines[0], vaccine_name=name),)))
    sheet = workbook(draft).worksheets[0]
    assert (sheet["B5"].value, sheet["B5"].data_type, sheet["B5"].hyperlink) == (name, "s", None)
    assert all(cell.data_type != "f" for row in sheet.iter_rows(max_row=5) for cell in row)


def test_the_same_letter_makes_the_same_workbook_and_picture():
    first, second = write(LETTER), write(LETTER)
    assert [each.content for each in first.attachments] == [each.content for each in second.attachments]


def test_the_picture_is_in_the_mail_and_told_in_words():
    draft = write(LETTER)
    (picture,) = [each for each in draft.attachments if each.media_type == "image/png"]
    assert f'src="cid:{picture.name}"' in draft.html
    said = "Từ 10/09 đến 07/10/2021: đã báo cáo 9.867 mũi, đã nhập 9.455 mũi."
    assert f'alt="{said} Ngày đến hạn thiếu nhiều nhất là 05/10: thiếu 162 mũi."' in draft.html
    assert said in " ".join(draft.text.split())


def test_where_nothing_happened_in_28_days_there_is_no_picture():
    draft = write(replace(LETTER, series=()))
    assert [each.media_type.split("/")[0] for each in draft.attachments] == ["application"]
    assert "<img" not in draft.html
    assert "28 NGÀY" not in draft.text


def test_a_picture_shows_what_was_reported_and_what_was_entered():
    """Read back where the bars are: a short day is amber above the blue, a complete one blue to the top."""
    from PIL import Image

    (picture,) = [each for each in write(LETTER).attachments if each.media_type == "image/png"]
    image = Image.open(io.BytesIO(picture.content)).convert("RGB")
    left, width = 0.1 * image.width, 0.865 * image.width / 28.2

    def heights(day: int) -> tuple[int, int]:
        """Pixels of amber and blue in the middle of a day's bar."""
        x = round(left + (day + 0.6) * width)
        column = [image.getpixel((x, y)) for y in range(image.height)]
        return column.count((240, 179, 90)), column.count((11, 110, 138))

    amber, blue = heights(25)
    assert amber / (amber + blue) == pytest.approx(162 / LETTER.series[25].totals.reported, abs=0.02)
    amber, blue = heights(20)
    assert amber == 0
    assert blue > 100
    assert heights(27) == (0, 0)


def test_the_body_says_why_and_whose_task_it_is():
    draft = write(LETTER)
    text, html = " ".join(draft.text.split()), words_of(draft.html)
    assert "358 mũi cần đơn vị bổ sung hoặc sửa; 54 mũi đơn vị đã gửi và không cần gửi lại" in text
    for name, missing, whose in (
        ("Chưa nhận được dữ liệu", 315, "Đơn vị thực hiện"),
        ("Đã gửi nhưng bị trả lại", 37, "Đơn vị thực hiện"),
        ("Người dân khai đã tiêm tại đơn vị", 6, "Đơn vị thực hiện"),
        ("Đã gửi, đang chờ xem xét", 42, "Sở Y tế giải quyết"),
        ("Đã gửi, nhưng được tính cho đơn vị khác", 12, "Sở Y tế đã xác định"),
    ):
        assert f"{name}: {missing} ({whose})." in text
        assert re.search(rf"{name} • {whose} .{{,220}} {missing} ", html), name


def test_a_gap_that_the_department_alone_can_close_asks_the_unit_for_nothing():
    held = Line(date(2021, 10, 5), "Pfizer", 1, 300, 258, 42, held=30, other_unit=12)
    draft = write(replace(LETTER, lines=(held,), rejected=Waiting(0, ()), quarantined=()))
    text = " ".join(draft.text.split())
    assert "Đơn vị đã gửi tất cả các mũi này và không cần gửi lại." in text
    assert "Nhập bổ sung" not in text
    assert "Đề nghị nhập đủ" not in text


def test_the_urgent_mail_says_what_was_asked_until_when_and_what_happens_then():
    draft = of_letter(LETTER, "urgent", "Trần Văn Bình")
    assert (draft.kind, draft.level) == ("urgent", 2)
    assert draft.subject == (
        "Khẩn: còn thiếu 412 mũi tiêm dù đã nhắc ngày 04/10/2021, hạn 09/10/2021 — Bệnh viện Nhi đồng 1"
    )
    text, html = " ".join(draft.text.split()), words_of(draft.html)
    for words in (
        "Kính gửi Ông/Bà Trần Văn Bình,",
        "số lần nhắc: 2, từ ngày 04/10/2021",
        "Đề nghị nhập đủ trước hết ngày 09/10/2021.",
        "Nếu đến ngày 13/10/2021 số còn thiếu của các ngày này không giảm ít nhất 20%",
    ):
        assert words in text, words
        assert words in html, words
    assert "- 04/10/2021: Thư nhắc; Còn thiếu 380" in text
    assert "04/10/2021 Thư nhắc 380" in html
    assert "#7a1712" in draft.html


def test_an_urgent_mail_to_a_head_does_not_claim_reminders_that_reached_nobody():
    draft = of_letter(replace(LETTER, asked=(), language="en"), "urgent", None)
    assert draft.subject == "Urgent: vaccinations not yet entered: 412, due 9 October 2021 — Bệnh viện Nhi đồng 1"
    assert "no reminder has reached the data officer" in " ".join(draft.text.split())
    assert "since 4 October 2021" in " ".join(draft.text.split())


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_kind_fits_what_shows_it(language):
    """Subjects of 120 letters, text of 78 columns, a title and what a list of mails shows beside the subject."""
    for name, draft in drafts(language).items():
        assert len(draft.subject) <= SUBJECT_LENGTH, name
        assert max(map(len, draft.text.splitlines())) <= TEXT_WIDTH + 2, name
        assert f'<html lang="{language}"' in draft.html, name
        assert re.search(r"<title>[^<]{10,}</title>", draft.html), name
        assert '<meta name="color-scheme" content="light dark"' in draft.html, name
        assert re.search(r"max-height:0px[^>]*>[^<]{20,}<", draft.html), name
        assert not re.search(r"""(src|href)=["'](?!cid:)|url\(|@import""", draft.html), name
        assert all('alt="' in tag for tag in re.findall(r"<img[^>]*>", draft.html)), name
        assert "None" not in draft.text, name


def test_a_long_name_is_shortened_as_offices_do():
    name = "Trung tâm Kiểm soát bệnh tật Thành phố Hồ Chí Minh, cơ sở tiêm chủng số 2"
    draft = of_letter(replace(LETTER, unit_name=name), "urgent")
    assert draft.subject.endswith("— CDC TP. Hồ Chí Minh, cơ sở tiêm chủng số 2")
    assert name in " ".join(draft.text.split())


def test_the_mail_remembers_which_days_it_told_of():
    assert write(LETTER).days == {date(2021, 10, 3): 100, date(2021, 10, 4): 150, date(2021, 10, 5): 162}


def test_names_are_escaped_in_html_and_plain_in_text():
    draft = write(replace(LETTER, unit_name='Phòng khám <b>"A&B"</b>', language="en"))
    assert "<b>&#34;" not in draft.html
    assert "&lt;b&gt;" in draft.html
    text = " ".join(draft.text.split())
    assert 'Phòng khám <b>"A&B"</b>' in text
    assert "&" not in text.replace("A&B", "")


def test_a_line_break_in_a_unit_s_name_cannot_break_the_subject():
    draft = write(replace(LETTER, unit_name="Bệnh viện\r\nBcc: x@y.vn " + "dài " * 80))
    assert not re.search(r"[\r\n]", draft.subject)
    assert len(draft.subject) <= SUBJECT_LENGTH
