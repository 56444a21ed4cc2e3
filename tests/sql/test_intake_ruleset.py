"""Versions of rules and lists: which stood when a file was judged."""

from typing import Any

import pytest

from vaxtally.intake import ruleset

from ..intake_desk import AUG_10, AUG_11, Desk, people


def versions(desk: Desk) -> list[Any]:
    return [(upload.file_name, upload.ruleset_id) for upload in desk.uploads()]


def test_files_of_one_run_share_a_version_and_the_answer_names_it(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.put("b.csv", b"%PDF-1.4")
    desk.run()
    (kept,) = desk.query("SELECT * FROM intake.ruleset")
    assert versions(desk) == [("a.csv", kept.ruleset_id), ("b.csv", kept.ruleset_id)]
    assert desk.answer("a.csv").summary["rules_version"] == kept.sha256[:12]
    assert desk.answer("b.csv").summary["rules_version"] == kept.sha256[:12]
    assert kept.settings["campaign_start_on"] == "2021-03-08"
    assert set(kept.parts) >= {"rules", "suites", "vaccines", "vaccine_pairs", "districts", "readers", "statements"}
    assert kept.unit_list_sha256 == desk.query("SELECT sha256 FROM reference.unit_list")[0].sha256


def test_a_later_run_with_nothing_changed_keeps_the_version(desk: Desk) -> None:
    desk.put("a.csv", people(1))
    desk.run(AUG_10)
    desk.put("b.csv", people(2))
    desk.run(AUG_11)
    assert len({ruleset_id for _, ruleset_id in versions(desk)}) == 1
    assert desk.query("SELECT count(*) FROM intake.ruleset") == [(1,)]


@pytest.mark.parametrize("what", ["setting", "unit list", "vaccine list"])
def test_what_changes_the_verdict_makes_another_version(desk: Desk, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.put("a.csv", people(1))
    desk.run(AUG_10)
    if what == "unit list":
        desk.list_units(**{"HOC-1": "vi", "HOC-7": "en"})
    if what == "vaccine list":
        changed = ruleset.parts() | {"vaccines": "0" * 64}
        monkeypatch.setattr(ruleset, "parts", lambda: changed)
    desk.put("b.csv", people(2))
    desk.run(AUG_11, **({"late_entry_days": 21} if what == "setting" else {}))
    (_, first), (_, second) = versions(desk)
    assert first != second
    one, other = desk.query("SELECT * FROM intake.ruleset ORDER BY ruleset_id")
    assert (one.parts != other.parts) == (what == "vaccine list")
    assert (one.settings != other.settings) == (what == "setting")
    assert (one.unit_list_sha256 != other.unit_list_sha256) == (what == "unit list")


def test_a_part_changes_with_a_byte_of_its_files(tmp_path: Any) -> None:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "meet.sql").write_text("SELECT 1")
    first = ruleset._digest((folder,))
    (folder / "meet.sql").write_text("SELECT 2")
    second = ruleset._digest((folder,))
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "meet.pyc").write_bytes(b"x")
    assert first != second == ruleset._digest((folder,))
    (folder / "meet.sql").rename(folder / "met.sql")
    assert ruleset._digest((folder,)) != second
