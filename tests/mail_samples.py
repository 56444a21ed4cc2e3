"""A mail of each kind, made without a database from figures that are made up, to look at and to measure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from vaxtally.outreach import escalations, notes, receipt, refused, shortfall
from vaxtally.outreach.cases import Step
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.letter import Asked, Letter, Line, Waiting
from vaxtally.outreach.receipt import Receipt
from vaxtally.tally.readings import DayTotals, QuarantinedFile, Totals, Unit

AS_OF = date(2021, 10, 7)
CONTACT = "doisoat@syt.example.vn"
UNIT = Unit(
    unit_code="BV-ND1",
    name="Bệnh viện Nhi đồng 1",
    unit_type="public_hospital",
    district_code="771",
    parent_unit_code=None,
    language="vi",
    data_officer_name="Nguyễn Thị Lan",
    data_officer_email="lan@bv.example.vn",
    head_name="Trần Văn Bình",
    head_email="giamdoc@bv.example.vn",
    opened_on=None,
    closed_on=None,
)


def series(unit_code: str | None = "BV-ND1", scale: int = 1) -> tuple[DayTotals, ...]:
    """28 days to AS_OF: short on the 3rd to the 5th, nothing of the last two known yet."""
    days = [AS_OF - timedelta(days=n) for n in range(27, -1, -1)]
    short = {date(2021, 10, 3): 100, date(2021, 10, 4): 150, date(2021, 10, 5): 162}
    found = []
    for n, day in enumerate(days):
        reported = 0 if day >= date(2021, 10, 7) else scale * (260 + (n * 97) % 240)
        missing = scale * short.get(day, 0)
        totals = Totals(
            reported=reported, entered=reported - missing, shortfall=missing, surplus=0, entered_unreported=0
        )
        found.append(DayTotals(unit_code=unit_code, given_on=day, totals=totals))
    return tuple(found)


LETTER = Letter(
    unit_code=UNIT.unit_code,
    unit_name=UNIT.name,
    language="vi",
    as_of=AS_OF,
    lines=(
        Line(date(2021, 10, 3), "Pfizer", 1, 500, 400, 100, never_received=63, rejected=37),
        Line(date(2021, 10, 4), "AstraZeneca", 2, 450, 300, 150, never_received=120, declared_elsewhere=6, held=24),
        Line(date(2021, 10, 5), "Pfizer", 1, 300, 138, 162, never_received=132, held=18, other_unit=12),
    ),
    overall_reported=12450,
    overall_entered=12038,
    rejected=Waiting(37, (("vaccine.unknown", 20), ("birth_date.invalid", 17))),
    held=Waiting(54, (("record.same_dose_other_unit", 36), ("record.same_day_dose", 18))),
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
    series=series(),
    opened_on=date(2021, 10, 4),
    first_pending=date(2021, 10, 6),
    asked=(Asked(date(2021, 10, 4), "shortfall", 380), Asked(date(2021, 10, 5), "shortfall", 420)),
    next_on=date(2021, 10, 13),
)
RECEIPT = Receipt(
    upload_id=118,
    kind="upload",
    unit_code=UNIT.unit_code,
    unit_name=UNIT.name,
    officer=UNIT.data_officer_name,
    language="vi",
    status="loaded",
    received_on=AS_OF,
    saved_at=datetime(2021, 10, 7, 8, 41),
    repeats_upload_id=None,
    rows={"loaded": 1210, "updated": 14, "voided": 2, "duplicate": 41, "held": 6, "rejected": 27},
    rejected_for=(("vaccine.unknown", 14), ("national_id.format", 9), ("birth_date.invalid", 4)),
    held_for=(("record.same_day_dose", 6),),
    file_messages=(),
    place="BV-ND1/",
)


DISPATCH = escalations.Letter(
    case_id=7,
    unit_code=UNIT.unit_code,
    name=UNIT.name,
    proposed_on=AS_OF,
    decided_by="Lê Minh Đức",
    letter_pdf=b"%PDF-1.7 made up",
    missing=412,
    days=3,
)
ADDRESSES = [
    SimpleNamespace(unit_code="BV-ND1", unit_name=UNIT.name, address="lan@bv.example.vn", reason="refused",
                    reply="550 5.1.1 No such mailbox"),
    SimpleNamespace(unit_code="PK-77", unit_name="Phòng khám đa khoa Hòa Bình", address="hoa binh (at) pk.vn",
                    reason="malformed", reply=None),
]  # fmt: skip
UNDECIDED = [
    escalations.Undecided(event=event, case_id=n, unit_code=code, name=name, missing=missing, deadline=AS_OF)
    for n, (event, code, name, missing) in enumerate([
        ("lapsed", "TYT-12", "Trạm Y tế Phường 12 – Quận Tân Bình", 1040),
        ("proposed", UNIT.unit_code, UNIT.name, 412),
        ("proposed", "PK-77", "Phòng khám đa khoa Hòa Bình", 96),
    ])
]  # fmt: skip


def step(kind: str, detail: Mapping[str, Any], language: str = "vi") -> Step:
    """A step of the unit's case that calls for a short mail."""
    return Step(
        case_id=7,
        unit=replace(UNIT, language=language),
        kind=kind,
        level=1,
        reason=kind,
        opened_on=date(2021, 10, 4),
        level_on=date(2021, 10, 4),
        missing=0,
        shortfall=None,
        detail=detail,
    )


