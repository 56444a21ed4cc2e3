"""`vaxtally mails`: what a person sees of the outbox, and decides. Refused addresses, and what the digest is told."""

import json
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from vaxtally import cli, outreach
from vaxtally.errors import UsageError
from vaxtally.outreach import ledger, outbox, rounds
from vaxtally.outreach.ledger import Draft
from vaxtally.outreach.transport import Outcome
from vaxtally.settings import Settings

from .. import stopping_smtp

if TYPE_CHECKING:
    from sqlalchemy import Engine

UNKNOWN = Outcome("unknown", "lost", "No answer.")
UNREACHABLE = Outcome("failed", "unreachable", "Nobody there.")
REFUSED = Outcome("failed", "refused", "The server answered 550: No such mailbox", address_refused=True)


@pytest.fixture
def mail(registry: "Engine") -> Callable[..., int]:
    """Write a mail to a unit and let a run have this outcome with it; its id."""
    with registry.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reference.unit (unit_code, name, unit_type, data_officer_email, listed_on)"
                " VALUES ('BV1', 'Bệnh viện 1', 'public_hospital', 'Lan@bv1.example.vn; b@b.vn', '2021-03-08')"
            )
        )

    outcomes: dict[int, Outcome] = {}

    def write(recipient: str, outcome: Outcome | None = None, day: int = 7, **values: object) -> int:
        draft = {"kind": "shortfall", "level": 1, "unit_code": "BV1", "as_of": date(2021, 10, day), "language": "vi"}
        with registry.begin() as connection:
            assert ledger.write(
                connection, Draft(**{**draft, "subject": "Thiếu", "text": "a", "html": "a", **values}).to(recipient)
            )
            message_id = connection.execute(text("SELECT max(message_id) FROM outreach.message")).scalar_one()
        if outcome:
            with rounds.running(registry, Settings()) as (current, _), registry.begin() as connection:
                outcomes[message_id] = outcome
                while claimed := current.claim(connection):
                    current.settle(connection, claimed.message_id, outcomes[claimed.message_id])
        return message_id

    return write


def statuses(engine: "Engine") -> list[tuple[int, str]]:
    with engine.connect() as connection:
        sql = "SELECT message_id, status FROM outreach.message ORDER BY message_id"
        return [tuple(row) for row in connection.execute(text(sql))]


@pytest.fixture
def command(
    registry: "Engine", monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", registry.url.render_as_string(hide_password=False))

    def run(*arguments: str) -> tuple[int, str]:
        code = cli.main(["mails", *arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_the_list_shows_what_has_not_arrived(command, mail) -> None:
    mail("a@bv1.example.vn", Outcome("sent"))
    lost = mail("b@bv1.example.vn", UNKNOWN)
    mail("c@bv1.example.vn", UNREACHABLE)
    mail("d@bv1.example.vn")
    code, said = command("list")
    assert code == 0
    assert [line.split()[1].strip(",") for line in said.splitlines() if "@" in line] == ["unknown", "failed", "queued"]
    assert "failed, next try " in said
    assert "No answer." in said
    _, said = command("list", "--status", "unknown", "--json")
    [shown] = json.loads(said)
    assert (shown["message_id"], shown["recipient"], shown["failure"]) == (lost, "b@bv1.example.vn", "lost")
    assert command("list", "--status", "unknown", "--unit", "NO")[1] == "There is no such mail.\n"


def test_resent_by_a_person_an_unknown_mail_goes_out_by_the_next_run(command, mail, registry, monkeypatch) -> None:
    lost = mail("lan@bv1.example.vn", UNKNOWN)
    with stopping_smtp.running() as server:
        monkeypatch.setenv("VAXTALLY_MAIL_URL", server.url)
        assert json.loads(command("send", "--json")[1])["undecided"] == 1
        assert server.accepted == []
        assert command("resend", str(lost), "--by", "Chi") == (0, f"Queued; the next run sends them: {lost}.\n")
        assert command("send")[0] == 0
        assert server.accepted == ["lan@bv1.example.vn"]
        code, said = command("resend", str(lost), "--by", "Chi")
    assert code == 2
    assert "is sent" in said
    with registry.connect() as connection:
        sql = "SELECT message_id, decision, decided_by, status_before, attempts_before FROM outreach.message_decision"
        assert connection.execute(text(sql)).one() == (lost, "resend", "Chi", "unknown", 1)


@pytest.mark.parametrize(("decision", "status"), [("sent", "sent"), ("drop", "dropped")])
def test_settled_by_a_person_it_needs_nobody_any_more(command, mail, registry, decision, status) -> None:
    ids = [mail("a@bv1.example.vn", UNKNOWN), mail("b@bv1.example.vn", UNREACHABLE)]
    assert command("settle", *map(str, ids), decision, "--by", "Chi")[0] == 0
    assert statuses(registry) == [(ids[0], status), (ids[1], status)]
    with registry.connect() as connection:
        assert outbox.troubles(connection) == outbox.Troubles(retrying=0, given_up=0, unknown=0, refused=())


def test_of_several_mails_all_are_decided_or_none(mail, registry) -> None:
    ids = [mail("a@bv1.example.vn", UNKNOWN), mail("b@bv1.example.vn")]
    with pytest.raises(UsageError, match="is queued"):
        outbox.decide(registry, ids, "drop", "Chi")
    with pytest.raises(UsageError, match="no mail 999"):
        outbox.decide(registry, [ids[0], 999], "drop", "Chi")
    assert statuses(registry) == [(ids[0], "unknown"), (ids[1], "queued")]


def test_what_was_dropped_is_not_told_again(mail, registry) -> None:
    lost = mail("a@bv1.example.vn", UNKNOWN, days={date(2021, 10, 4): 3})
    outbox.decide(registry, [lost], "drop", "Chi")
    with registry.connect() as connection:
        assert ledger.told_days(connection, redirected=False) == {("BV1", "a@bv1.example.vn"): {date(2021, 10, 4)}}


def test_a_refused_address_is_known_until_a_mail_is_accepted_for_it(mail, registry) -> None:
    mail("LAN@bv1.example.vn", REFUSED)
    mail("moved@bv1.example.vn", REFUSED)
    with registry.connect() as connection:
        found = outbox.troubles(connection)
    [refused] = found.refused
    assert (refused.address, refused.unit_name, refused.reason) == ("lan@bv1.example.vn", "Bệnh viện 1", "refused")
    assert refused.reply == "The server answered 550: No such mailbox"
    assert (found.retrying, found.given_up, found.unknown) == (2, 0, 0)
    mail("lan@bv1.example.vn", Outcome("sent"), day=8)
    with registry.connect() as connection:
        assert outbox.troubles(connection).refused == ()


def test_a_mail_that_is_put_off_is_no_refused_address(mail, registry) -> None:
    with stopping_smtp.running() as server:
        mail("lan@bv1.example.vn")
        server.answers["RCPT"] = "451 4.7.1 Greylisted, try again later"
        settings = Settings(mail_url=server.url)
        assert outreach.deliver_queued(registry, settings).retrying == 1
        with registry.connect() as connection:
            assert outbox.troubles(connection).refused == ()
            assert connection.execute(text("SELECT failure FROM outreach.message")).scalar() == "deferred"
        server.answers.clear()
        assert outreach.deliver_queued(registry, settings).sent == 1
