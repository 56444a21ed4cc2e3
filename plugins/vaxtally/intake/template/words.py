"""What stands in a template, in one language: include/template/<language>.toml, and what to do about each rule."""

import csv
import re
import tomllib
from functools import cache
from typing import Any

from vaxtally import paths
from vaxtally.intake.read.source import Kind
from vaxtally.reference import Rule, rules

_PLACEHOLDER = re.compile(r"\{\w+\}")
_LEVELS: dict[Kind, tuple[str, ...]] = {"upload": ("row", "record"), "report": ("report",)}


@cache
def words(language: str) -> dict[str, Any]:
    """The phrases by section."""
    return tomllib.loads((paths.TEMPLATE_WORDS / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def advice(language: str) -> dict[str, str]:
    """What a unit does about a remark, by rule; a rule that no unit can meet has none."""
    with (paths.TEMPLATE_WORDS / "advice.csv").open(encoding="utf-8", newline="") as lines:
        return {row["rule"]: row[language] for row in csv.DictReader(lines)}


def remarks(kind: Kind, language: str, consequences: tuple[str, ...]) -> list[tuple[str, str]]:
    """Message and advice of the rules about a row that have one of these consequences."""
    return [
        (general_message(rule, language), advice(language)[rule.code])
        for rule in rules().values()
        if rule.level in _LEVELS[kind] and rule.consequence in consequences
    ]


def general_message(rule: Rule, language: str) -> str:
    """The message without what it would say of one row: 'Unknown vaccine: ….'"""
    return _PLACEHOLDER.sub("…", rule.message_vi if language == "vi" else rule.message_en).replace("….", "…")
