"""Report lines become revisions: numbering, nil reports, remarks, and a batch equal to its files one by one."""

import statistics
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAY = date(2021, 8, 1)
NEXT = date(2021, 8, 2)


def figures(town: Any, key_columns: str = "vaccine, dose_number") -> list[tuple[Any, ...]]:
    """Every revision in the order stored."""
    sql = f"SELECT {key_columns}, doses_given, revision, source, nil FROM stats.report ORDER BY report_id"
    return [tuple(row) for row in town.execute(sql)]


def current(town: Any) -> dict[tuple[Any, ...], tuple[int, bool]]:
    rows = town.execute("SELECT * FROM stats.current_report")
    return {(r.unit_code, r.given_on, r.vaccine, r.dose_number): (r.doses_given, r.nil_in_force) for r in rows}


def test_figures_are_revised_by_whoever_sent_last(town):
    town.units("H1")
    town.apply_reports(("H1", NEXT, [("H1", DAY, "PFIZER", 1, 30)]))
    town.apply_reports((None, NEXT, [("H1", DAY, "PFIZER", 1, 35), ("H1", DAY, "AZ", 1, 4)]))
    town.apply_reports(("H1", NEXT, [("H1", DAY, "PFIZER", 1, 40)]))
    assert figures(town) == [
        ("PFIZER", 1, 30, 1, "unit", False),
        ("PFIZER", 1, 35, 2, "department", False),
        ("AZ", 1, 4, 1, "department", False),
        ("PFIZER", 1, 40, 3, "unit", False),
    ]
    assert current(town) == {("H1", DAY, "PFIZER", 1): (40, False), ("H1", DAY, "AZ", 1): (4, False)}


def test_received_is_what_the_upload_says(town):
    town.units("H1")
    town.apply_reports(("H1", NEXT, [("H1", DAY, "AZ", 2, 3)]))
    sql = "SELECT r.received_on = u.received_on AND r.received_at = u.received_at, r.row_number FROM stats.report AS r"
    assert tuple(town.execute(sql + " JOIN intake.upload AS u USING (upload_id)").one()) == (True, 1)


def test_an_equal_figure_of_the_same_source_is_loaded_and_no_revision(town):
    town.units("H1")
    for _ in range(2):
        town.apply_reports(("H1", NEXT, [("H1", DAY, "AZ", 1, 30)]))
        assert town.outcomes == ["loaded"]
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, 30)]))
    assert figures(town) == [("AZ", 1, 30, 1, "unit", False), ("AZ", 1, 30, 2, "department", False)]


def test_decided_lines_are_left_alone(town):
    town.units("H1")
    town.apply_reports()
    assert figures(town) == []
    from vaxtally import db

    db.run_script(town.connection, db.statement("intake/batch_report_row/create"))
    sql = """
        INSERT INTO batch_report_row (
            shard, upload_id, row_number, line, original, received_on, unit_code, given_on, vaccine, dose_number,
            doses_given, seq, outcome
        ) VALUES (1, 1, 1, 1, '', '2021-08-02', 'H1', '2021-08-01', 'AZ', 1, 5, 1, :outcome)
    """
    town.execute(sql, {"outcome": "duplicate"})
    from vaxtally import stats

    stats.apply(town.connection)
    assert town.execute("SELECT outcome FROM batch_report_row").scalar_one() == "duplicate"
    assert figures(town) == []


def test_nil_takes_every_figure_of_its_day_to_zero_and_stands_as_its_own_line(town):
    town.units("H1", "H2")
    lines = [("H1", DAY, "AZ", 1, 5), ("H1", DAY, "PFIZER", 2, 6), ("H1", NEXT, "AZ", 1, 7), ("H2", DAY, "AZ", 1, 8)]
    town.apply_reports((None, NEXT, lines))
    town.apply_reports(("H1", NEXT, [("H1", DAY, None, None, 0)]))
    assert figures(town)[4:] == [
        (None, None, 0, 1, "unit", True),
        ("AZ", 1, 0, 2, "unit", True),
        ("PFIZER", 2, 0, 2, "unit", True),
    ]
    assert current(town) == {
        ("H1", DAY, None, None): (0, True),
        ("H1", DAY, "AZ", 1): (0, True),
        ("H1", DAY, "PFIZER", 2): (0, True),
        ("H1", NEXT, "AZ", 1): (7, False),
        ("H2", DAY, "AZ", 1): (8, False),
    }


