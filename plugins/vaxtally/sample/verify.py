"""Compare what the pipeline made of a sample city with the city's answer key, row by row and figure by figure."""

from pathlib import Path
from typing import TYPE_CHECKING

from vaxtally import paths

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

ROW_KEY = ["file", "row_number"]
GAP_KEY = ["unit_code", "given_on", "vaccine", "dose_number"]
GAP_FIGURES = ["reported", "entered", "shortfall", "surplus", "state"]
# Enough to see what kind of thing went wrong.
SHOWN = 20


def differences(engine: "Engine", city: Path, inbox: Path) -> list[str]:
    """Sentences, one a difference, none if everything agrees. They name files and rows, never persons.

    `city` holds the answer key, `inbox` is where its files were taken in from.
    """
    return [
        *_compare("file", ["file"], _truth(city, "truth_files.csv"), _actual(engine, "upload", inbox)),
        *_compare("row", ROW_KEY, _truth(city, "truth.csv"), _actual(engine, "row", inbox)),
        *_compare(
            "figure", GAP_KEY, _truth(city, "truth_gaps.csv")[GAP_KEY + GAP_FIGURES], _actual(engine, "entry_gap")
        ),
    ]


def _truth(city: Path, name: str) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_csv(city / name, dtype=str, keep_default_na=False)


def _actual(engine: "Engine", name: str, inbox: Path | None = None) -> "pd.DataFrame":
    import pandas as pd
    from sqlalchemy import text

    statement = (paths.SQL / "sample" / name / "select_actual.sql").read_text(encoding="utf-8")
    with engine.connect() as connection:
        found = connection.execute(text(statement), {"inbox": f"{inbox}/"} if inbox else {})
        frame = pd.DataFrame(found.all(), columns=list(found.keys()))
    return frame.astype(object).where(frame.notna(), "").astype(str)


def _compare(kind: str, key: list[str], expected: "pd.DataFrame", actual: "pd.DataFrame") -> list[str]:
    both = expected.merge(actual, on=key, how="outer", suffixes=(" expected", " actual"), indicator=True)
    compared = [column for column in expected.columns if column not in key]
    wrong = both["_merge"] != "both"
    for column in compared:
        wrong |= both[f"{column} expected"] != both[f"{column} actual"]
    sentences = [_sentence(kind, key, compared, row) for row in both[wrong].head(SHOWN).to_dict("records")]
    left = int(wrong.sum()) - len(sentences)
    return [*sentences, f"… and {left} more {kind}s differ"] if left > 0 else sentences


def _sentence(kind: str, key: list[str], compared: list[str], row: dict) -> str:
    where = ", ".join(f"{name} {row[name]}" for name in key)
    if row["_merge"] != "both":
        return f"{kind} {where}: {'is missing' if row['_merge'] == 'left_only' else 'was not expected'}"
    parts = [
        f"{name} is {row[f'{name} actual']!r}, expected {row[f'{name} expected']!r}"
        for name in compared
        if row[f"{name} expected"] != row[f"{name} actual"]
    ]
    return f"{kind} {where}: {'; '.join(parts)}"
