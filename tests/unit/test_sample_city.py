"""The made-up city agrees with its answer key, and is the same each time."""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from vaxtally import reference
from vaxtally.errors import UsageError
from vaxtally.sample import CitySummary, write_city
from vaxtally.text import fold

RECORD_RULES = {
    "record.duplicate_in_file", "record.duplicate", "record.identity_conflict", "record.same_dose_other_unit",
    "record.same_day_dose", "record.dose_repeated", "record.dose_order", "record.interval_short", "record.series_mixed",
    "record.dose_missing_before", "record.stale", "record.voided_before", "record.record_id_reused",
    "record.unknown_target",
}  # fmt: skip
FILE_RULES = {"file.mostly_rejected", "file.header_missing", "file.unit_unknown", "file.empty", "file.unreadable"}
NAME_HEADERS = {fold(text) for text in ("Họ và tên", "Họ tên", "full_name", "Mã bản ghi")}
REPORT_HEADERS = {fold(text) for text in ("Số mũi tiêm", "doses_given")}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CitySummary:
    return write_city(tmp_path_factory.mktemp("sample") / "city")


@pytest.fixture(scope="module")
def truth(city: CitySummary) -> dict[str, list[dict[str, str]]]:
    """Lines of truth.csv by file."""
    by_file = defaultdict(list)
    for line in _lines(city.folder / "truth.csv"):
        by_file[line["file"]].append(line)
    return by_file