def test_a_positive_line_ends_a_nil_and_a_zero_does_not(town):
    town.units("H1")
    town.apply_reports(("H1", NEXT, [("H1", DAY, None, None, 0)]))
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, 0)]))
    assert current(town) == {("H1", DAY, None, None): (0, True), ("H1", DAY, "AZ", 1): (0, True)}
    town.apply_reports((None, NEXT, [("H1", DAY, "PFIZER", 1, 9)]))
    assert current(town) == {("H1", DAY, "AZ", 1): (0, False), ("H1", DAY, "PFIZER", 1): (9, False)}
    # also where the figure that ended it is taken back later
    town.apply_reports((None, NEXT, [("H1", DAY, "PFIZER", 1, 0)]))
    assert current(town) == {("H1", DAY, "AZ", 1): (0, False), ("H1", DAY, "PFIZER", 1): (0, False)}


def test_a_nil_in_force_is_stored_once_and_again_after_it_ended(town):
    town.units("H1")
    nil, positive = ("H1", DAY, None, None, 0), ("H1", DAY, "AZ", 1, 9)
    for line in (nil, nil, positive, nil):
        town.apply_reports(("H1", NEXT, [line]))
    assert figures(town) == [
        (None, None, 0, 1, "unit", True),
        ("AZ", 1, 9, 1, "unit", False),
        (None, None, 0, 2, "unit", True),
        ("AZ", 1, 0, 2, "unit", True),
    ]


def test_nil_is_nil_whatever_its_dose_number_says(town):
    town.units("H1")
    town.apply_reports(("H1", NEXT, [("H1", DAY, None, 1, 0)]))
    assert figures(town) == [(None, None, 0, 1, "unit", True)]


def test_zero_of_a_vaccine_without_dose_number_speaks_for_the_doses_its_file_does_not_name(town):
    town.units("H1")
    before = [("H1", DAY, "AZ", 1, 5), ("H1", DAY, "AZ", 2, 6), ("H1", DAY, "PFIZER", 1, 7)]
    town.apply_reports(("H1", NEXT, before))
    town.apply_reports(("H1", NEXT, [("H1", DAY, "AZ", 2, 4), ("H1", DAY, "AZ", None, 0)]))
    assert town.outcomes == ["loaded", "loaded"]
    assert current(town) == {
        ("H1", DAY, "AZ", 1): (0, False),
        ("H1", DAY, "AZ", 2): (4, False),
        ("H1", DAY, "PFIZER", 1): (7, False),
    }


def test_a_unit_reports_on_itself_and_below_and_on_nobody_else(town):
    town.units("Q1", "H2")
    town.units("H1", parent_unit_code="Q1")
    town.units("H11", parent_unit_code="H1")
    line = lambda unit: (unit, DAY, "AZ", 1, 5)  # noqa: E731
    town.apply_reports(("Q1", NEXT, [line("Q1"), line("H1"), line("H11"), line("H2")]), ("H1", NEXT, [line("Q1")]))
    assert town.outcomes == ["loaded", "loaded", "loaded", "rejected", "rejected"]
    assert town.issues == [(4, "unit.mismatch", "H2", None), (5, "unit.mismatch", "Q1", None)]
    town.apply_reports((None, NEXT, [line("H2")]))
    assert town.outcomes == ["loaded"]
    assert {key[0] for key in current(town)} == {"Q1", "H1", "H11", "H2"}


