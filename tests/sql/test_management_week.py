"""The week's figures against plain SQL, and page and PDF against the figures."""

import io
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from vaxtally import tally
from vaxtally.outreach.management import letter, pages, report, week
from vaxtally.outreach.words import words
from vaxtally.settings import Settings

if TYPE_CHECKING:
    from vaxtally.outreach.management.week import Standing, Week

    from .tally_town import Town

AS_OF = date(2021, 10, 11)
WEEK_AGO = AS_OF - timedelta(days=7)
DAYS = [date(2021, 9, 20) + timedelta(days=n) for n in range(20)]
SETTINGS = Settings()


@pytest.fixture
def city(town: "Town") -> "Town":
    """Five units in three districts: one catches up, one falls back, one is complete, one exceeds, one sleeps."""
    town.units("TT1", name="Trung tâm Y tế Quận 1", district_code="760", unit_type="district_health_office")
    town.units(
        "LEN", name="Trạm Y tế Tiến Bộ", district_code="760", parent_unit_code="TT1", data_officer_email="a@b.vn"
    )
    town.units("XUONG", name="Bệnh viện Đi Xuống", district_code="763", unit_type="public_hospital")
    town.units("DU", name="Phòng khám Đủ", district_code="787", unit_type="private_clinic", data_officer_email="c@d.vn")
    town.units("NGU", name="Trạm Y tế Im Lặng", district_code="787", opened_on=date(2021, 9, 1))
    for place, day in enumerate(DAYS):
        lines = [(code, day, "PFIZER", 1, 10) for code in ("TT1", "LEN", "XUONG", "DU")]
        town.apply_reports((None, day + timedelta(days=1), lines))
        soon = day + timedelta(days=1)
        town.dose("DU", day, received_on=soon, times=10)
        town.dose("TT1", day, received_on=soon, times=12)
        town.dose("LEN", day, received_on=soon, times=4)
        town.dose("LEN", day, received_on=max(soon, date(2021, 10, 8)), times=5)
        town.dose("XUONG", day, received_on=soon, times=9 if place < 10 else 2)
    return town


def read(city: "Town", as_of: date = AS_OF) -> "Week":
    tally.reconcile(city.connection, as_of, SETTINGS)
    return week.read(city.connection, as_of, SETTINGS)


def expected(city: "Town", as_of: date, where: str = "true") -> tuple[int, int]:
    """Reported and missing over due days, straight from reports and doses."""
    sql = f"""
        WITH entered AS (
            SELECT unit_code, given_on, vaccine, dose_number, count(*) AS doses FROM registry.dose
            WHERE source = 'administered' AND received_on <= :as_of GROUP BY 1, 2, 3, 4
        ), reported AS (
            SELECT DISTINCT ON (unit_code, given_on, vaccine, dose_number) * FROM stats.report
            WHERE received_on <= :as_of ORDER BY unit_code, given_on, vaccine, dose_number, revision DESC
        )
        SELECT coalesce(sum(doses_given), 0), coalesce(sum(greatest(doses_given - coalesce(doses, 0), 0)), 0)
        FROM reported LEFT JOIN entered USING (unit_code, given_on, vaccine, dose_number)
        JOIN reference.unit USING (unit_code)
        WHERE given_on + 1 < :as_of AND {where}
    """
    reported, missing = city.execute(sql, {"as_of": as_of}).one()
    return int(reported), int(missing)


def pair(standing: "Standing") -> tuple[int, int]:
    return standing.reported, standing.missing


def test_every_point_of_the_trend_is_what_was_known_on_its_day(city):
    found = read(city)
    assert [point.as_of for point in found.trend] == [AS_OF - timedelta(days=7 * n) for n in range(8, -1, -1)]
    for point in found.trend:
        assert pair(point.standing) == expected(city, point.as_of), point.as_of
    assert [pair(point.standing) for point in found.trend[:5]] == [(0, 0)] * 5, "nothing was reported yet"
    assert [point.units_short for point in found.trend[-3:]] == [2, 2, 2]


