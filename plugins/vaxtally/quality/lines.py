"""The statements that write down which rows fail, built from the very conditions that the suite judges by."""

from collections.abc import Iterable

from vaxtally.quality.judged import JudgedRows
from vaxtally.quality.suites import SuiteRule, any_of_sql

# Shown to the last 4 characters only, wherever a value is written down.
IDENTIFIERS = frozenset({"national_id", "health_insurance_no", "phone"})
# What goes with an identifier when it is dropped.
DROPPED_WITH = {
    "national_id": ("national_id_kind",),
    "second_national_id": ("second_national_id_kind",),
    "third_national_id": ("third_national_id_kind",),
    "health_insurance_no": ("health_insurance_key",),
}
LONGEST_VALUE = 200


def insert_sql(judged: JudgedRows, failed: Iterable[SuiteRule], columns: Iterable[str]) -> str:
    """One INSERT of a line for each row and failed rule; returns the number of lines by rule.

    `columns` are those of the judged rows. Rows that fail nothing are passed over
    before any line is made up.
    """
    failed, columns = list(failed), set(columns)
    lines = "\n        UNION ALL\n".join(_line(rule, columns) for rule in failed)
    return f"""WITH line AS (
    INSERT INTO {judged.issue_table} ({", ".join(judged.key)}, rule, column_name, value, message_values)
    SELECT {", ".join(judged.key.values())}, failed.rule, failed.column_name,
        left(failed.value, {LONGEST_VALUE}), failed.message_values
    FROM ({judged.sql}) AS judged
    CROSS JOIN LATERAL (
{lines}
    ) AS failed
    WHERE {any_of_sql([rule.fails() for rule in failed])}
    RETURNING rule
)
SELECT rule, count(*) AS lines FROM line GROUP BY rule"""  # noqa: S608 - the suites' own text and our names


def _line(rule: SuiteRule, columns: set[str]) -> str:
    column = f"'{rule.rule.column}'" if rule.rule.column else "NULL"
    return (
        f"        SELECT '{rule.code}' AS rule, {column} AS column_name, {_value(rule, columns)} AS value,"
        f" {_message_values(rule, columns)} AS message_values WHERE {rule.fails()}"
    )


def _value(rule: SuiteRule, columns: set[str]) -> str:
    """SQL of what the unit wrote in the rule's column; identifiers masked."""
    column = rule.rule.column
    if column is None:
        return "CAST(NULL AS text)"
    text = f"{column}_text" if f"{column}_text" in columns else column
    return f"intake.mask_identifier({text})" if column in IDENTIFIERS else f"CAST({text} AS text)"


def _message_values(rule: SuiteRule, columns: set[str]) -> str:
    """SQL of a jsonb object that fills the placeholders of the rule's message, or NULL where it has none."""
    pairs = {name: _message_value(rule, given) for name, given in rule.message_values.items()}
    if "{value}" in rule.rule.message_en:
        pairs["value"] = f"left({_value(rule, columns)}, {LONGEST_VALUE})"
    if not pairs:
        return "CAST(NULL AS jsonb)"
    arguments = ", ".join(f"'{name}', {sql}" for name, sql in pairs.items())
    return f"jsonb_build_object({arguments})"


def _message_value(rule: SuiteRule, given: str | list[str]) -> str:
    if isinstance(given, str):
        return given
    cases = " ".join(
        f"WHEN {rule.fails(condition)} THEN {value}" for condition, value in zip(rule.conditions, given, strict=True)
    )
    return f"CASE {cases} END"


def sift_sql(failed: Iterable[SuiteRule], judged: JudgedRows) -> str | None:
    """One UPDATE that empties the identifiers by which a row fails a dropping rule; None where none drops any."""
    reasons: dict[str, list[str]] = {}
    for rule in failed:
        for cell in rule.cells or (rule.rule.drops_column,):
            if rule.rule.drops_column and cell:
                reasons.setdefault(cell, []).append(rule.fails(cell=cell if rule.cells else None))
    if not reasons:
        return None
    dropped = {cell: f"{cell} IS NOT NULL AND ({any_of_sql(failing)})" for cell, failing in reasons.items()}
    changes = [
        f"{column} = CASE WHEN {failing} THEN NULL ELSE {column} END"
        for cell, failing in dropped.items()
        for column in (cell, *DROPPED_WITH.get(cell, ()))
    ]
    where = any_of_sql(list(dropped.values()))
    return f"UPDATE {judged.table} SET {', '.join(changes)} WHERE {where}"  # noqa: S608 - as above
