"""Who is who does not hang on which file came first, nor on two tasks that load at once; what does is stated here."""

import random
import threading
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from vaxtally import db, intake
from vaxtally.errors import DatabaseUnreachableError
from vaxtally.intake import plan, ruleset

from ..intake_desk import AUG_11, Desk, person
from .registry_world import Upload, row, upload
from .test_intake_crash import Steps

if TYPE_CHECKING:
    from .registry_world import World

START = date(2021, 4, 1)
HOME = {"sex": "female", "district_code": "760", "ward": "Bến Nghé", "address": "12 Lê Lợi"}
# Everyday namesakes: two of the people have the name of another one. Each has one thing that all of her rows bring.
PEOPLE = (
    {"full_name": "Nguyễn Thị Lan", "birth": "1990-05-17", "national_id": "079190001234"},
    {"full_name": "Nguyễn Thị Lan", "birth": "1961-12-02", "national_id": "079161004321"},
    {"full_name": "Trần Ngọc Bích", "birth": "1985-11-03", "phone": "0903123456"},
    {"full_name": "Trần Ngọc Bích", "birth": "1948-02-28", "phone": "0912987654"},
    {"full_name": "Phạm Kim Oanh", "birth": "1937-07-09"},
)
# What some of the rows bring besides.
MORE = (
    {"health_insurance_no": "DN4790123456789", "phone": "0987000111"},
    {"health_insurance_no": "GD4790987654321"},
    {"national_id": "079185001111"},
    {"health_insurance_no": "HC4790555544443"},
    {},
)


@st.composite
def honest_lists(draw: st.DrawFn) -> tuple[list[Upload], list[int]]:
    """Files of two units with doses far apart of a few people, and an order in which they come."""
    files = draw(st.integers(2, 4))
    rows: list[list[dict[str, Any]]] = [[] for _ in range(files)]
    for who in draw(st.lists(st.sampled_from(range(len(PEOPLE))), min_size=3, max_size=8)):
        number = sum(len(each) for each in rows)
        more = MORE[who] if draw(st.booleans()) else {}
        dose = {"dose_number": number % 5 + 1, "given_on": START + timedelta(days=30 * number), "note": str(who)}
        rows[draw(st.integers(0, files - 1))].append(row(**HOME | PEOPLE[who] | more | dose))
    units = draw(st.lists(st.sampled_from(("U1", "U2")), min_size=files, max_size=files))
    sent = [
        upload(unit, *each, name=f"{n}.csv") for n, (unit, each) in enumerate(zip(units, rows, strict=True)) if each
    ]
    return sent, draw(st.permutations(range(len(sent))))


def who_is_who(world: "World") -> set[frozenset[tuple[str, int]]]:
    """The rows (file, row number) of each person."""
    found: dict[int, set[tuple[str, int]]] = {}
    for person_id, file_name, row_number in world._select(
        "SELECT d.person_id, u.file_name, d.row_number"
        " FROM registry.dose AS d JOIN intake.upload AS u USING (upload_id)"
    ):
        found.setdefault(person_id, set()).add((file_name, row_number))
    return {frozenset(rows) for rows in found.values()}


def truth(files: list[Upload]) -> set[frozenset[tuple[str, int]]]:
    """By the note, which says who it is."""
    found: dict[str, set[tuple[str, int]]] = {}
    for each in files:
        for number, fields in enumerate(each.rows, start=1):
            found.setdefault(fields["note"], set()).add((each.file_name, number))
    return {frozenset(rows) for rows in found.values()}


@given(sent=honest_lists(), at_once=st.booleans())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_files_does_not_change_who_is_who(
    world: "World", sent: tuple[list[Upload], list[int]], at_once: bool
) -> None:
    """Where each person's rows have one key in common, whatever else some of them bring."""
    files, order = sent
    world.forget()
    in_order = [files[place] for place in order]
    verdicts = world.apply(in_order) if at_once else world.apply_one_by_one(in_order)
    assert {verdict.outcome for answer in verdicts for verdict in answer} == {"loaded"}
    assert who_is_who(world) == truth(files)


def doses_at_two(which: int) -> dict[str, Any]:
    return {"dose_number": which, "given_on": START + timedelta(days=60 * which)}


