"""The strict loader: what Great Expectations would let pass is an error here."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vaxtally import paths
from vaxtally.quality import suites
from vaxtally.quality.suites import Suite, SuiteError
from vaxtally.reference import rules

CODES = {"full_name.missing", "given_on.late_entry"}


@pytest.fixture
def document() -> dict[str, Any]:
    """A small suite of two rules, as in staged_row.json."""
    whole = json.loads((paths.EXPECTATIONS / "staged_row.json").read_text(encoding="utf-8"))
    return whole | {"expectations": [each for each in whole["expectations"] if each["meta"]["rule"] in CODES]}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Any], Suite]:
    def read(document: Any) -> Suite:
        path = tmp_path / "suite.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return suites.read(path, CODES)

    return read


@pytest.mark.parametrize("kind", sorted(suites.SUITES))
def test_the_suites_hold_the_rules_of_their_level_with_their_severity(kind: str) -> None:
    document = suites.load(kind).document
    level = {"upload": "row", "report": "report"}[kind]
    expected = {code: rule.severity for code, rule in rules().items() if rule.level == level}
    found = {each["meta"]["rule"]: each["severity"] for each in document["expectations"]}
    assert found == {code: severity for code, severity in expected.items() if code not in suites.JUDGED_ELSEWHERE}
    assert all(each["description"] for each in document["expectations"])


@pytest.mark.parametrize("kind", sorted(suites.SUITES))
def test_great_expectations_takes_every_rule_and_writes_it_back(kind: str) -> None:
    suite = suites.load(kind)
    written: Any = suite.expectations(suite.rules).to_json_dict()
    back = {each["meta"]["rule"]: each for each in written["expectations"]}
    assert set(back) == {rule.code for rule in suite.rules}
    for rule in suite.rules:
        assert back[rule.code]["kwargs"]["any_of"] == [rule.fails()]
        assert back[rule.code]["severity"] == rule.rule.severity
    # and the file itself is a suite that Great Expectations loads as it stands
    from great_expectations import ExpectationSuite

    assert len(ExpectationSuite(**copy.deepcopy(dict(suite.document))).expectations) == len(suite.rules)


def test_the_expectation_has_no_default_that_json_would_lose() -> None:
    from great_expectations.expectations.expectation import BatchExpectation

    from vaxtally.quality.expectation import ExpectNoRowWhere

    fields: dict[str, Any] = vars(ExpectNoRowWhere)["__fields__"]
    own = set(fields) - set(vars(BatchExpectation)["__fields__"])
    assert own == {"any_of"}
    assert all(fields[name].required for name in own)


def test_a_small_suite_is_read(read, document) -> None:
    assert {rule.code for rule in read(document).rules} == CODES


def change_nothing_else(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return document | {"expectations": [document["expectations"][0] | changes, *document["expectations"][1:]]}


def test_an_unknown_expectation_type_is_an_error(read, document) -> None:
    with pytest.raises(SuiteError, match="expectation type") as raised:
        read(change_nothing_else(document, type="expect_no_row_were"))
    assert raised.value.rule == "full_name.missing"


def test_an_expectation_that_great_expectations_drops_is_an_error(read, document) -> None:
    suite = read(document)
    misspelt = change_nothing_else(document, type="expect_no_row_were")
    with pytest.raises(SuiteError, match=r"dropped .* full_name\.missing"):
        Suite(suite.name, suite.rules, misspelt).expectations(suite.rules)


def test_an_empty_suite_is_an_error(read, document) -> None:
    with pytest.raises(SuiteError, match="empty"):
        read(document | {"expectations": []})


@pytest.mark.parametrize("broken", ["{", "[]", '{"name": "x"}'])
def test_a_file_that_is_no_suite_is_an_error(read, broken: str) -> None:
    with pytest.raises(SuiteError, match="cannot be read"):
        read(broken)


def test_a_missing_a_surplus_and_a_repeated_rule_are_errors(read, document) -> None:
    first, second = document["expectations"]
    other = copy.deepcopy(first)
    other["meta"]["rule"] = "sex.invalid"
    for entries in ([first], [first, second, second], [first, second, other]):
        with pytest.raises(SuiteError, match="each of its rules once"):
            read(document | {"expectations": entries})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"severity": "info"}, "severity is critical"),
        ({"meta": {"rule": "full_name.mising", "phase": "cells"}}, "no such rule"),
        ({"meta": {"rule": "full_name.missing"}}, "phase"),
        ({"meta": {"rule": "full_name.missing", "phase": "later"}}, "phase"),
        ({"meta": {"rule": "full_name.missing", "phase": "cells", "mesage_values": {}}}, "key"),
        ({"kwargs": {"any_off": ["true"]}}, "key"),
        ({"kwargs": {"any_of": ["full_name IS NULL"], "mostly": 0.9}}, "key"),
        ({"kwargs": {"any_of": []}}, "no list"),
        ({"kwargs": {"any_of": [""]}}, "no list"),
        ({"kwargs": {"any_of": "full_name IS NULL"}}, "no list"),
        ({"meta": {"rule": "full_name.missing", "phase": "cells", "message_values": {"a": ["1", "2"]}}}, "go with"),
    ],
)
def test_a_wrongly_written_rule_is_an_error(read, document, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        read(change_nothing_else(document, **changes))


def test_a_placeholder_that_nothing_fills_is_an_error(read, document) -> None:
    del document["expectations"][1]["meta"]["message_values"]
    with pytest.raises(SuiteError, match="nothing fills days") as raised:
        read(document)
    assert raised.value.rule == "given_on.late_entry"
