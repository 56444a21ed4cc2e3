"""The strict loader of the suites under expectations/: the one wording of every row rule.

Great Expectations drops an expectation of an unknown type with a line in the log, and takes an empty suite for a
success; here both are errors, and so is a rule that rules.csv does not know, or knows differently.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaxtally import paths
from vaxtally.errors import VaxtallyError
from vaxtally.reference import Rule, rules

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

EXPECTATION_TYPE = "expect_no_row_where"
PHASES = ("cells", "sifted")
ACTIONS = ("new", "update", "void")
SUITES = {"upload": "staged_row", "report": "staged_report_row"}
# Judged with the figures of earlier days, by the room stats.
JUDGED_ELSEWHERE = frozenset({"report.outlier", "report.lowered"})

_KEYS = {"type", "kwargs", "meta", "severity", "description"}
_META_KEYS = {"rule", "phase", "cells", "message_values"}
_PLACEHOLDER = re.compile(r"{(\w+)}")


class SuiteError(VaxtallyError):
    """A suite that cannot judge: wrongly written, or a rule (`.rule`) that the database refuses. Never bad data."""

    def __init__(self, message: str, rule: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule


def any_of_sql(conditions: list[str]) -> str:
    """One SQL condition out of several: `(a) OR (b)`."""
    return " OR ".join(f"({condition})" for condition in conditions)


@dataclass(frozen=True)
class SuiteRule:
    """One expectation: the rule of rules.csv, and the SQL that finds the rows which fail it.

    `conditions` are those of the suite; `cells` the columns for which the word `cell` stands in them.
    `message_values` maps a placeholder to an SQL expression, or to one for each condition. A rule that does not speak
    of every action judges rows of the action `judges` only: of a file's rows the new ones, as an update is judged by
    the record that it results in.
    """

    rule: Rule
    phase: str
    conditions: tuple[str, ...]
    cells: tuple[str, ...]
    message_values: Mapping[str, str | list[str]]
    judges: str = "new"

    @property
    def code(self) -> str:
        return self.rule.code

    @property
    def is_for_all(self) -> bool:
        """Whether it speaks of every action: a row need not be complete for it."""
        return set(self.rule.applies_to) >= set(ACTIONS)

    def fails(self, condition: str | None = None, cell: str | None = None) -> str:
        """SQL that is true for a row that fails the rule; of one condition or one cell alone, where given."""
        chosen = self.conditions if condition is None else (condition,)
        cells = self.cells if cell is None else (cell,)
        failing = any_of_sql([_for_cell(text, each) for each in cells or ("",) for text in chosen])
        if self.is_for_all:
            return failing
        # The action comes last: for most rows it need not be looked at.
        return f"({failing}) AND action = '{self.judges}'"


def _for_cell(condition: str, cell: str) -> str:
    return re.sub(r"\bcell\b", cell, condition) if cell else condition


@dataclass(frozen=True)
class Suite:
    """A suite of expectations/, checked. `document` is its JSON."""

    name: str
    rules: tuple[SuiteRule, ...]
    document: Mapping[str, Any]

    def of_phase(self, phase: str) -> tuple[SuiteRule, ...]:
        """The rules of a phase, in the order of the suite."""
        return tuple(rule for rule in self.rules if rule.phase == phase)

    def of_results(self, phase: str) -> tuple[SuiteRule, ...]:
        """The rules of a phase as they judge the records that updates result in; what was judged before is left out."""
        chosen = (rule for rule in self.of_phase(phase) if not rule.is_for_all and "update" in rule.rule.applies_to)
        return tuple(replace(rule, judges="update") for rule in chosen)

    def expectations(self, chosen: tuple[SuiteRule, ...]) -> "ExpectationSuite":
        """Great Expectations' own suite of the chosen rules, each with its condition as it applies to a row."""
        from great_expectations import ExpectationSuite

        from vaxtally.quality import expectation  # noqa: F401 - registers the type

        fails = {rule.code: rule.fails() for rule in chosen}
        written = [
            {**entry, "kwargs": {"any_of": [fails[entry["meta"]["rule"]]]}}
            for entry in self.document["expectations"]
            if entry["meta"]["rule"] in fails
        ]
        suite = ExpectationSuite(name=self.name, expectations=written)
        taken = [each.configuration for each in suite.expectations]
        lost = {entry["meta"]["rule"] for entry in written} - {each.meta["rule"] for each in taken if each.kwargs}
        if lost:
            raise SuiteError(f"Great Expectations dropped a rule of {self.name}: {', '.join(sorted(lost))}.")
        return suite


