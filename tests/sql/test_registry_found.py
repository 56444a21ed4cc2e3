"""Whoever may be the one by the weights is among those that are weighed, however few are."""

import json
import random
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from vaxtally.registry import pairs
from vaxtally.text import name_key

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from .registry_world import World

FAMILIES = ("Nguyễn", "Nguyen", "Phan", "Pham", "Lê", "Quách", "Quáchh", "Thạch")
MIDDLES = ("", "", "Văn", "Thị", "Thị Ngọc", "Ngọc", "Gia", "Gja")
GIVENS = ("Hoa", "Hòa", "An", "Anh", "Khuê", "Khuêe", "Hạnh", "Alexander", "Alexender")
DAYS = (date(1990, 5, 7), date(1990, 7, 5), date(1990, 5, 8), date(1991, 5, 7), date(1990, 12, 13), date(1990, 1, 1))
WARDS = (None, "phường 1", "phường 11", "phường bến nghé", "phường bến nge")
ADDRESSES = (None, None, "12 lê lợi", "12 lê lợii", "12 lê lợi, hẻm 3", "7 x", "8" + 120 * "a", "8" + 125 * "a")
NUMBERS = (
    ("cccd", "079190001234"), ("cccd", "079190001235"), ("cccd", "079190002134"), ("cccd", "079190777777"),
    ("cmnd", "024123456"), ("cmnd", "02412345"), ("cmnd", "025987321"),
    ("health_insurance", "7912345678"), ("health_insurance", "7912345687"), ("passport", "B1234"),
)  # fmt: skip
PERSONS = 700


def made_up(seed: int) -> list[dict[str, Any]]:
    """People of few names, days and places, so that every second one is like somebody else in this or that."""
    rng = random.Random(seed)
    people = []
    for number in range(1, PERSONS + 1):
        words = [rng.choice(FAMILIES), rng.choice(MIDDLES), rng.choice(GIVENS)]
        if rng.random() < 0.1:
            words.reverse()
        if rng.random() < 0.1:
            words = words[rng.randrange(3) :]
        if rng.random() < 0.15:
            # run together
            words = [*words[:-2], "".join(words[-2:])]
        name = " ".join(filter(None, words)) or "Hoa"
        birth, precision = rng.choice(DAYS), rng.choices(("day", "year"), (9, 1))[0]
        people.append(
            {
                "person_id": number, "full_name": name, "name_key": name_key(name),
                "sex": rng.choice(("male", "female")),
                "birth_date": birth if precision == "day" else date(birth.year, 1, 1),
                "birth_date_precision": precision,
                "phone": rng.choice((None, "0903123456", "0903999888", f"09{rng.randrange(10**8):08d}")),
                "home_district": rng.choice((None, "760", "760", "770")), "home_ward": rng.choice(WARDS),
                "home_address": rng.choice(ADDRESSES),
                "numbers": [{"kind": k, "value": v} for k, v in rng.sample(NUMBERS, rng.choice((0, 0, 1, 1, 2)))],
            }
        )  # fmt: skip
    return people


REGISTERED = """
WITH upload AS (
    INSERT INTO intake.upload (unit_code, kind, file_name, source_path, archive_path, sha256, size_bytes, modified_at,
        language, received_on, received_at, status)
    VALUES ('U1', 'upload', 'a', 'a', 'a', repeat('0', 64), 1, '2021-09-01', 'en', '2021-09-01', '2021-09-01', 'loaded')
    RETURNING upload_id
), told AS (
    SELECT p.*, n.phones, e.ends, u.upload_id
    FROM jsonb_to_recordset(CAST(:people AS jsonb)) AS p (person_id bigint, full_name text, name_key text, sex text,
        birth_date date, birth_date_precision text, phone text, home_district text, home_ward text, home_address text,
        numbers jsonb)
    CROSS JOIN upload AS u
    CROSS JOIN LATERAL (SELECT array_remove(ARRAY[p.phone], NULL) AS phones) AS n
    CROSS JOIN LATERAL (
        SELECT coalesce(bit_or(registry.number_ends(i.kind, i.value)), 0) AS ends
        FROM jsonb_to_recordset(p.numbers) AS i (kind text, value text)
    ) AS e
), person AS (
    INSERT INTO registry.person (person_id, full_name, name_key, sex, birth_date, birth_date_precision, phone, phones,
        district_code, ward, home_district, home_ward, home_address, number_ends, created_by_upload_id)
    OVERRIDING SYSTEM VALUE
    SELECT person_id, full_name, name_key, sex, birth_date, birth_date_precision, phone, phones, home_district,
        home_ward, home_district, home_ward, home_address, ends, upload_id
    FROM told
), identifier AS (
    INSERT INTO registry.person_identifier (person_id, kind, value, trusted, upload_id)
    SELECT t.person_id, i.kind, i.value, row_number() OVER (PARTITION BY i.kind, i.value ORDER BY t.person_id) = 1,
        t.upload_id
    FROM told AS t CROSS JOIN LATERAL jsonb_to_recordset(t.numbers) AS i (kind text, value text)
)
INSERT INTO registry.person_phone (phone, person_id, upload_id)
SELECT phone, person_id, upload_id FROM told WHERE phone IS NOT NULL
"""
# Under a threshold that nothing is below, nobody is left out for what the weights could still bring.
THRESHOLD = "UPDATE reference.match_weight SET bits = :bits WHERE field = 'threshold' AND level = 'possible'"
SAID = (
    "SELECT person_id, other_person_id, score, levels ->> 'number' FROM registry.person_pair WHERE score >= :bits"
    " ORDER BY person_id, other_person_id"
)


def alike(connection: "Connection", threshold: float, least: float) -> list[Any]:
    with connection.begin_nested() as search:
        connection.execute(text(THRESHOLD), {"bits": threshold})
        pairs.find(connection, 1, PERSONS, date(2021, 12, 31))
        found = [tuple(each) for each in connection.execute(text(SAID), {"bits": least})]
        search.rollback()
    return found


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_left_out_who_may_be_the_one(world: "World", seed: int) -> None:
    people = made_up(seed)
    with world.engine.connect() as connection:
        connection.execute(text(REGISTERED), {"people": json.dumps(people, default=str)})
        connection.execute(text("ANALYZE registry.person, registry.person_identifier, registry.person_phone"))
        everybody = alike(connection, -1000, least=6)
        assert alike(connection, 6, least=6) == everybody
        # the number told of some, and of others something else
        assert min(sum(level == said for *_, level in everybody) for said in ("near", "missing")) > 20
        connection.rollback()
