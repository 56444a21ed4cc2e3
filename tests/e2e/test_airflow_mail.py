"""From a unit's file to the shortfall mail in its inbox, by Airflow: real files, real scheduler, real SMTP on loopback.

The stack is started once. What a person looks at, the mail on a phone and Airflow's page, is looked at in Chromium
where one is found; the pictures stay in `test-output/`.
"""

import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import create_engine, text

from vaxtally import db, embedded_postgres, paths, stack
from vaxtally.outreach import sink
from vaxtally.settings import Settings
from vaxtally.stack import Stack
from vaxtally.stack.running import METADATA

from ..intake_desk import UNIT_HEADER, csv_bytes, people, person

PICTURES = paths.ROOT / "test-output"
AS_OF = "2021-08-11"
TIMEOUT = 180
# A list's name may be a patient's.
LIST = f"{person(1)['Họ và tên']} 9-8.csv"
# What Airflow's database keeps of runs and their tasks.
KEPT = ("xcom", "task_instance", "rendered_task_instance_fields", "dag_run", "asset_event", "log")
OFFICES = {"department@example.org", "management@example.org"}


@dataclass(frozen=True)
class Morning:
    """What one pass of all DAGs left behind."""

    airflow: Stack
    settings: Settings
    mails: list[EmailMessage]
    mail_pages: list[Path]
    states: dict[str, str]


def drop(inbox: Path, path: str, content: bytes) -> None:
    target = inbox / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


def fill(inbox: Path) -> None:
    """Two units: one enters 3 of 5 reported doses in a list with a bad row, one enters all."""
    units = [
        "TYT-1,Trạm Y tế Phường 1,health_centre,760,,vi,Lê Thị Hoa,hoa@example.org,,,2021-03-01,",
        "BV-2,Bến Nghé Hospital,public_hospital,760,,en,Jane Doe,jane@example.org,,,2021-03-01,",
    ]
    drop(inbox, "units.csv", "\n".join([UNIT_HEADER, *units]).encode())
    rows = [*people(1, 2, 3), *people(4, **{"Giới tính": "?"})]
    drop(inbox, f"TYT-1/uploads/{LIST}", csv_bytes(rows))
    drop(inbox, "BV-2/uploads/list.csv", csv_bytes(people(11, 12)))
    report = "Mã đơn vị,Ngày,Vắc xin,Mũi,Số mũi tiêm\nTYT-1,09/08/2021,Pfizer,1,5\nBV-2,09/08/2021,Pfizer,1,2\n"
    drop(inbox, "reports/thống kê.csv", report.encode())


def run_all(airflow: Stack) -> dict[str, str]:
    """Every DAG once, as of the same day; reconcile is started by its assets."""
    states = {}
    for dag_id in ("ingest_reports", "ingest_uploads", "remind_units", "manager_digest", "management_report"):
        run_id = airflow.trigger(dag_id, {"as_of": AS_OF})
        states[dag_id] = airflow.wait(dag_id, run_id, TIMEOUT)
        if dag_id == "ingest_uploads":
            states["reconcile"] = airflow.wait_for_triggered("reconcile", dag_id, run_id, TIMEOUT)[1]
    return states


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    folder = tmp_path_factory.mktemp("airflow")
    fill(folder / "inbox")
    with sink.running(folder / "mails") as server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")} | {
            "VAXTALLY_HOME": str(folder / "home"),
            "VAXTALLY_INBOX": str(folder / "inbox"),
            "VAXTALLY_OUTBOX": str(folder / "outbox"),
            "VAXTALLY_REST_SECONDS": "0",
            "VAXTALLY_MAIL_URL": server.url,
            "VAXTALLY_MAIL_FROM": "vaxtally@example.org",
            "VAXTALLY_DIGEST_TO": "department@example.org",
            "VAXTALLY_MANAGEMENT_TO": "management@example.org",
            "VAXTALLY_TIMETABLES": "off",
        }
        with stack.running(folder / "home", environment) as airflow:
            states = run_all(airflow)
            pages = sorted((folder / "mails").glob("*.html"))
            yield Morning(airflow, Settings.from_environment(environment), server.mails, pages, states)
    embedded_postgres.remove(folder / "home")


def to(mails: list[EmailMessage], address: str, about: str = "") -> EmailMessage:
    (mail,) = [mail for mail in mails if address in str(mail["To"]) and about in str(mail["Subject"])]
    return mail


def test_every_dag_succeeds(morning: Morning) -> None:
    dags = ("ingest_reports", "ingest_uploads", "reconcile", "remind_units", "manager_digest", "management_report")
    assert morning.states == dict.fromkeys(dags, "success")


