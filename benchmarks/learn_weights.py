"""Weights of evidence learned from data by Splink, beside the shipped ones: a file to review, nothing is installed.

    python benchmarks/learn_weights.py febrl --path FOLDER --out learned.csv    # learns on FEBRL 4
    python benchmarks/learn_weights.py city --persons 20000 --out learned.csv   # a made-up city
    python benchmarks/identity.py febrl --path FOLDER --weights learned.csv     # and how the others fare with it

No label is used: u comes from random pairs, m from expectation maximisation over pairs that agree in birth date, then
in number. `learned.csv` has the columns of include/reference/match_weights.csv, the learned bits where the data say
something of a level and the shipped ones elsewhere, then m, u and the shipped bits. Bits are log2(m / u); of equal
names log2(m), since their rarity (1 / u) is weighed name by name.
"""

import argparse
import csv
import math
from pathlib import Path
from typing import Any

from identity import FEBRL, city, febrl

from vaxtally import paths
from vaxtally.text import name_key

NEAR_WORD = "damerau_levenshtein({0}_l, {0}_r) <= CASE WHEN least(length({0}_l), length({0}_r)) < 6 THEN 1 ELSE 2 END"
NEAR_NUMBER = "damerau_levenshtein({0}_l, {0}_r) <= 1"
SAME_MONTH_OR_DAY = (
    "(birth_l[1:4] = birth_r[1:4] AND (birth_l[5:6] = birth_r[5:6] OR birth_l[7:8] = birth_r[7:8]))"
    " OR birth_l[5:8] = birth_r[5:8]"
)
# Field → its levels in falling order, each with its condition (batch_candidate/insert.sql says the same of a row and a
# person). The last level is what is left; a missing value is none.
LEVELS: dict[str, dict[str, str]] = {
    "family": {"equal": "family_l = family_r", "near": NEAR_WORD.format("family"), "different": "ELSE"},
    "given": {"equal": "given_l = given_r", "near": NEAR_WORD.format("given"), "different": "ELSE"},
    "birth": {
        "equal": "birth_l = birth_r",
        "swapped": "birth_l[1:4] = birth_r[1:4] AND birth_l[5:6] = birth_r[7:8] AND birth_l[7:8] = birth_r[5:6]",
        "one_digit": NEAR_NUMBER.format("birth"),
        "two_parts": SAME_MONTH_OR_DAY,
        "different": "ELSE",
    },
    "number": {"equal": "number_l = number_r", "near": NEAR_NUMBER.format("number"), "renewed": "ELSE"},
    "phone": {"equal": "phone_l = phone_r", "different": "ELSE"},
    "place": {
        "address": "district_l = district_r AND address_l = address_r",
        "ward": "district_l = district_r AND ward_l = ward_r",
        "district": "district_l = district_r",
        "different": "ELSE",
    },
}
# What is compared of each field, to tell missing values.
COLUMNS = {"place": "district"}


def main() -> None:
    """Learn, write the file, print it as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=("city", "febrl"))
    parser.add_argument("--path", type=Path)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.data == "febrl":
        rows = [row for file in FEBRL["febrl4"] for row in febrl(options.path / file) if row["birth"]]
    else:
        rows = [*city(options.persons, options.seed)]
    write(options.out, learned(rows))
    print(options.out.read_text(encoding="utf-8"))


def learned(rows: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[float, float]]:
    """Field and level → m and u: how often they occur in pairs of one person and of two. No label is read."""
    import pandas as pd
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    frame = pd.DataFrame([_compared(number, row) for number, row in enumerate(rows)])
    fields = [field for field in LEVELS if frame[COLUMNS.get(field, field)].notna().any()]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(field) for field in fields],
        blocking_rules_to_generate_predictions=[block_on("birth"), block_on("number")],
        probability_two_random_records_match=1 / len(rows),
    )
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=5_000_000, seed=1)
    for column in ("birth", "number"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(column))
    answers = {}
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        field = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            m, u = level.get("m_probability"), level.get("u_probability")
            if m and u:
                answers[field, level["label_for_charts"]] = (m, u)
    return answers


def _compared(number: int, row: dict[str, Any]) -> dict[str, Any]:
    words = name_key(row["full_name"]).split(" ")
    return {
        "unique_id": number, "family": words[0], "given": words[-1], "birth": row["birth"].strftime("%Y%m%d"),
        "number": row["national_id"], "phone": row.get("phone"), "address": row["address"], "ward": row["ward"],
        "district": row["district_code"],
    }  # fmt: skip


def _comparison(field: str) -> Any:
    import splink.comparison_level_library as levels
    import splink.comparison_library as comparisons

    return comparisons.CustomComparison(
        output_column_name=field,
        comparison_levels=[
            levels.NullLevel(COLUMNS.get(field, field)),
            *(
                levels.ElseLevel().configure(label_for_charts=level)
                if condition == "ELSE"
                else levels.CustomLevel(condition, label_for_charts=level)
                for level, condition in LEVELS[field].items()
            ),
        ],
    )


def write(out: Path, answers: dict[tuple[str, str], tuple[float, float]]) -> None:
    """The shipped file with the learned bits in place of the shipped ones, and both beside each other."""
    with (paths.REFERENCE / "match_weights.csv").open(encoding="utf-8") as lines:
        shipped = {(line["field"], line["level"]): float(line["bits"]) for line in csv.DictReader(lines)}
    with out.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(("field", "level", "bits", "m", "u", "shipped_bits"))
        for (field, level), bits in shipped.items():
            m, u = answers.get((field, level), (None, None))
            if m and u:
                is_weighed_by_rarity = field in ("family", "given") and level == "equal"
                new = math.log2(m) if is_weighed_by_rarity else math.log2(m / u)
                sheet.writerow((field, level, round(new, 1), f"{m:.5f}", f"{u:.7f}", bits))
            else:
                sheet.writerow((field, level, bits, None, None, bits))


if __name__ == "__main__":
    main()
