"""The reference lists of include/reference: vaccines, pairs, districts, rules.

Read from the files for look-ups while reading cells, and loaded into the schema `reference` for SQL.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from vaxtally import paths
from vaxtally.text import fold

if TYPE_CHECKING:
    from sqlalchemy import Connection

UNIT_TYPES: frozenset[str] = frozenset(
    ("public_hospital", "private_hospital", "cdc", "health_centre", "district_health_office", "private_clinic")
)
# What rules.csv says a rule does ("then"), by the words it starts with.
_CONSEQUENCES = {
    "quarantine": "quarantined",
    "reject": "rejected",
    "hold": "held",
    "duplicate": "duplicate",
    "accept as empty": "empty",
    "load": "loaded",
    "keep": "quarantined",
}
_DROPS = ("without this identifier", "without the phone")


@dataclass(frozen=True)
class Rule:
    """One line of rules.csv. `consequence` is what it does to its row or file; `drops_column` the identifier lost."""

    code: str
    level: str
    applies_to: tuple[str, ...]
    column: str | None
    severity: str
    consequence: str
    drops_column: str | None
    message_en: str
    message_vi: str

    def message(self, language: str, **values: object) -> str:
        """The message in `vi` or `en` with its placeholders filled; a value that is not given shows as '?'."""
        template = self.message_vi if language == "vi" else self.message_en
        return template.format_map(_Values(values))


class _Values(dict):
    def __missing__(self, key: str) -> str:
        return "?"


@dataclass(frozen=True)
class District:
    """A district of the city; one code may have named two, one after the other."""

    code: str
    name: str
    aliases: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    successor_code: str | None


def _read(name: str) -> list[dict[str, str]]:
    with (paths.REFERENCE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _aliases(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(alias for alias in row["aliases"].split("|") if alias)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its code."""
    found = {}
    for row in _read("rules.csv"):
        consequence = next(value for start, value in _CONSEQUENCES.items() if row["then"].startswith(start))
        drops = row["column"] if any(words in row["then"] for words in _DROPS) else None
        found[row["rule"]] = Rule(
            code=row["rule"],
            level=row["level"],
            applies_to=tuple(row["applies_to"].split(";")),
            column=row["column"] or None,
            severity=row["severity"],
            consequence=consequence,
            drops_column=drops,
            message_en=row["message_en"],
            message_vi=row["message_vi"],
        )
    return found


def rejecting_rules() -> list[str]:
    """The codes of rules by which rows are rejected; a mostly rejected file rejects its sound rows, too."""
    by_whole_file = "file.mostly_rejected"
    return [code for code, rule in rules().items() if rule.consequence == "rejected" or code == by_whole_file]


@cache
def vaccines() -> dict[str, dict[str, str]]:
    """The vaccine list by code, columns as in vaccines.csv."""
    return {row["code"]: row for row in _read("vaccines.csv")}


def _by_fold(rows: list[dict[str, str]]) -> dict[str, str]:
    return {fold(word): row["code"] for row in rows for word in (row["code"], row["name"], *_aliases(row))}


@cache
def vaccine_by_fold() -> dict[str, str]:
    """Vaccine code by folded code, name or alias."""
    return _by_fold(_read("vaccines.csv"))


@cache
def declared_vaccine_by_fold() -> dict[str, str]:
    """As vaccine_by_fold, with other countries' vaccines: what a declared dose may name."""
    return {**_by_fold(_read("foreign_vaccines.csv")), **vaccine_by_fold()}


@cache
def districts() -> tuple[District, ...]:
    """Every district, in file order."""
    return tuple(
        District(
            code=row["code"],
            name=row["name"],
            aliases=_aliases(row),
            valid_from=_date(row["valid_from"]),
            valid_to=_date(row["valid_to"]),
            successor_code=row["successor_code"] or None,
        )
        for row in _read("districts.csv")
    )


def declared_vaccine_names() -> tuple[str, ...]:
    """Names of every vaccine that a declared dose may be of: those of the list, then other countries'."""
    return tuple(row["name"] for row in (*vaccines().values(), *_read("foreign_vaccines.csv")))


def district_names(since: date) -> tuple[str, ...]:
    """Names of the districts that there were on that day or later."""
    return tuple(each.name for each in districts() if each.valid_to is None or each.valid_to >= since)


@cache
def district_by_fold() -> dict[str, str]:
    """Today's district code by folded code, name or alias; an ended district leads to its successor."""
    found = {}
    for district in districts():
        for word in (district.code, district.name, *district.aliases):
            found[fold(word)] = district.successor_code or district.code
    return found


def file_issue(rule_code: str, language: str, values: Mapping[str, object]) -> dict[str, str]:
    """A remark on a whole file, as intake.upload.file_issues holds it: rule, severity, message."""
    rule = rules()[rule_code]
    return {"rule": rule.code, "severity": rule.severity, "message": rule.message(language, **values)}


def load_lists(connection: "Connection") -> None:
    """Bring the schema `reference` in line with the files. Rows are added or changed, never removed."""
    from sqlalchemy import text

    def upsert(table: str, keys: tuple[str, ...], rows: list[dict]) -> None:
        columns = tuple(rows[0])
        changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys) or None
        action = f"UPDATE SET {changed}" if changed else "NOTHING"
        connection.execute(
            text(
                f"INSERT INTO reference.{table} ({', '.join(columns)})"  # noqa: S608 - names from this module only
                f" VALUES ({', '.join(':' + name for name in columns)})"
                f" ON CONFLICT ({', '.join(keys)}) DO {action}"
            ),
            rows,
        )

    numbers = ("doses_in_series", "min_interval_days", "min_age", "max_age")
    vaccine_rows = [
        {"code": row["code"], "name": row["name"]}
        | {name: int(row[name]) if row[name] else None for name in numbers}
        | {name: _date(row[name]) for name in ("approved_on", "booster_from")}
        for row in vaccines().values()
    ]
    upsert("vaccine", ("code",), vaccine_rows)
    upsert("vaccine_alias", ("folded",), [{"folded": k, "vaccine": v} for k, v in vaccine_by_fold().items()])
    upsert(
        "foreign_vaccine",
        ("code",),
        [{"code": row["code"], "name": row["name"]} for row in _read("foreign_vaccines.csv")],
    )
    upsert(
        "vaccine_pair",
        ("previous", "next"),
        [{**row, "valid_from": _date(row["valid_from"])} for row in _read("vaccine_pairs.csv")],
    )
    upsert(
        "district",
        ("code", "valid_from"),
        [
            {
                "code": district.code,
                "name": district.name,
                "valid_from": district.valid_from or "-infinity",
                "valid_to": district.valid_to or "infinity",
                "successor_code": district.successor_code,
            }
            for district in districts()
        ],
    )
    upsert(
        "match_weight",
        ("field", "level"),
        [{**row, "bits": float(row["bits"])} for row in _read("match_weights.csv")],
    )
    upsert(
        "name_frequency",
        ("part", "name"),
        [{**row, "share": float(row["share"])} for row in _read("name_frequencies.csv")],
    )
    upsert(
        "rule",
        ("code",),
        [
            {
                "code": rule.code,
                "level": rule.level,
                "applies_to": list(rule.applies_to),
                "column_name": rule.column,
                "severity": rule.severity,
                "consequence": rule.consequence,
                "drops_column": rule.drops_column,
                "message_en": rule.message_en,
                "message_vi": rule.message_vi,
            }
            for rule in rules().values()
        ],
    )
