"""What the shortfall mail says, in both languages and both bodies."""

import csv
import io
import re
from dataclasses import replace
from datetime import date

import pytest

from vaxtally.outreach import shortfall
from vaxtally.outreach.shortfall import Letter, Line, Waiting
from vaxtally.tally.readings import QuarantinedFile

LETTER = Letter(
    unit_code="BV-ND1",
    unit_name="Bệnh viện Nhi đồng 1",
    officer="Nguyễn Thị Lan",
    language="vi",
    as_of=date(2021, 10, 7),
    lines=(
        Line(date(2021, 10, 3), "Pfizer", 1, 500, 400, 100),
        Line(date(2021, 10, 4), "AstraZeneca", 2, 450, 300, 150),
        Line(date(2021, 10, 5), "Pfizer", 1, 300, 138, 162),
    ),
    overall_reported=12450,
    overall_entered=12038,
    rejected=Waiting(37, (("vaccine.unknown", 20), ("birth_date.invalid", 17))),
    held=Waiting(54, (("record.same_dose_other_unit", 54),)),
    quarantined=(
        QuarantinedFile(
            upload_id=118,
            unit_code="BV-ND1",
            kind="upload",
            received_on=date(2021, 10, 6),
            rules=("file.header_missing",),
            rows_total=0,
        ),
    ),
    rejected_upload_ids=(12, 15),
)


def write(letter: Letter):
    return shortfall.write(letter, "lan@bv.example.vn", "doisoat@syt.example.vn")


def words_of(html: str) -> str:
    """The words a reader sees, spaces folded."""
    return " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL).replace("\u00a0", " ").split())


def test_the_subject_says_the_essential():
    assert write(LETTER).subject == "Còn thiếu 412 mũi tiêm chưa nhập, 3 ngày — Bệnh viện Nhi đồng 1"
    english = write(replace(LETTER, language="en", lines=LETTER.lines[:1]))
    assert english.subject == "100 vaccinations not yet entered, 1 day — Bệnh viện Nhi đồng 1"


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
                "Thời hạn: hết ngày 09/10/2021.",
                "mui-tiem-con-thieu-BV-ND1-20211007.csv",
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
                "Correct the 37 rejected rows",
                "Please do so by the end of 9 October 2021.",
                "missing-vaccinations-BV-ND1-20211007.csv",
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
    bare = replace(LETTER, rejected=Waiting(0, ()), held=Waiting(0, ()), quarantined=(), rejected_upload_ids=())
    draft = write(bare)
    for words in ("trả lại", "xem xét", "tiếp nhận", "Lượt gửi", "None"):
        assert words not in draft.text
        assert words not in words_of(draft.html)


def test_without_an_officer_the_unit_is_greeted():
    draft = write(replace(LETTER, officer=None))
    assert "Kính gửi Bệnh viện Nhi đồng 1," in draft.text
    assert draft.recipient_name is None


def test_long_lists_are_cut_in_the_mail_and_whole_in_the_attachment():
    lines = tuple(Line(date(2021, 10, 1), "Pfizer", 1, 1000 + n, 0, 1000 + n) for n in range(40))
    draft = write(replace(LETTER, lines=lines))
    assert "và 28 dòng khác trong tệp đính kèm" in draft.text
    assert "1.012" not in draft.text
    assert len(attachment_rows(draft)) == 41


def attachment_rows(draft) -> list[list[str]]:
    content = draft.attachments[0].content
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_attachment_has_a_line_per_day_vaccine_and_dose():
    header, *rows = attachment_rows(write(LETTER))
    assert header == ["Ngày tiêm", "Vắc xin", "Mũi", "Đã báo cáo", "Đã nhập", "Còn thiếu"]
    assert rows[1] == ["2021-10-04", "AstraZeneca", "2", "450", "300", "150"]
    assert sum(int(row[5]) for row in rows) == LETTER.missing


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
    assert len(draft.subject) <= 200


def test_nothing_is_fetched_from_anywhere():
    draft = write(LETTER)
    assert not re.search(r"""(src|href)=["']|url\(|@import""", draft.html)


def test_the_html_tells_its_language_and_fits_a_phone():
    draft = write(LETTER)
    assert 'lang="vi"' in draft.html
    assert "width=device-width" in draft.html