@cache
def load(kind: str) -> Suite:
    """The suite of a kind of file, `upload` or `report`. Raises SuiteError."""
    level = {"upload": "row", "report": "report"}[kind]
    expected = {code for code, rule in rules().items() if rule.level == level} - JUDGED_ELSEWHERE
    return read(paths.EXPECTATIONS / f"{SUITES[kind]}.json", expected)


def read(path: Path, expected: set[str]) -> Suite:
    """Read and check a suite that must hold exactly the `expected` rules. Raises SuiteError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        entries = document["expectations"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SuiteError(f"{path.name} cannot be read as a suite: {error}.") from error
    if not entries:
        raise SuiteError(f"{path.name} is empty: it would take any row for a good one.")
    found = tuple(_suite_rule(path.name, entry) for entry in entries)
    codes = [rule.code for rule in found]
    if len(codes) != len(set(codes)) or set(codes) != expected:
        wrong = sorted(set(codes) ^ expected | {code for code in codes if codes.count(code) > 1})
        raise SuiteError(f"{path.name} does not hold each of its rules once: {', '.join(wrong)}.", wrong[0])
    return Suite(document["name"], found, document)


def _suite_rule(suite: str, entry: Mapping[str, Any]) -> SuiteRule:
    meta = entry.get("meta", {})
    code = meta.get("rule")
    for fault in _faults(entry, meta, rules().get(code)):
        raise SuiteError(f"{suite}, rule {code}: {fault}.", code)
    conditions, cells, values = entry["kwargs"]["any_of"], meta.get("cells", ()), meta.get("message_values", {})
    return SuiteRule(rules()[code], meta["phase"], tuple(conditions), tuple(cells), values)


def _faults(entry: Mapping[str, Any], meta: Mapping[str, Any], rule: Rule | None) -> Iterator[str]:
    """What is wrong with an expectation, the worst first; a later fault may rest on an earlier one."""
    if rule is None:
        yield "rules.csv knows no such rule"
        return
    if entry.get("type") != EXPECTATION_TYPE:
        yield f"the expectation type is {EXPECTATION_TYPE}, not {entry.get('type')}"
    if set(entry) - {"notes"} != _KEYS or set(entry["kwargs"]) != {"any_of"} or not set(meta) <= _META_KEYS:
        yield "a key is missing or unknown"
    if entry["severity"] != rule.severity:
        yield f"its severity is {rule.severity} in rules.csv"
    if meta.get("phase") not in PHASES:
        yield f"its phase is none of {', '.join(PHASES)}"
    yield from _wording_faults(entry["kwargs"]["any_of"], meta.get("message_values", {}), rule)


def _wording_faults(conditions: Any, values: Mapping[str, Any], rule: Rule) -> Iterator[str]:
    if not isinstance(conditions, list) or not all(
        isinstance(each, str) and each.strip() for each in conditions or [0]
    ):
        yield "any_of is no list of SQL conditions"
    if any(isinstance(each, list) and len(each) != len(conditions) for each in values.values()):
        yield "a list of message values must go with any_of"
    if missing := _placeholders(rule) - {name.removesuffix("_en").removesuffix("_vi") for name in values}:
        yield f"nothing fills {', '.join(sorted(missing))} of its message"


def _placeholders(rule: Rule) -> set[str]:
    """What the rule's message asks for, apart from the value of its column."""
    return set(_PLACEHOLDER.findall(rule.message_en + rule.message_vi)) - ({"value"} if rule.column else set())
