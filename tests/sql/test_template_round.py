"""A template that is filled in and dropped comes back without a remark: every column, every value of every list."""

import io
from collections.abc import Callable
from datetime import date
from itertools import pairwise, zip_longest
from pathlib import Path

import openpyxl
import pytest

from vaxtally import cli
from vaxtally.intake.template import columns_of, find_unit

from ..intake_desk import FAMILIES, GIVEN, Desk
from ..template_filling import CAMPAIGN_START, LANGUAGES, WITH_OTHERS, Filling

JAN_11 = date(2022, 1, 11)
every_language = pytest.mark.parametrize("language", LANGUAGES)


def sound(number: int, filling: Filling) -> dict[str, object]:
    """Made-up person `number`, who got a first dose of Pfizer the day before."""
    male, female = filling.choices("sex")
    return {
        "full_name": f"{FAMILIES[number % 7]} {GIVEN[number % 9]}",
        "sex": female if number % 2 else male,
        "birth_date": f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/1980",
        "national_id": f"079{number % 2}80{number + 100_000:06d}",
        "vaccine": "Pfizer",
        "lot_number": "FF0884",
        "dose_number": "1",
        "given_on": "10/01/2022",
    }


def booster(number: int, filling: Filling, vaccine: str) -> dict[str, object]:
    """A fourth dose after a third one given elsewhere: past every primary series, so that any vaccine may be first."""
    declared = {"declared_dose_number": "3", "declared_vaccine": vaccine, "declared_given_on": "01/07/2021"}
    return {**sound(number, filling), **declared, "dose_number": "4", "declared_place": "Bệnh viện ở Bình Dương"}


def every_choice(filling: Filling) -> list[dict[str, object]]:
    """Rows in which each value of each list stands at least once."""
    rows: list[dict[str, object]] = []

    def add(**changes: object) -> None:
        rows.append({**sound(len(rows), filling), **changes})

    for vaccine in filling.choices("vaccine"):
        add(vaccine=vaccine)
    for district, unit_code in zip_longest(filling.choices("district"), filling.choices("unit_code")):
        add(district=district, unit_code=unit_code)
    add(action=filling.choices("action")[0])
    rows += [booster(len(rows) + n, filling, name) for n, name in enumerate(filling.choices("declared_vaccine"))]
    numbers = filling.choices("dose_number")
    for earlier, later in pairwise(numbers):
        assert earlier in filling.choices("declared_dose_number")
        rows.append({**booster(len(rows), filling, "Pfizer"), "declared_dose_number": earlier, "dose_number": later})
    return rows


@every_language
def test_every_value_of_every_list_loads_without_a_remark(desk: Desk, language: str) -> None:
    filling = Filling.of(language=language)
    rows = every_choice(filling)
    filling.write(rows)
    desk.put("list.xlsx", filling.save())
    desk.run(JAN_11)
    answer = desk.answer("list.xlsx")
    assert answer.lines == []
    assert answer.outcomes == {"loaded": len(rows)}


@every_language
def test_the_example_of_every_column_loads_without_a_remark(desk: Desk, language: str) -> None:
    filling = Filling.of(language=language)
    columns = columns_of("upload", language, WITH_OTHERS, CAMPAIGN_START)
    filling.write([{column.field: column.example for column in columns}])
    desk.put("list.xlsx", filling.save())
    desk.run(date(2021, 9, 8))
    answer = desk.answer("list.xlsx")
    assert answer.lines == []
    assert answer.outcomes == {"loaded": 1}


@every_language
def test_every_value_of_a_report_loads_without_a_remark(desk: Desk, language: str) -> None:
    filling = Filling.of(kind="report", language=language)
    columns = columns_of("report", language, WITH_OTHERS, CAMPAIGN_START)
    rows: list[dict[str, object]] = [{column.field: column.example for column in columns}]
    rows += [
        {"given_on": "09/01/2022", "vaccine": vaccine, "dose_number": number, "doses_given": 3, "unit_code": unit}
        for vaccine in filling.choices("vaccine")
        for number in filling.choices("dose_number")
        for unit in filling.choices("unit_code")
    ]
    rows.append({"given_on": "08/01/2022", "doses_given": 0})
    filling.write(rows)
    desk.put("report.xlsx", filling.save(), kind="reports")
    desk.run(JAN_11)
    answer = desk.answer("report.xlsx", "HOC-1/reports")
    assert answer.lines == []
    assert answer.outcomes == {"loaded": len(rows)}