def test_units_districts_and_changes_agree_with_plain_sql(city):
    found = read(city)
    for unit in found.units:
        assert pair(unit.now) == expected(city, AS_OF, f"unit_code = '{unit.unit_code}'")
        assert pair(unit.before) == expected(city, WEEK_AGO, f"unit_code = '{unit.unit_code}'")
    where = {"760": "district_code = '760'", "769": "district_code = '763'", "787": "district_code = '787'"}
    assert {d.code: pair(d.standing) for d in found.districts} == {
        code: expected(city, AS_OF, condition) for code, condition in where.items()
    }
    assert [unit.unit_code for unit in found.short] == ["XUONG", "LEN"]
    assert [unit.unit_code for unit in found.improved] == ["LEN"]
    assert [unit.unit_code for unit in found.worsened] == ["XUONG"]
    assert [unit.unit_code for unit in found.complete] == ["DU", "TT1"]
    assert [(each.name, each.excess) for each in found.surplus] == [("Trung tâm Y tế Quận 1", 40)]
    assert all(sum(each.causes.values()) == each.excess for each in found.surplus)
    assert [silent.unit.unit_code for silent in found.city.silent] == ["NGU"]
    assert sum(unit.now.missing for unit in found.units) == found.now.missing == found.city.missing
    assert sum(found.causes.values()) == found.now.missing


def test_timeliness_is_that_of_the_doses(city):
    found = read(city)
    rows = city.execute(
        "SELECT unit_code, count(*) FILTER (WHERE received_on <= given_on + 7 AND given_on + 7 <= :as_of) AS within_7"
        " FROM registry.dose WHERE source = 'administered' GROUP BY unit_code",
        {"as_of": AS_OF},
    )
    expected = {row.unit_code: row.within_7 for row in rows}
    assert {each.unit.unit_code: each.timeliness.within_7 for each in found.timeliness} == expected
    before = {each.unit.unit_code: each.timeliness.within_7 for each in found.timeliness_before}
    assert before["XUONG"] < expected["XUONG"]


def test_a_past_week_is_told_as_it_was_then(city):
    before = read(city, WEEK_AGO)
    read(city)
    again = week.read(city.connection, WEEK_AGO, SETTINGS)
    assert (again.trend, again.units, again.districts) == (before.trend, before.units, before.districts)
    assert pair(again.now) == expected(city, WEEK_AGO) != expected(city, AS_OF)


def test_days_before_the_first_that_is_mailed_about_are_left_out(city):
    settings = SETTINGS.with_changes(mail_not_before=DAYS[10])
    found = week.read(city.connection, AS_OF, settings)
    assert pair(found.now) == expected(city, AS_OF, f"given_on >= '{DAYS[10]}'")


def test_cases_are_counted_by_the_level_they_had_that_day(city):
    rows = [("LEN", [("opened", 0, -9), ("reminded", 1, -9), ("urged", 2, -2)]),
            ("XUONG", [("opened", 0, -9), ("reminded", 1, -9), ("paused", 1, -8)]),
            ("DU", [("opened", 0, -9), ("closed", 0, -3)])]  # fmt: skip
    for code, events in rows:
        case_id = city.execute(
            'INSERT INTO outreach."case" (unit_code, opened_on, level_on, level_missing) VALUES (:code, :day, :day, 1)'
            " RETURNING case_id",
            {"code": code, "day": AS_OF - timedelta(days=9)},
        ).scalar_one()
        city.insert(
            "outreach.case_event",
            [
                {
                    "case_id": case_id,
                    "as_of": AS_OF + timedelta(days=days),
                    "event": event,
                    "level": level,
                    "missing": 7,
                }
                for event, level, days in events
            ],
        )
    found = read(city)
    assert [(each.cases, each.paused, each.missing) for each in found.cases] == [
        (0, 0, 0),
        (1, 1, 7),
        (1, 0, 7),
        (0, 0, 0),
    ]
    assert found.case_events == {"urged": 1, "closed": 1}
    before = week.read(city.connection, WEEK_AGO, SETTINGS)
    assert [each.cases for each in before.cases] == [1, 2, 0, 0]