def test_lowered_is_remarked_for_the_unit_only(town):
    town.units("H1")
    town.apply_reports(("H1", NEXT, [("H1", DAY, "AZ", 1, 30), ("H1", DAY, "AZ", 2, 20)]))
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, 25)]))
    assert town.issues == []
    town.apply_reports(("H1", NEXT, [("H1", DAY, "AZ", 1, 24), ("H1", DAY, "AZ", 2, 21)]))
    assert town.issues == [(1, "report.lowered", "24", "25")]
    town.apply_reports(("H1", NEXT, [("H1", DAY, None, None, 0)]))
    assert town.issues == [(1, "report.lowered", "0", "45")]


# history of the days before DAY → total → is it an outlier?
OUTLIERS = [
    ([], 10_000, False),
    ([], 10_001, True),
    ([20] * 6, 500, False),  # too few days
    ([20] * 7, 70, False),  # 20 + 5 x 10
    ([20] * 7, 71, True),
    ([200] * 7, 300, False),  # 200 + 5 x 10 % of 200
    ([200] * 7, 301, True),
    ([100, 120, 140, 160, 180, 200, 220], 360, False),  # median 160, MAD 40
    ([100, 120, 140, 160, 180, 200, 220], 361, True),
    ([20] * 7 + [0] * 10, 71, True),  # days without vaccinations do not count
    ([0] * 7, 500, False),
    ([20] * 27 + [500], 71, True),
]


@pytest.mark.parametrize(("history", "total", "is_outlier"), OUTLIERS)
def test_outlier(town, history: Sequence[int], total: int, is_outlier: bool):
    town.units("H1")
    past = [("H1", DAY - timedelta(days=n), "AZ", 1, doses) for n, doses in enumerate(history, 1)]
    town.apply_reports((None, DAY, past))
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, total - 1), ("H1", DAY, "PFIZER", 1, 1)]))
    marked = [seq for seq, rule, *_ in town.issues if rule == "report.outlier"]
    assert marked == ([1, 2] if is_outlier else [])


def test_outlier_looks_28_days_back_and_at_the_same_unit(town):
    town.units("H1", "H2")
    old = [("H1", DAY - timedelta(days=n), "AZ", 1, 20) for n in range(23, 30)]
    other = [("H2", DAY - timedelta(days=n), "AZ", 1, 20) for n in range(1, 9)]
    town.apply_reports((None, DAY, old + other))
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, 500)]))
    assert town.issues == []
    town.apply_reports((None, NEXT, [("H1", DAY - timedelta(days=1), "AZ", 1, 20)]))
    town.apply_reports((None, NEXT, [("H1", DAY, "AZ", 1, 500)]))
    assert [issue[1] for issue in town.issues] == ["report.outlier"]


# --- a batch against its files one by one, and both against the words of the contract -------------------------------

UNITS = ("H1", "H2")
DAYS = (DAY, NEXT)
VACCINES = ("AZ", "PFIZER")


@st.composite
def report_files(draw: st.DrawFn) -> tuple[str | None, date, list[tuple[Any, ...]]]:
    """One file without contradictions: each key once, and no positive line beside a nil line."""
    sender = draw(st.sampled_from([None, "H1"]))
    units = [sender] if sender else list(UNITS)
    key = st.tuples(st.sampled_from(units), st.sampled_from(DAYS), st.sampled_from(VACCINES), st.sampled_from([1, 2]))
    counts = draw(st.dictionaries(key, st.sampled_from([0, 3, 30, 300]), max_size=5))
    lines: list[tuple[Any, ...]] = [(*key, doses) for key, doses in counts.items()]
    taken = {(unit, day) for unit, day, _, _, doses in lines if doses}
    for unit in units:
        for day in DAYS:
            if (unit, day) not in taken and draw(st.integers(0, 3)) == 0:
                lines.append((unit, day, None, None, 0))
            if draw(st.integers(0, 5)) == 0:
                lines.append((unit, day, "AZ", None, 0))
    return sender, DAY + timedelta(days=3), draw(st.permutations(lines))