def test_the_unit_that_falls_short_is_written_to_and_the_other_is_not(morning: Morning) -> None:
    mail = to(morning.mails, "hoa@example.org", "Còn thiếu 2 mũi tiêm")
    assert {str(one["To"]) for one in morning.mails if str(one["To"]) not in OFFICES} == {str(mail["To"])}
    plain = mail.get_body(("plain",))
    assert plain is not None
    said = plain.get_content()
    assert "Lê Thị Hoa" in said
    assert "Giới tính phải là Nam hoặc Nữ" in said
    (table,) = [part for part in mail.walk() if str(part.get_filename()).endswith(".xlsx")]
    content = table.get_payload(decode=True)
    assert isinstance(content, bytes)
    lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [line[:6] for line in lines if line[0] == date(2021, 8, 9)] == [[date(2021, 8, 9), "Pfizer", 1, 5, 3, 2]]


def test_the_unit_gets_a_receipt_for_the_file_with_a_row_to_correct(morning: Morning) -> None:
    mail = to(morning.mails, "hoa@example.org", "1 dòng cần sửa")
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Giới tính phải là Nam hoặc Nữ. (1)" in plain.get_content()
    assert (morning.settings.outbox / "TYT-1" / f"{LIST}.fix.csv").is_file()


def test_the_department_gets_a_digest_with_a_picture(morning: Morning) -> None:
    digest = to(morning.mails, "department@example.org")
    assert [part.get_content_type() for part in digest.walk()].count("image/png") >= 1


def test_the_management_gets_the_weekly_report_as_page_and_pdf(morning: Morning) -> None:
    weekly = to(morning.mails, "management@example.org")
    kinds = [part.get_content_type() for part in weekly.walk() if part.get_filename()]
    assert kinds.count("application/pdf") == kinds.count("text/html") == 1
    assert len(list((morning.settings.home / "reports").iterdir())) == 2


def test_the_tables_say_what_happened(morning: Morning) -> None:
    with db.open_registry(morning.settings) as engine, engine.connect() as connection:
        gaps = connection.execute(
            text("SELECT unit_code, reported, entered, shortfall, state FROM tally.entry_gap ORDER BY unit_code")
        ).all()
        uploads = connection.execute(
            text("SELECT rows_total, rows_loaded, rows_rejected FROM intake.upload WHERE kind = 'upload' ORDER BY 1")
        ).all()
    assert [tuple(row) for row in gaps] == [("BV-2", 2, 2, 0, "reported"), ("TYT-1", 5, 3, 2, "reported")]
    assert [tuple(row) for row in uploads] == [(2, 2, 0), (4, 3, 1)]


def test_nobody_s_data_is_in_airflow_s_database_or_in_any_log(morning: Morning) -> None:
    """XCom and all else that Airflow keeps of a run, and every line that its components and tasks wrote."""
    with db.open_registry(morning.settings) as engine:
        airflow = create_engine(engine.url.set(database=METADATA))
        with airflow.connect() as connection:
            kept = {table: [str(row) for row in connection.execute(text(f"SELECT * FROM {table}"))] for table in KEPT}
        airflow.dispose()
    assert any("units_short" in row for row in kept["xcom"])
    logs = {str(path): path.read_text(errors="replace") for path in (morning.settings.home / "logs").rglob("*.log")}
    assert any("remind_units" in path for path in logs)
    said = "\n".join([*logs.values(), *(row for rows in kept.values() for row in rows)]).lower()
    for row in people(1, 2, 3, 4, 11, 12):
        for column in ("Họ và tên", "CCCD", "Số điện thoại", "Ngày sinh"):
            for secret in (row[column], json.dumps(row[column]).strip('"')):
                assert secret.lower() not in said, column


def test_a_second_morning_takes_nothing_in_and_sends_nothing(morning: Morning) -> None:
    before = len(morning.mails)
    for dag_id in ("ingest_uploads", "remind_units", "manager_digest"):
        run_id = morning.airflow.trigger(dag_id, {"as_of": AS_OF})
        assert morning.airflow.wait(dag_id, run_id, TIMEOUT) == "success"
    assert len(morning.mails) == before


@pytest.mark.parametrize(("name", "width"), [("phone", 390), ("desktop", 1000)])
def test_mails_fit_the_window(morning: Morning, browser: Any, name: str, width: int) -> None:
    PICTURES.mkdir(exist_ok=True)
    assert len(morning.mail_pages) == len(morning.mails) + 1  # the weekly report is attached as a page
    for number, page_file in enumerate(morning.mail_pages):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(page_file.as_uri())
        page.screenshot(path=str(PICTURES / f"mail-{number}-{name}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_airflow_shows_the_dags_to_whoever_logs_in(morning: Morning, browser: Any) -> None:
    PICTURES.mkdir(exist_ok=True)
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(morning.airflow.base_url)
    page.get_by_label("Username").fill(morning.airflow.login.user)
    page.locator("input[type=password]").fill(morning.airflow.login.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url, timeout=30_000)
    page.goto(f"{morning.airflow.base_url}/dags")
    for dag_id in morning.states:
        page.get_by_text(dag_id, exact=True).first.wait_for(timeout=30_000)
    page.screenshot(path=str(PICTURES / "airflow-dags.png"))