def test_replies_mails_and_lowered_reports_of_the_week(city):
    reply = {"unit_code": "LEN", "code": "no_staff", "pause_until": AS_OF, "source": "department", "recorded_by": "Lan"}
    days = (AS_OF, AS_OF - timedelta(days=6), AS_OF - timedelta(days=7))
    city.insert("outreach.reply", [reply | {"received_on": day} for day in days])
    city.insert("outreach.reply", [reply | {"received_on": AS_OF, "code": "late", "unit_code": "XUONG"}])
    mail = {
        "unit_code": "LEN", "kind": "shortfall", "level": 1, "language": "vi", "subject": "s", "body_text": "t",
        "body_html": "h", "as_of": AS_OF, "attempts": 1, "attempted_at": "2021-10-11",
    }  # fmt: skip
    lost = {"status": "unknown", "failure": "lost", "last_error": "e", "handed_over_at": "2021-10-11"}
    refused = {"address": "nobody@b.vn", "unit_code": None, "reason": "refused", "reply": "550"}
    city.insert("outreach.refused_address", [refused])
    city.insert("outreach.message", [mail | lost | {"recipient": "a@b.vn"}])
    sent = {"status": "sent", "sent_at": "2021-10-11"}
    city.insert("outreach.message", [mail | sent | {"recipient": f"{n}@b.vn"} for n in range(3)])
    city.apply_reports(("XUONG", AS_OF - timedelta(days=5), [("XUONG", DAYS[0], "PFIZER", 1, 3)]))
    found = read(city)
    assert found.replies == (("no_staff", 2, 1), ("late", 1, 1))
    assert [(each.status, each.failure, each.mails) for each in found.mails] == [
        ("sent", None, 3),
        ("unknown", "lost", 1),
    ]
    assert [(line.unit_code, line.previous, line.doses_given) for line in found.lowered] == [("XUONG", 10, 3)]
    told = report.tell(found, "vi")
    cells = {cell for section in told.sections for table in section.tables for row in table.rows for cell in row}
    assert {"Thiếu nhân lực", "nobody@b.vn", "bị máy chủ từ chối", "Không rõ kết quả", "giảm 7 mũi, 1 ngày"} <= cells


def test_reviews_that_wait_and_those_that_wait_long(city):
    for days, settled in [(1, None), (7, None), (8, None), (3, 1), (3, -1)]:
        opened = AS_OF - timedelta(days=days)
        upload_id = city.upload("LEN", opened)
        city.execute(
            "INSERT INTO intake.row (upload_id, row_number, line, outcome, original, canonical)"
            " VALUES (:id, 1, 2, 'held', '[]', '{}')",
            {"id": upload_id},
        )
        settled_at = settled and AS_OF + timedelta(days=settled)
        city.execute(
            "INSERT INTO registry.review (rule, upload_id, row_number, opened_on, status, settled_at)"
            " VALUES ('record.same_day_dose', :id, 1, :opened, :status, CAST(CAST(:settled AS date) AS timestamptz))",
            {"id": upload_id, "opened": opened, "settled": settled_at, "status": "settled" if settled else "open"},
        )
    (waiting,) = read(city).reviews
    assert (waiting.rule, waiting.rows, waiting.long) == ("record.same_day_dose", 4, 1)
    assert waiting.oldest_on == AS_OF - timedelta(days=8)