class Ledger:
    """The contract's words on reports, one line after the other."""

    def __init__(self) -> None:
        self.revisions: list[tuple[Any, ...]] = []
        self.standing: dict[tuple[Any, ...], tuple[int, str]] = {}
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.issues: list[tuple[Any, ...]] = []
        self.seq = 0

    def apply(self, file: tuple[str | None, date, list[tuple[Any, ...]]]) -> None:
        sender, _, lines = file
        source = "unit" if sender else "department"
        named = {line[:4] for line in lines}
        positives = []
        for unit, day, vaccine, dose, doses in lines:
            self.seq += 1
            if doses:
                self.standing.pop((unit, day, None, None), None)
                positives.append((self.seq, unit, day, str(doses)))
            if dose:
                hit = [(unit, day, vaccine, dose)]
            else:
                known = [key for key in sorted(self.standing, key=str) if key[:2] == (unit, day) and key[2]]
                hit = [key for key in known if vaccine in (None, key[2]) and (vaccine is None or key not in named)]
                hit += [(unit, day, None, None)] if vaccine is None else []
            lowered = 0
            for key in hit:
                lowered += self.revise(key, doses, source, nil=vaccine is None)
            if lowered and sender:
                self.issues.append((self.seq, "report.lowered", str(doses), str(lowered)))
        for seq, unit, day, value in positives:
            if self.is_outlier(unit, day):
                self.issues.append((seq, "report.outlier", value, None))

    def revise(self, key: tuple[Any, ...], doses: int, source: str, nil: bool) -> int:
        before = self.standing.get(key)
        if before == (doses, source):
            return 0
        self.standing[key] = (doses, source)
        self.numbers[key] = self.numbers.get(key, 0) + 1
        self.revisions.append((*key, doses, self.numbers[key], source, nil))
        return before[0] if before and before[0] > doses else 0

    def is_outlier(self, unit: str, day: date) -> bool:
        totals: dict[date, int] = {}
        for (of_unit, of_day, _, _), (doses, _) in self.standing.items():
            if of_unit == unit:
                totals[of_day] = totals.get(of_day, 0) + doses
        past = [total for at, total in totals.items() if day - timedelta(days=28) <= at < day and total]
        if len(past) < 7:
            return False
        median = statistics.median(past)
        mad = statistics.median(abs(total - median) for total in past)
        return totals[day] - median > 5 * max(mad, 0.1 * median, 10)


HISTORY = (
    None,
    DAY,
    [(unit, DAY - timedelta(days=n), "AZ", 1, 15 + n) for unit in UNITS for n in range(1, 9)],
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(report_files(), max_size=2), batch=st.lists(report_files(), min_size=1, max_size=4))
def test_a_batch_equals_its_files_one_by_one(town, before, batch):
    ledger = Ledger()
    for file in (HISTORY, *before, *batch):
        ledger.apply(file)
    outcomes = []
    for batches in ([HISTORY], *([file] for file in before), batch), [[file] for file in (HISTORY, *before, *batch)]:
        with town.connection.begin_nested() as savepoint:
            town.units(*UNITS)
            issues, lines = [], 0
            for files in batches:
                town.apply_reports(*files)
                issues += [(seq + lines, *issue) for seq, *issue in town.issues]
                lines += len(town.outcomes)
                assert set(town.outcomes) <= {"loaded"}
            outcomes.append((figures(town, "unit_code, given_on, vaccine, dose_number"), issues, current(town)))
            savepoint.rollback()
    together, one_by_one = outcomes
    assert together == one_by_one
    assert sorted(together[0], key=str) == sorted(ledger.revisions, key=str)
    assert together[1] == sorted(ledger.issues)
    assert {key: value[0] for key, value in together[2].items()} == {k: v[0] for k, v in ledger.standing.items()}
    # while a nil is in force, every figure of its day is 0
    assert all(doses == 0 for doses, nil_in_force in together[2].values() if nil_in_force)
