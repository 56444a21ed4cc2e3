"""Mails of every kind made from a registry full of patients, with the real tally: the right figures, nobody's data.

Pictures and attachments are opened: workbooks unpacked, letters read.
"""

import io
import logging
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import text

from vaxtally import outreach, tally
from vaxtally.outreach import approval, sink
from vaxtally.settings import Settings

from ..opened_mail import everything_in

AS_OF = date(2021, 10, 7)
# Urged on the third working day after the first reminder, proposed for level 3 on the seventh.
DAYS = {n: date(2021, 10, n) for n in (7, 8, 12, 18)}
KINDS = {"receipt", "shortfall", "urgent", "escalation", "closed", "correction", "digest", "alert"}
# Made up. Each stands in the registry, in a rejected or held row, in a remark or in a file's name.
SECRETS = (
    "Trần Thị Bích Ngọc",
    "tran thi bich ngoc",
    "Bích Ngọc",
    "079185012345",
    "DN4790123456789",
    "0123456789",
    "0903112233",
    "1985-03-21",
    "21/03/1985",
    "danh-sach-Bich-Ngoc.xlsx",
    "danh-sach",
    "12 Lê Lợi",
)
# What cases keep for the Department.
KEPT = """
SELECT concat_ws(' ', event, detail) FROM outreach.case_event
UNION ALL SELECT concat_ws(' ', name, media_type) FROM outreach.attachment
"""
PROPOSED = """
SELECT case_id FROM outreach.escalation INNER JOIN outreach."case" USING (case_id)
WHERE status = 'proposed' AND unit_code = 'BV1'
"""
# One more unit, short of a single dose.
SMALL_GAP = """
INSERT INTO reference.unit (unit_code, name, unit_type, language, data_officer_name, data_officer_email, listed_on)
VALUES ('DU', 'Trạm Y tế Nhập Đủ', 'health_centre', 'vi', 'Lê Văn Tư', 'tu@du.example.vn', '2021-09-01');
INSERT INTO stats.report (
    unit_code, given_on, vaccine, dose_number, doses_given, revision, source, upload_id, row_number,
    received_at, received_on
)
VALUES ('DU', '2021-10-04', 'PFIZER', 1, 1, 1, 'department', 3, 3, '2021-10-06', '2021-10-06');
"""
# What comes in on the day after the reminders: one unit enters what was missing, another lowers its report.
LATER = """
INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on, entry_hash
)
VALUES (1, 'DU', 'PFIZER', 1, '2021-10-04', 'administered', 1, 1, '2021-10-08', gen_random_uuid());
INSERT INTO stats.report (
    unit_code, given_on, vaccine, dose_number, doses_given, revision, source, upload_id, row_number,
    received_at, received_on
)
VALUES ('FV', '2021-10-04', 'PFIZER', 1, 3, 2, 'unit', 3, 2, '2021-10-08', '2021-10-08');
"""
SEED = """
INSERT INTO reference.unit (unit_code, name, unit_type, language, data_officer_name, data_officer_email, listed_on)
VALUES
('BV1', 'Bệnh viện Một', 'public_hospital', 'vi', 'Nguyễn Thị Lan', 'lan@bv1.example.vn', '2021-09-01'),
('FV', 'FV Hospital', 'private_hospital', 'en', 'Claire Martin', 'claire@fv.example.vn', '2021-09-01'),
('KHONG', 'Trạm Y tế Không Địa Chỉ', 'health_centre', 'vi', NULL, '', '2021-09-01');

INSERT INTO intake.upload (
    upload_id, unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, language,
    received_on, received_at, modified_at, status, file_issues, rows_total, rows_loaded, rows_rejected, rows_held
)
SELECT id, unit, kind, 'danh-sach-Bich-Ngoc.xlsx', 'x', 'x', repeat(to_hex(id), 64), 1, 'vi', day, day, day, status,
    issues::jsonb, loaded + rejected + held, loaded, rejected, held
FROM (VALUES
    (1, 'BV1', 'upload', date '2021-10-05', 'loaded', '[]', 2, 1, 1),
    (2, 'BV1', 'upload', date '2021-10-06', 'quarantined',
     '[{"rule": "file.header_missing", "severity": "critical", "message": "Thiếu cột bắt buộc: Họ và tên."}]', 0, 0, 0),
    (3, NULL, 'report', date '2021-10-06', 'loaded', '[]', 0, 0, 0)
) AS seed (id, unit, kind, day, status, issues, loaded, rejected, held);

INSERT INTO registry.person (
    full_name, name_key, sex, birth_date, birth_date_precision, phone, address, created_by_upload_id
)
VALUES ('Trần Thị Bích Ngọc', 'tran thi bich ngoc', 'female', '1985-03-21', 'day', '0903112233', '12 Lê Lợi', 1);
INSERT INTO registry.person_identifier (person_id, kind, value, trusted, upload_id)
VALUES (1, 'cccd', '079185012345', true, 1);

INSERT INTO registry.dose (
    person_id, unit_code, vaccine, dose_number, given_on, source, upload_id, row_number, received_on, entry_hash
)
SELECT 1, 'BV1', 'PFIZER', 1, day, 'administered', 1, 1, '2021-10-05', gen_random_uuid()
FROM (VALUES (date '2021-10-03'), (date '2021-10-04')) AS seed (day);

INSERT INTO stats.report (
    unit_code, given_on, vaccine, dose_number, doses_given, revision, source, upload_id, row_number,
    received_at, received_on
)
SELECT unit, day, 'PFIZER', 1, doses, 1, 'department', 3, 1, '2021-10-06', '2021-10-06'
FROM (VALUES
    ('BV1', date '2021-10-03', 11), ('BV1', date '2021-10-04', 1), ('BV1', date '2021-10-06', 50),
    ('FV', date '2021-10-04', 7), ('KHONG', date '2021-10-04', 5)
) AS seed (unit, day, doses);

INSERT INTO intake.row (upload_id, row_number, line, outcome, unit_code, original, canonical)
SELECT 1, n, n, outcome, 'BV1', '["Trần Thị Bích Ngọc", "079185012345"]', '{"full_name": "Trần Thị Bích Ngọc"}'
FROM (VALUES (3, 'rejected'), (4, 'held')) AS seed (n, outcome);
INSERT INTO intake.row_issue (upload_id, row_number, outcome, rule, severity, column_name, value, message)
VALUES
(1, 3, 'rejected', 'vaccine.unknown', 'critical', 'vaccine', 'Trần Thị Bích Ngọc',
 'Không nhận dạng được vắc xin: Trần Thị Bích Ngọc.'),
(1, 4, 'held', 'record.same_day_dose', 'critical', NULL, '0903112233', 'Người này đã có một mũi tiêm cùng ngày.');
UPDATE intake.upload SET finished_at = now();
INSERT INTO registry.review (rule, upload_id, row_number, opened_on)
VALUES ('record.same_day_dose', 1, 4, '2021-10-05');
"""