@pytest.mark.parametrize("kind", ["uploads", "reports"])
def test_an_empty_template_sent_back_is_empty(desk: Desk, kind: str) -> None:
    desk.put("list.xlsx", Filling.of(kind="report" if kind == "reports" else "upload").save(), kind=kind)
    desk.run()
    assert desk.statuses() == [("list.xlsx", "empty")]


@every_language
def test_the_fix_file_of_a_template_goes_round(desk: Desk, language: str) -> None:
    filling = Filling.of(language=language)
    good, wrong, unknown = (sound(number, filling) for number in range(3))
    filling.write([good, {**wrong, "birth_date": "31/02/1980"}, {**unknown, "vaccine": "Nanocovax"}])
    desk.put("list.xlsx", filling.save())
    desk.run(JAN_11)
    assert desk.answer("list.xlsx").outcomes == {"loaded": 1, "rejected": 2}
    fix = openpyxl.load_workbook(desk.outbox / "HOC-1" / "list.xlsx.fix.xlsx")
    (sheet,) = fix.worksheets
    assert [cell.value for cell in sheet[1]][: len(filling.headers)] == filling.headers
    sheet.cell(2, filling.fields["birth_date"], str(wrong["birth_date"]))
    sheet.cell(3, filling.fields["vaccine"], str(unknown["vaccine"]))
    target = io.BytesIO()
    fix.save(target)
    desk.put("corrected.xlsx", target.getvalue())
    desk.run(JAN_11)
    answer = desk.answer("corrected.xlsx")
    assert answer.outcomes == {"loaded": 2}
    assert answer.lines == []
    assert desk.query("SELECT count(*) FROM intake.row WHERE closed_at IS NULL") == [(0,)]


def test_lists_follow_the_unit_list(desk: Desk) -> None:
    desk.run()
    unit = find_unit(desk.engine, "HOC-1")
    assert (unit.name, unit.language, unit.codes) == ("Trạm Y tế HOC-1", "vi", ("HOC-1", "HOC-1A"))
    desk.execute("UPDATE reference.unit SET closed_on = '2021-08-01' WHERE unit_code = 'HOC-1A'")
    assert find_unit(desk.engine, "HOC-1").codes == ("HOC-1",)


@pytest.fixture
def template(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """`vaxtally template …` with the desk's registry; the exit code."""
    desk.run()
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", desk.url)

    def run(*arguments: str) -> int:
        try:
            return cli.main(["template", *arguments])
        except SystemExit as stop:
            return int(str(stop.code))

    return run


def test_the_command_writes_the_template_in_the_units_language(
    template: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "list.xlsx"
    assert template("--unit", "HOC-2", "--out", str(path)) == 0
    assert capsys.readouterr().out.strip() == str(path)
    assert "Full name *" in Filling(path.read_bytes()).headers
    assert template("--unit", "HOC-2", "--language", "vi", "--out", str(path)) == 0
    assert "Họ và tên *" in Filling(path.read_bytes()).headers
    assert template("--unit", "HOC-2", "--report", "--out", str(path)) == 0
    assert "Doses given *" in Filling(path.read_bytes(), "report").headers
    assert [each.name for each in tmp_path.iterdir() if "list" in each.name] == ["list.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--unit", "NOBODY", "--out", "{folder}/list.xlsx"), "Unit NOBODY is not on the list of units."),
        (("--unit", "HOC-1", "--out", "{folder}/no/such/list.xlsx"), "cannot be written"),
        (("--unit", "HOC-1", "--out", "{folder}/home"), ".xlsx"),
        (("--unit", "HOC-1", "--out", "{folder}/folder.xlsx"), "cannot be written"),
        (("--unit", "HOC-1", "--out", "{folder}/list.csv"), ".xlsx"),
        (("--unit", "HOC-1", "--language", "fr", "--out", "{folder}/list.xlsx"), "vi, en"),
        (("--unit", "HOC-1"), "--out"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(
    template: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    capsys.readouterr()
    assert template(*(argument.format(folder=tmp_path) for argument in arguments)) == 2
    assert says.replace(", ", "") in capsys.readouterr().err.replace("'", "").replace(", ", "")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "list" in path.name]
