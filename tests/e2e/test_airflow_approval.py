"""An urgent dispatch from proposal to the Department's inbox: Airflow asks a person, real SMTP takes what was approved.

The page that is shown is looked at in Chromium where one is found; the picture stays in `test-output/`.
"""

import json
import os
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import text

from vaxtally import db, embedded_postgres, outreach, paths, stack
from vaxtally.outreach import replies, sink
from vaxtally.settings import Settings
from vaxtally.stack import Stack, StackError

from ..sql.tally_town import Town

PICTURES = paths.ROOT / "test-output"
TIMEOUT = 180
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
GIVEN, REPORTED = date(2021, 10, 1), date(2021, 10, 2)
# Reminded, urged, proposed.
DAYS = (date(2021, 10, 3), date(2021, 10, 6), date(2021, 10, 12))
AS_OF = {"as_of": DAYS[-1].isoformat()}
UNITS = {
    "BV-1": ("Bệnh viện Quận 1 | *Cơ sở 2* {{ 7 * 7 }}", 1200),
    "TYT-2": ("Trạm Y tế Phường 2", 310),
    "TYT-3": ("Trạm Y tế Phường 3 <b>", 45),
}


@dataclass(frozen=True)
class Decided:
    """What one run asked, and what came of the answer."""

    airflow: Stack
    settings: Settings
    run_id: str
    question: dict[str, Any]
    state: str
    before: int
    mails: list[EmailMessage]
    letters: dict[str, tuple[int, bytes]]
    picture: bytes | None


def fill(settings: Settings) -> None:
    """Three units that enter nothing; the first answers, the last has no address."""
    with db.open_registry(settings) as engine:
        with engine.begin() as connection:
            town = Town(connection)
            for code, (name, doses) in UNITS.items():
                address = None if code == "TYT-3" else f"{code.lower()}@example.org"
                town.units(code, name=name, data_officer_email=address, head_email=address)
                town.apply_reports((None, REPORTED, [(code, GIVEN, "PFIZER", 1, doses)]))
        for day in DAYS:
            outreach.remind_units(engine, day, settings)
            if day == DAYS[0]:
                replies.record_call(engine, settings, "BV-1", "no_staff", date(2021, 10, 4), "BS. Hoa", 0)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decided]:
    folder = tmp_path_factory.mktemp("approval")
    with sink.running(folder / "mails") as server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("VAXTALLY_")} | {
            "VAXTALLY_HOME": str(folder / "home"),
            "VAXTALLY_MAIL_URL": server.url,
            "VAXTALLY_MAIL_FROM": "vaxtally@example.org",
            "VAXTALLY_ESCALATION_TO": "department@example.org",
            "VAXTALLY_TIMETABLES": "off",
        }
        settings = Settings.from_environment(environment)
        with stack.running(folder / "home", environment) as airflow:
            fill(settings)
            before = len(server.mails)
            run_id = airflow.trigger("escalate_units", AS_OF)
            [question] = airflow.questions("escalate_units", run_id, TIMEOUT)
            picture = photograph(airflow, question)
            letters = {who: read_letter(airflow, question, who) for who in ("admin", "nobody")}
            airflow.answer(question, ["TYT-2"])
            state = airflow.wait("escalate_units", run_id, TIMEOUT)
            yield Decided(airflow, settings, run_id, question, state, before, server.mails, letters, picture)
    embedded_postgres.remove(folder / "home")