def of_letter(letter: Letter, kind: str = "shortfall", name: str | None = "Nguyễn Thị Lan") -> Draft:
    """The reminder or the urgent mail of a letter."""
    return shortfall.write(letter, name, CONTACT, shortfall.enclosures(letter), kind)


def drafts(language: str) -> dict[str, Draft]:
    """A mail of each kind, by what it is of."""
    letter = replace(LETTER, language=language)
    told = {"told_on": "2021-10-05", "told": 412, "missing": 372, "lowered": 40}
    held = {"held_only": replace(letter, lines=(Line(date(2021, 10, 5), "Pfizer", 1, 300, 258, 42, held=42),))}
    large = replace(
        letter,
        unit_name="Trung tâm Kiểm soát bệnh tật Thành phố Hồ Chí Minh – cơ sở tiêm chủng lưu động số 2",
        lines=tuple(
            Line(date(2021, 9, 1 + n % 28), "Vero Cell (Sinopharm)", 1 + n % 2, 123456, 111111, 12345, rejected=12345)
            for n in range(40)
        ),
    )
    answer = replace(RECEIPT, language=language)
    sent_back = replace(
        answer, status="quarantined", rows=dict.fromkeys(answer.rows, 0), rejected_for=(), held_for=(),
        file_messages=("Thiếu cột: Họ và tên." if language == "vi" else "Missing columns: name.",),
    )  # fmt: skip
    return {
        "shortfall": of_letter(letter),
        "shortfall-held": of_letter(held["held_only"]),
        "shortfall-large": of_letter(large),
        "urgent": of_letter(letter, "urgent", "Trần Văn Bình"),
        "receipt": receipt.write(answer, CONTACT),
        "receipt-refused": receipt.write(sent_back, CONTACT),
        "closed": notes.write(step("closed", {}, language), AS_OF, "Nguyễn Thị Lan", CONTACT),
        "escalation": notes.dispatch(DISPATCH, AS_OF, language, CONTACT),
        "alert-addresses": refused.write(ADDRESSES, AS_OF, language, CONTACT),
        "alert": notes.undecided(UNDECIDED, AS_OF, language, CONTACT),
        "correction": notes.write(step("correction", told, language), AS_OF, "Nguyễn Thị Lan", CONTACT),
    }


def page(draft: Draft, folder: Path, name: str) -> Path:
    """The mail's HTML as a file that a browser opens, with its pictures beside it."""
    html = draft.html
    for attachment in draft.attachments:
        if f"cid:{attachment.name}" in html:
            picture = folder / f"{name}-{attachment.name}"
            picture.write_bytes(attachment.content)
            html = html.replace(f"cid:{attachment.name}", picture.name)
    path = folder / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    return path