def test_the_first_to_bring_a_number_holds_it_and_who_contradicts_it_waits(world: "World") -> None:
    """An exception that is meant: of two people on one number nobody can say which is right."""
    lan = upload("U1", row(**HOME, **PEOPLE[0], **doses_at_two(1)), name="lan.csv")
    other = {**PEOPLE[2], "national_id": PEOPLE[0]["national_id"]}
    bich = upload("U2", row(**HOME, **other, **doses_at_two(2)), name="bich.csv")
    for files, first in (((lan, bich), "lan.csv"), ((bich, lan), "bich.csv")):
        world.forget()
        world.apply_one_by_one(files)
        assert who_is_who(world) == {frozenset({(first, 1)})}
        assert [review[0] for review in world.reviews()] == [({"lan.csv", "bich.csv"} - {first}).pop()]


def natural(desk: Desk) -> dict[str, Any]:
    """As Desk.natural, with what is held; the order of arrival aside."""
    return desk.natural() | {
        "held": desk.query(
            "SELECT u.file_name, v.row_number, v.rule"
            " FROM registry.review AS v JOIN intake.upload AS u USING (upload_id)"
            " WHERE v.status = 'open' ORDER BY 1, 2, 3"
        ),
        "claims": desk.query("SELECT kind, value, name_key FROM registry.identifier_claim ORDER BY 1, 2, 3"),
    }


def draw_files(seed: int) -> dict[str, list[dict[str, str]]]:
    """Two files with the same few persons, some with a number less, another name, or the same dose."""
    source = random.Random(seed)

    def one(number: int) -> dict[str, str]:
        changes = source.choice(
            (
                {},
                {},
                {"CCCD": ""},
                {"Họ và tên": "Võ Thị Sáu"},
                {"Số điện thoại": ""},
                {"Mũi": "2", "Ngày tiêm": "05/08/2021"},
            )
        )
        return person(number, **changes)

    return {unit: [one(source.randint(1, 3)) for _ in range(5)] for unit in ("HOC-1", "HOC-2")}


def test_two_tasks_at_once_load_as_one_after_the_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real transactions at the same time, many rounds: the registry is that of the one order or of the other."""
    monkeypatch.setattr(plan, "SHARD_MIN_BYTES", 1)

    def planned(files: dict[str, list[dict[str, str]]]) -> Steps:
        desk.clear()
        desk.list_units()
        for unit, rows in files.items():
            desk.put(f"{unit}.csv", rows, unit=unit)
        steps = Steps(desk).plan().stage()
        with desk.engine.begin() as connection:
            # Noted before: the first to note it would keep the other waiting by that alone.
            ruleset.current_ruleset(connection, desk.settings)
        assert len(steps.shards) == 2
        return steps

    def load(steps: Steps, shard: int) -> None:
        intake.apply_staged(desk.engine, desk.settings, steps.time, "upload", [shard])

    for round_number in range(8):
        files = draw_files(round_number)
        legitimate = []
        for reverse in (False, True):
            steps = planned(files)
            for shard in sorted(steps.shards, reverse=reverse):
                load(steps, shard)
            legitimate.append(natural(desk))
        steps, start = planned(files), threading.Barrier(2)
        raised: list[BaseException] = []

        def task(shard: int, steps: Steps = steps, start: threading.Barrier = start, raised: Any = raised) -> None:
            try:
                start.wait(20)
                load(steps, shard)
            except BaseException as error:
                raised.append(error)

        tasks = [threading.Thread(target=task, args=(shard,)) for shard in steps.shards]
        for each in tasks:
            each.start()
        for each in tasks:
            each.join(60)
        assert raised == []
        assert natural(desk) in legitimate
        desk.check_sums()


KILLED_BEFORE = (
    "registry/person/insert",
    "registry/dose/insert",
    "registry/review/insert",
    "intake/upload/update_counts",
    "intake/staged_file/delete",
)


def test_a_session_killed_in_the_middle_of_a_batch_leaves_nothing_half(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the session before a statement; nothing of the batch is there, and a retry loads it whole."""
    files = draw_files(0)
    for unit, rows in files.items():
        desk.put(f"{unit}.csv", rows, unit=unit)
    steps = Steps(desk).plan().stage()
    before, run = desk.dump(), db.run
    for victim in KILLED_BEFORE:

        def killing(connection: Any, name: str, parameters: Any = None, victim: str = victim) -> Any:
            if name == victim:
                connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            return run(connection, name, parameters)

        with monkeypatch.context() as patched:
            patched.setattr(db, "run", killing)
            with pytest.raises((DBAPIError, DatabaseUnreachableError)):
                steps.apply()
        assert desk.dump() == before, victim
    steps.apply()
    steps.finish()
    retried = natural(desk)
    desk.clear()
    desk.list_units()
    for unit, rows in files.items():
        desk.put(f"{unit}.csv", rows, unit=unit)
    desk.run()
    assert natural(desk) == retried
    desk.run(AUG_11)
    assert natural(desk) == retried
