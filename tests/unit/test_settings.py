"""Settings come from VAXTALLY_* variables, typed, or fail with a sentence."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from vaxtally.errors import SettingsError
from vaxtally.settings import Settings
from vaxtally.tally.policies import GapPolicy


def test_defaults_lie_under_the_home() -> None:
    settings = Settings.from_environment({"VAXTALLY_HOME": "/data/vaxtally"})
    assert settings.inbox == Path("/data/vaxtally/inbox")
    assert settings.registry_url is None
    assert settings.grace_days == 1


def test_every_kind_of_value_is_read() -> None:
    settings = Settings.from_environment(
        {
            "VAXTALLY_GRACE_DAYS": "2",
            "VAXTALLY_REST_SECONDS": "0.5",
            "VAXTALLY_MAIL_NOT_BEFORE": "2021-09-01",
            "VAXTALLY_DIGEST_TO": "a@example.org; b@example.org",
            "VAXTALLY_TIMEZONE": "Asia/Tokyo",
            "VAXTALLY_MAIL_URL": "  ",
        }
    )
    assert (settings.grace_days, settings.rest_seconds, settings.mail_not_before) == (2, 0.5, date(2021, 9, 1))
    assert settings.digest_to == ("a@example.org", "b@example.org")
    assert settings.timezone.key == "Asia/Tokyo"
    assert settings.mail_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VAXTALLY_GRACE_DAYS", "one"),
        ("VAXTALLY_MAIL_NOT_BEFORE", "01/09/2021"),
        ("VAXTALLY_TIMEZONE", "Mars/Olympus"),
        ("VAXTALLY_GAP_POLICIES", "hospital:grace_days=2"),
        ("VAXTALLY_GAP_POLICIES", "cdc:patience=2"),
        ("VAXTALLY_GAP_POLICIES", "cdc:grace_days=two"),
        ("VAXTALLY_GAP_POLICIES", "cdc:tolerance_share=1"),
        ("VAXTALLY_MAIL_MODE", "loud"),
        ("VAXTALLY_MAIL_MODE", "redirect"),
        ("VAXTALLY_REGISTRY_URL", "nonsense"),
        ("VAXTALLY_REGISTRY_URL", "mysql://root@127.0.0.1/vaxtally"),
        ("VAXTALLY_REGISTRY_URL", "postgresql://vaxtally@127.0.0.1:port/vaxtally"),
    ],
)
def test_a_bad_value_is_a_sentence_that_names_the_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_what_counts_as_a_gap_by_unit_type() -> None:
    text = "private_clinic:grace_days=2, min_gap=5; cdc:silent_days=7;private_clinic:tolerance_share=0.1;"
    policies = Settings.from_environment({"VAXTALLY_GAP_POLICIES": text, "VAXTALLY_GRACE_DAYS": "3"}).policies
    plain = GapPolicy(grace_days=3)
    assert policies.of("public_hospital") == plain
    assert policies.of("cdc") == replace(plain, silent_days=7)
    assert policies.of("private_clinic") == GapPolicy(grace_days=2, min_gap=5, tolerance_share=0.1)
    assert len(policies.by_type) == 6


def test_a_registry_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.from_environment({"VAXTALLY_REGISTRY_URL": "postgres:user:secret@host"})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_spelling_of_a_postgresql_url_is_taken(scheme: str) -> None:
    url = f"{scheme}://user:secret@[::1]:5432/vaxtally?sslmode=require"
    assert Settings.from_environment({"VAXTALLY_REGISTRY_URL": url}).registry_url == url