@pytest.fixture
def mails(registry, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with registry.begin() as connection:
        connection.exec_driver_sql(SEED.replace("%", "%%"))
    with sink.running(tmp_path / "mails") as server:
        settings = Settings(mail_url=server.url, digest_to=("ban@syt.example.vn",))
        with registry.begin() as connection:
            tally.reconcile(connection, AS_OF, settings)
        summaries = [outreach.remind_units(registry, AS_OF, settings), outreach.send_digest(registry, AS_OF, settings)]
    yield {mail["To"].addresses[0].addr_spec: mail for mail in server.mails}, summaries


def test_the_real_tally_s_figures_reach_the_right_people(mails):
    by_recipient, (reminders, digest) = mails
    assert set(by_recipient) == {"lan@bv1.example.vn", "claire@fv.example.vn", "ban@syt.example.vn"}
    assert by_recipient["lan@bv1.example.vn"]["Subject"] == "Còn thiếu 10 mũi tiêm chưa nhập, 1 ngày — Bệnh viện Một"
    assert by_recipient["claire@fv.example.vn"]["Subject"] == "Vaccinations not yet entered: 7, 1 day — FV Hospital"
    assert (reminders.units_short, reminders.units_without_address) == (3, ("KHONG",))
    assert digest.units_without_address == ("KHONG",)
    letter = " ".join(by_recipient["lan@bv1.example.vn"].get_body(("plain",)).get_content().split())
    for words in (
        "đơn vị đã nhập 16,6% số mũi báo cáo (2/12 mũi)",
        "Không nhận dạng được vắc xin. (1)",
        "Thuộc lượt gửi số 1;",
        "Lượt gửi số 2: Thiếu cột bắt buộc.",
        "Người này đã có một mũi tiêm cùng ngày. (1)",
    ):
        assert words in letter, words
    bulletin = " ".join(by_recipient["ban@syt.example.vn"].get_body(("plain",)).get_content().split())
    for words in (
        "đã nhập 2 trên 24 mũi đã báo cáo",
        "3 đơn vị thiếu tổng cộng 22 mũi",
        "Trạm Y tế Không Địa Chỉ: chưa có địa chỉ thư điện tử",
        "Lượt gửi số 2, Bệnh viện Một: Thiếu cột bắt buộc.",
        "Người này đã có một mũi tiêm cùng ngày: 1; cũ nhất 05/10/2021",
    ):
        assert words in bulletin, words


@dataclass(frozen=True)
class Fortnight:
    """What went out from the first reminder to the dispatch, and what the runs returned."""

    mails: list[EmailMessage]
    returned: list[object]


@pytest.fixture
def fortnight(registry, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Fortnight:
    caplog.set_level(logging.DEBUG)
    returned: list[object] = []
    with registry.begin() as connection:
        connection.exec_driver_sql((SEED + SMALL_GAP).replace("%", "%%"))
    with sink.running(tmp_path / "mails") as server:
        settings = Settings(
            home=tmp_path / "home", mail_url=server.url, digest_to=("ban@syt.example.vn",), receipts="always",
            management_to=("lanh.dao@syt.example.vn",),
        )  # fmt: skip
        for n, day in DAYS.items():
            with registry.begin() as connection:
                if n == 8:
                    connection.exec_driver_sql(LATER)
                returned.append(tally.reconcile(connection, day, settings))
            returned.append(outreach.send_receipts(registry, day, settings))
            returned.append(outreach.remind_units(registry, day, settings))
        with registry.connect() as connection:
            case_id = connection.execute(text(PROPOSED)).scalar_one()
        returned.append(approval.decide(registry, settings, DAYS[18], "BS. Hoa", [case_id]))
        returned.append(approval.deliver(registry, settings))
        returned.append(outreach.send_digest(registry, DAYS[18], settings))
        returned.append(outreach.send_management_report(registry, DAYS[18], settings))
    return Fortnight(server.mails, returned)


def test_nobody_s_data_is_in_any_kind_of_mail_log_line_summary_or_ledger(fortnight: Fortnight, registry, caplog):
    with registry.connect() as connection:
        kinds = connection.execute(text("SELECT kind FROM outreach.message WHERE status = 'sent'")).scalars()
        assert set(kinds) == KINDS
        ledger = connection.execute(
            text("SELECT concat_ws(' ', subject, body_text, body_html, last_error) FROM outreach.message")
        ).scalars()
        kept = connection.execute(text(KEPT)).scalars()
        mails = [everything_in(mail) for mail in fortnight.mails]
        said = "\n".join([*mails, *ledger, *kept, caplog.text, repr(fortnight.returned)])
    types = {part.get_content_type() for mail in fortnight.mails for part in mail.walk()}
    assert {"image/png", "application/pdf"} < types
    assert any("spreadsheetml" in kind for kind in types)
    # What was opened can be read: a unit's name stands in the workbook, the letter and the mails.
    assert sum("xl/sharedStrings.xml" in mail and "Bệnh viện Một" in mail for mail in mails) > 1
    assert any("%PDF" in mail and "Bệnh viện Một" in mail for mail in mails)
    for secret in SECRETS:
        assert secret.lower() not in said.lower(), secret


def test_a_planted_name_would_be_found():
    """The search sees into a workbook and a letter's metadata."""
    from xlsxwriter import Workbook

    buffer = io.BytesIO()
    with Workbook(buffer) as book:
        book.add_worksheet().write_string(0, 0, SECRETS[0])
    mail = EmailMessage()
    mail.add_attachment(buffer.getvalue(), maintype="application", subtype="octet-stream", filename="x.xlsx")
    assert SECRETS[0] in everything_in(mail)
