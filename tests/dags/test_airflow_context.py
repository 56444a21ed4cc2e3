"""Airflow's connections and failures in the words of the rooms."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from vaxtally import airflow_context, outreach
from vaxtally.clock import RunTime
from vaxtally.errors import UsageError
from vaxtally.outreach import Delivery, OutreachSummary
from vaxtally.settings import Settings


def connections(monkeypatch: pytest.MonkeyPatch, **known: Connection) -> None:
    def get(name: str) -> Connection:
        if name not in known:
            raise AirflowNotFoundException(name)
        return known[name]

    monkeypatch.setattr(airflow_context.Connection, "get", get)


def test_connections_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAXTALLY_REGISTRY_URL", "postgresql://elsewhere/registry")
    monkeypatch.setenv("VAXTALLY_MAIL_URL", "mailto://127.0.0.1:25")
    connections(monkeypatch)
    settings = airflow_context.settings_with_connections()
    assert (settings.registry_url, settings.mail_url) == ("postgresql://elsewhere/registry", "mailto://127.0.0.1:25")
    connections(
        monkeypatch,
        vaxtally_registry=Connection(conn_id="vaxtally_registry", conn_type="postgres", host="db", schema="registry"),
        vaxtally_mail=Connection(conn_id="vaxtally_mail", conn_type="mailto", host="127.0.0.1", port=2525),
    )
    settings = airflow_context.settings_with_connections()
    assert settings.registry_url == "postgresql+psycopg://db/registry"
    assert settings.mail_url == "mailto://127.0.0.1:2525"


def test_a_registry_connection_keeps_odd_passwords_and_extras() -> None:
    from sqlalchemy.engine import make_url

    connection = Connection(
        conn_id="vaxtally_registry", conn_type="postgres", host="db", port=5433, schema="registry", login="vax",
        password="p@ss/wörd:%", extra='{"sslmode": "verify-full"}',
    )  # fmt: skip
    url = make_url(airflow_context.registry_url(connection))
    assert (url.password, url.port, url.query) == ("p@ss/wörd:%", 5433, {"sslmode": "verify-full"})


def test_a_mail_connection_is_encrypted_unless_its_type_says_otherwise() -> None:
    connection = Connection(
        conn_id="vaxtally_mail", conn_type="smtp", host="mail.example", port=587, login="sổ", password="a b@c",
        extra='{"mode": "starttls"}',
    )  # fmt: skip
    assert airflow_context.mail_url(connection) == "mailtos://s%E1%BB%95:a%20b%40c@mail.example:587?mode=starttls"


def test_wrong_usage_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from vaxtally import db

    def refuse(*_: Any) -> None:
        raise UsageError("No unit list was ever seen.")

    connections(monkeypatch)
    monkeypatch.setattr(db, "open_registry", refuse)
    with (
        pytest.raises(AirflowFailException, match="unit list"),
        airflow_context.registry(airflow_context.DEFAULT_ARGS["retry_delay"]),
    ):
        pass


@pytest.mark.parametrize(
    ("error", "told"),
    [(UsageError("No unit list."), "No unit list."), (ValueError("079200001234 Nguyễn Văn An"), "ValueError")],
)
def test_operators_are_told_what_failed_without_a_value(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    sent: list[tuple[Settings, str, str]] = []
    monkeypatch.setattr(outreach, "alert", lambda *message: sent.append(message))
    task = SimpleNamespace(dag_id="ingest_uploads", task_id="apply", run_id="r1", try_number=3, log_url="the log")
    airflow_context.notify_failure({"task_instance": task, "exception": error})
    ((_, title, body),) = sent
    assert title == "Vaxtally: ingest_uploads.apply failed"
    assert body == f"Run r1, try 3: {told}\nthe log"


@pytest.mark.parametrize(
    ("delivery", "fails"),
    [
        (Delivery(sent=3), False),
        (Delivery(failed=2, retrying=2), True),
        (Delivery(retrying=2), True),
        (Delivery(failed=2, retrying=2, refused=2), False),
        (Delivery(failed=1, given_up=1), False),
        (Delivery(waiting=5, reason="Quiet hours"), False),
        (Delivery(unknown=1, undecided=1), False),
    ],
)
def test_a_task_fails_for_a_server_that_is_away_and_not_for_an_address(
    monkeypatch: pytest.MonkeyPatch, delivery: Delivery, fails: bool
) -> None:
    """What a later try may mend, it is tried again for; a refused address or an unknown delivery is a person's."""

    @contextmanager
    def registry(_timeout: timedelta) -> Iterator[tuple[None, Settings]]:
        yield None, Settings()

    summary = OutreachSummary(kind="shortfall", as_of=date(2021, 10, 7), delivery=delivery)
    monkeypatch.setattr(airflow_context, "registry", registry)
    monkeypatch.setattr(airflow_context, "run_time", lambda _settings: RunTime.now(Settings()))
    monkeypatch.setattr(outreach, "remind_units", lambda *_: summary)
    with pytest.raises(airflow_context.MailFailedError) if fails else nullcontext():
        assert airflow_context.deliver(timedelta(minutes=1), "remind_units")["sent"] == delivery.sent
