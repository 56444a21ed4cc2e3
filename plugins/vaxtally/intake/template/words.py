"""What stands in a template, in one language: include/template/<language>.toml."""

import re
import tomllib
from functools import cache
from typing import Any

from vaxtally import paths
from vaxtally.intake.read.source import Kind
from vaxtally.reference import Rule, rules

_PLACEHOLDER = re.compile(r"[\s:(]*\{\w+\}\)?")
# A row that is like another one is sent back to nobody.
_REJECTS, _REMARKS = ("rejected",), ("loaded",)


@cache
def words(language: str) -> dict[str, Any]:
    """The phrases by section."""
    return tomllib.loads((paths.TEMPLATE_WORDS / f"{language}.toml").read_text(encoding="utf-8"))


def messages(kind: Kind, language: str, rejecting: bool) -> list[str]:
    """What an answer may say of a row: the messages of the rules that reject it, or that only remark on it."""
    levels = ("row", "record") if kind == "upload" else ("report",)
    consequences = _REJECTS if rejecting else _REMARKS
    return [
        _message(rule, language)
        for rule in rules().values()
        if rule.level in levels and rule.consequence in consequences
    ]


def _message(rule: Rule, language: str) -> str:
    """The message without what it would say of one row: 'Unknown vaccine.'"""
    text = rule.message_vi if language == "vi" else rule.message_en
    return " ".join(_PLACEHOLDER.sub(" …", text).split()).replace(" ….", " ….")