class Page(HTMLParser):
    """The cells of a page's tables, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.fetched: list[str] = []
        self.levels: list[int] = []
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in_cell = tag == "td"
        if self._in_cell:
            self.cells.append("")
        self.fetched += [values[name] or "" for name in ("src", "href") if name in values]
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "img":
            assert values["alt"]

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.cells[-1] += data


def squeezed(text: str) -> str:
    """Without spaces: lines are broken elsewhere in a PDF."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_page_and_pdf_say_every_figure_of_the_week(city, language):
    from pypdf import PdfReader

    found = read(city)
    told = report.tell(found, language)
    cells = [cell for section in told.sections for table in section.tables for row in table.rows for cell in row]
    assert len(cells) > 80
    page = Page(pages.html(told))
    assert page.cells == cells
    assert all(address.startswith(("data:image/", "#")) for address in page.fetched)
    assert page.levels[0] == 1 and page.levels.count(1) == 1 and set(page.levels) == {1, 2, 3}
    assert f'<html lang="{language}">' in pages.html(told)
    printed = pages.pdf(told)
    assert printed == pages.pdf(told), "the same bytes each time"
    reader = PdfReader(io.BytesIO(printed))
    text = squeezed("".join(sheet.extract_text() for sheet in reader.pages))
    headline = [figure.value for figure in told.figures] + [section.title for section in told.sections]
    missing = [words for words in [*cells, *headline] if squeezed(words) not in text]
    assert missing == []
    assert squeezed(words(language)("week.page", page=1, pages=len(reader.pages))) in text
    assert {(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in reader.pages} == {(595, 842)}
    assert reader.metadata and reader.metadata.title == told.title


def test_the_headline_is_that_of_the_figures(city):
    found = read(city)
    t = words("vi")
    reported, missing = expected(city, AS_OF)
    before_reported, before_missing = expected(city, WEEK_AGO)
    ratio, missing_figure, units, reported_figure = report.tell(found, "vi").figures
    assert ratio.value == t.ratio((reported - missing) / reported)
    assert (missing_figure.value, reported_figure.value, units.value) == (t.number(missing), t.number(reported), "2")
    assert missing_figure.note == f"{t.change(missing - before_missing)} so với tuần trước"
    points = t.points((reported - missing) / reported, (before_reported - before_missing) / before_reported)
    assert ratio.note == f"{points} điểm % so với tuần trước"


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("vi", "Báo cáo tuần 23/09/2021: đã nhập 50,0%, còn thiếu 10 mũi ở 1 đơn vị"),
        ("en", "Weekly report 23 September 2021: 50.0% entered, 10 missing at 1 unit"),
    ],
)
def test_the_first_week_with_figures_is_compared_with_nothing(town, language, subject):
    town.units("U1", district_code="760")
    town.apply_reports((None, date(2021, 9, 21), [("U1", DAYS[0], "PFIZER", 1, 20)]))
    town.dose("U1", DAYS[0], received_on=date(2021, 9, 21), times=10)
    found = read(town, date(2021, 9, 23))
    told = report.tell(found, language)
    assert letter.write(found, told, "").subject == subject
    assert {figure.note for figure in told.figures} == {words(language)("week.figure_first")}


def test_a_city_of_which_nothing_is_known_has_a_report_all_the_same(town):
    found = read(town)
    told = report.tell(found, "vi")
    assert [section.name for section in told.sections if section.has_news] == ["trend", "days", "districts", "cases"]
    assert pages.pdf(told).startswith(b"%PDF")
    assert told.figures[0].value == "–"


def test_a_ranking_is_cut_and_says_by_how_much(town):
    codes = [f"U{n:03}" for n in range(14)]
    town.units(*codes, district_code="760")
    day = AS_OF - timedelta(days=3)
    town.apply_reports((None, day, [(code, day, "PFIZER", 1, 5 + n) for n, code in enumerate(codes)]))
    told = {section.name: section for section in report.tell(read(town), "vi").sections}
    most = told["ranking"].tables[0]
    assert [row[3] for row in most.rows] == [str(18 - n) for n in range(10)]
    assert (most.hidden, most.more) == (4, "và 4 dòng khác")