@pytest.fixture(scope="module")
def files(city: CitySummary) -> list[dict[str, str]]:
    return _lines(city.folder / "truth_files.csv")


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _table(path: Path) -> list[list[str]]:
    """Every row of a list as text, title rows and header included."""
    if path.suffix == ".xlsx":
        from python_calamine import CalamineWorkbook

        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
        return [[str(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    text = path.read_text(encoding="utf-8-sig")
    delimiter = max(";,\t", key=max(text.splitlines()[:5], key=len).count)
    return list(csv.reader(text.splitlines(), delimiter=delimiter))


def _data_rows(path: Path, header_words: set[str]) -> list[list[str]]:
    table = _table(path)
    header = next(place for place, row in enumerate(table) if header_words & {fold(cell) for cell in row})
    return table[header + 1 :]


def test_the_key_has_a_line_for_every_data_row(city: CitySummary, truth: dict, files: list[dict[str, str]]) -> None:
    for file in files:
        expected = len(truth.get(file["file"], ()))
        assert int(file["rows_total"]) == expected
        if expected:
            words = NAME_HEADERS if file["kind"] == "upload" else REPORT_HEADERS
            assert len(_data_rows(city.folder / file["file"], words)) == expected, file["file"]
            assert sorted(int(line["row_number"]) for line in truth[file["file"]]) == list(range(1, expected + 1))
    assert set(truth) <= {file["file"] for file in files}


def test_the_key_names_every_file_there_is(city: CitySummary, files: list[dict[str, str]]) -> None:
    key = {"units.csv", "truth.csv", "truth_files.csv", "truth_gaps.csv"}
    there = {path.relative_to(city.folder).as_posix() for path in city.folder.rglob("*") if path.is_file()}
    assert there - key == {file["file"] for file in files}


def test_every_row_record_and_report_rule_is_planted(truth: dict, files: list[dict[str, str]]) -> None:
    planted = {rule for lines in truth.values() for line in lines for rule in line["rules"].split(";") if rule}
    wanted = {code for code, rule in reference.rules().items() if rule.level in ("row", "report")}
    assert wanted | RECORD_RULES <= planted
    assert {file["rules"] for file in files} - {""} == FILE_RULES
    assert {file["status"] for file in files} == {"loaded", "quarantined", "empty", "repeated"}


def test_a_row_has_the_outcome_of_its_worst_rule(truth: dict) -> None:
    order = ("loaded", "duplicate", "held", "rejected")
    done = ("updated", "voided")
    for lines in truth.values():
        for line in lines:
            rules = [reference.rules()[rule] for rule in line["rules"].split(";") if rule]
            consequences = ["rejected" if rule.consequence == "quarantined" else rule.consequence for rule in rules]
            worst = max(consequences, key=order.index, default="loaded")
            assert line["outcome"] == worst or (line["outcome"] in done and worst == "loaded")


def test_one_file_only_is_mostly_rejected(truth: dict, files: list[dict[str, str]]) -> None:
    refused = [file["file"] for file in files if file["rules"] == "file.mostly_rejected"]
    assert len(refused) == 1
    for name, lines in truth.items():
        by_rules = sum(line["outcome"] == "rejected" and "file.mostly_rejected" not in line["rules"] for line in lines)
        if "/uploads/" in name and len(lines) >= 20:
            assert (by_rules / len(lines) > 0.5) == (name in refused), name


def test_the_gaps_add_up(city: CitySummary, truth: dict) -> None:
    gaps = _lines(city.folder / "truth_gaps.csv")
    outcomes = Counter(line["outcome"] for name, lines in truth.items() if "/uploads/" in name for line in lines)
    assert sum(int(gap["entered"]) for gap in gaps) == outcomes["loaded"] - outcomes["voided"]
    for gap in gaps:
        entered, reported = int(gap["entered"]), gap["reported"]
        difference = int(reported) - entered if reported else 0
        assert (int(gap["shortfall"]), int(gap["surplus"])) == (max(difference, 0), max(-difference, 0))
        assert (reported == "") == (gap["state"] == "no_report")
    assert {gap["state"] for gap in gaps} == {"reported", "no_report", "nil_report"}
    assert len({(gap["unit_code"], gap["given_on"], gap["vaccine"], gap["dose_number"]) for gap in gaps}) == len(gaps)


def test_units_fall_short_or_over_as_planted(city: CitySummary) -> None:
    reported, entered = Counter(), Counter()
    for gap in _lines(city.folder / "truth_gaps.csv"):
        if gap["state"] == "reported":
            reported[gap["unit_code"]] += int(gap["reported"])
            entered[gap["unit_code"]] += int(gap["entered"])
    ratios = sorted(entered[unit] / reported[unit] for unit in reported)
    assert ratios[0] == 0
    assert ratios[-1] > 1.1
    assert sum(ratio < 0.9 for ratio in ratios) > 10
    assert sum(0.95 < ratio <= 1 for ratio in ratios) > 10


def test_the_unit_list_is_sound(city: CitySummary) -> None:
    units = {unit["unit_code"]: unit for unit in _lines(city.folder / "units.csv")}
    assert len(units) == city.units == 40
    assert {unit["unit_type"] for unit in units.values()} == {
        "public_hospital", "private_hospital", "cdc", "health_centre", "district_health_office", "private_clinic",
    }  # fmt: skip
    for unit in units.values():
        if unit["unit_type"] == "health_centre":
            assert units[unit["parent_unit_code"]]["unit_type"] == "district_health_office"
        assert unit["district_code"] in {district.code for district in reference.districts()}
    closed = [code for code, unit in units.items() if unit["closed_on"]]
    assert len(closed) == 1
    assert not (city.folder / closed[0]).exists()
    assert len([unit for unit in units.values() if not unit["data_officer_email"] and not unit["head_email"]]) == 1
    assert {unit["language"] for unit in units.values()} == {"vi", "en"}


def test_lists_are_applied_in_an_order_that_hangs_on_no_name(city: CitySummary) -> None:
    for pattern in ("*/uploads/*", "**/reports/*"):
        times = [int(path.stat().st_mtime) for path in city.folder.glob(pattern)]
        assert len(set(times)) == len(times)


def test_workbooks_and_separated_text_of_several_kinds(city: CitySummary) -> None:
    lists = list(city.folder.glob("*/uploads/*"))
    assert {path.suffix for path in lists} == {".csv", ".txt", ".xlsx"}
    starts = {path.read_bytes()[:3] == b"\xef\xbb\xbf" for path in lists if path.suffix == ".csv"}
    assert starts == {True, False}


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name, seed in (("first", 7), ("again", 7), ("other", 8)):
        write_city(tmp_path / name, units=14, rows=900, days=9, seed=seed, dirty=0.1)
        folder = tmp_path / name
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        contents.append({str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime) for p in paths})
    without_key = [{k: v[0] if k.startswith(("truth", "units")) else v for k, v in c.items()} for c in contents]
    assert without_key[0] == without_key[1]
    assert without_key[0] != without_key[2]


def test_a_clean_city_has_no_remark_but_late_entries(tmp_path: Path) -> None:
    city = write_city(tmp_path / "city", units=12, rows=1_500, dirty=0)
    assert city.outcomes == {"loaded": 1_500}
    assert set(city.rules) == {"given_on.late_entry"}
    assert {file["status"] for file in _lines(city.folder / "truth_files.csv")} == {"loaded"}


def test_late_entries_hang_on_the_day_of_receipt(tmp_path: Path) -> None:
    last = date(2021, 9, 19)
    soon = write_city(tmp_path / "soon", units=6, rows=300, days=5, dirty=0, received_on=last)
    late = write_city(tmp_path / "late", units=6, rows=300, days=5, dirty=0, received_on=last + timedelta(days=30))
    assert soon.rules["given_on.late_entry"] == 30  # the first doses of the people who have both
    assert late.rules["given_on.late_entry"] == 300


@pytest.mark.parametrize("units", [2, 3, 9])
def test_small_cities_leave_out_parts(tmp_path: Path, units: int) -> None:
    city = write_city(tmp_path / "city", units=units, rows=60, days=3, dirty=0.2)
    assert city.units == units
    assert city.upload_rows >= 60


def test_arguments_that_make_no_city_are_refused(tmp_path: Path) -> None:
    (tmp_path / "units.csv").touch()
    with pytest.raises(UsageError, match="empty"):
        write_city(tmp_path)
    with pytest.raises(UsageError, match="begins"):
        write_city(tmp_path / "early", end_on=date(2021, 3, 20))
    with pytest.raises(UsageError, match="between 0 and 1"):
        write_city(tmp_path / "dirtier", dirty=1.5)
    with pytest.raises(UsageError, match="two units"):
        write_city(tmp_path / "tiny", units=1)


def test_the_summary_says_how_to_take_the_city_in(city: CitySummary) -> None:
    assert str(city).endswith(f"vaxtally run --inbox {city.folder} --as-of {city.received_on}")
    assert f"{city.upload_rows:,} rows in {city.upload_files} vaccination files" in str(city)