def read_letter(airflow: Stack, question: dict[str, Any], who: str) -> tuple[int, bytes]:
    """Status and content of the first letter that the page links to, for the admin or for whoever does not log in."""
    found = re.search(r"\]\((/vaxtally/letters/\d+)\)", question["body"])
    assert found
    request = urllib.request.Request(airflow.base_url + found[1])
    if who == "admin":
        login = {"username": airflow.login.user, "password": airflow.login.password}
        body = json.dumps(login).encode()
        ask = urllib.request.Request(
            f"{airflow.base_url}/auth/token", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(ask, timeout=60) as answer:
            request.add_header("Authorization", f"Bearer {json.load(answer)['access_token']}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def photograph(airflow: Stack, question: dict[str, Any]) -> bytes | None:
    """The page that waits for an answer, as the person sees it who opens it."""
    if CHROMIUM is None:
        return None
    from playwright.sync_api import sync_playwright

    task = question["task_instance"]
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = chromium.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(airflow.base_url)
        page.get_by_label("Username").fill(airflow.login.user)
        page.locator("input[type=password]").fill(airflow.login.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url, timeout=30_000)
        page.goto(
            f"{airflow.base_url}/dags/escalate_units/runs/{task['dag_run_id']}/tasks/{task['task_id']}"
            f"/mapped/{task['map_index']}/required_actions"
        )
        page.get_by_text("Trạm Y tế Phường 2").first.wait_for(timeout=30_000)
        PICTURES.mkdir(exist_ok=True)
        picture = page.screenshot(path=str(PICTURES / "airflow-approval.png"), full_page=True)
        chromium.close()
    return picture


def to_the_department(decided: Decided) -> list[EmailMessage]:
    mails = decided.mails[decided.before :]
    assert all("department@example.org" in str(mail["To"]) for mail in mails)
    return mails


def test_the_page_shows_each_unit_with_its_figures_and_asks_for_each(decided: Decided) -> None:
    assert decided.question["options"] == ["BV-1", "TYT-2", "TYT-3", "Không duyệt đơn vị nào"]
    assert decided.question["multiple"] is True
    assert decided.question["subject"] == "3 công văn khẩn chờ duyệt đến hết ngày 13/10/2021"
    rows = [line.split(" | ") for line in decided.question["body"].splitlines() if line.startswith("| ")][2:]
    assert [row[2:8] for row in rows] == [
        ["1.200", "1", "01/10/2021", "03/10/2021", "thiếu nhân lực, 04/10/2021", "–"],
        ["310", "1", "01/10/2021", "03/10/2021", "–", "–"],
        ["45", "1", "01/10/2021", "03/10/2021", "–", "không có địa chỉ thư"],
    ]
    assert r"\| \*Cơ sở 2\* \{\{ 7 \* 7 \}\}" in decided.question["body"]
    letters = decided.settings.home / "letters" / "2021-10-12"
    assert f"`{letters}`" in decided.question["body"]
    assert sorted(file.name for file in letters.iterdir()) == [
        f"cong-van-khan-{code}-20211012.pdf" for code in sorted(UNITS)
    ]


def test_a_letter_is_read_from_the_page_by_whoever_may_see_it(decided: Decided) -> None:
    file = decided.settings.home / "letters" / "2021-10-12" / "cong-van-khan-BV-1-20211012.pdf"
    assert decided.letters["admin"] == (200, file.read_bytes())
    status, content = decided.letters["nobody"]
    assert status == 401
    assert b"%PDF" not in content


def test_exactly_the_approved_unit_s_letter_arrives_at_the_department(decided: Decided) -> None:
    assert decided.state == "success"
    [mail] = to_the_department(decided)
    assert str(mail["Subject"]) == "Công văn khẩn đã duyệt, chờ ký: còn thiếu 310 mũi, 1 ngày — Trạm Y tế Phường 2"
    [letter] = list(mail.iter_attachments())
    assert (letter.get_content_type(), letter.get_filename()) == (
        "application/pdf",
        "cong-van-khan-TYT-2-20211012.pdf",
    )
    file = decided.settings.home / "letters" / "2021-10-12" / "cong-van-khan-TYT-2-20211012.pdf"
    assert letter.get_content() == file.read_bytes()
    with db.open_registry(decided.settings) as engine, engine.connect() as connection:
        rows = connection.execute(
            text(
                'SELECT unit_code, level, status, decided_by FROM outreach.escalation JOIN outreach."case"'
                " USING (case_id) ORDER BY unit_code"
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        ("BV-1", 2, "dropped", "admin"),
        ("TYT-2", 3, "approved", "admin"),
        ("TYT-3", 2, "dropped", "admin"),
    ]


def test_a_second_answer_is_refused_and_a_second_run_asks_nothing(decided: Decided) -> None:
    with pytest.raises(StackError, match="409"):
        decided.airflow.answer(decided.question, ["BV-1"])
    run_id = decided.airflow.trigger("escalate_units", AS_OF)
    assert decided.airflow.questions("escalate_units", run_id, TIMEOUT) == []
    assert len(to_the_department(decided)) == 1


def test_the_page_is_there_to_look_at(decided: Decided) -> None:
    if decided.picture is None:
        pytest.skip("no Chromium on this machine")
    assert len(decided.picture) > 20_000
