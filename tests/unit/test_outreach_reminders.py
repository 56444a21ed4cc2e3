"""A round of reminders written by several processes is the one that a single process writes."""

from dataclasses import replace

import pytest

from vaxtally.outreach import reminders

from ..mail_samples import LETTER


@pytest.mark.parametrize("kind", ["shortfall", "urgent"])
def test_several_processes_write_what_one_writes_in_its_order(monkeypatch, kind):
    people = {"an@example.org": "Nguyễn Văn An", "data@example.org": None}
    jobs = [
        reminders.Reminder(
            letter=replace(LETTER, unit_code=f"U{number}", language=("vi", "en")[number % 2]),
            kind=kind, case_id=number, people=people, contact="vaxtally@example.org",
        )
        for number in range(25)
    ]  # fmt: skip
    alone = list(reminders.write_all(jobs))
    monkeypatch.setattr(reminders, "MANY", 1)
    together = list(reminders.write_all(jobs))
    assert [(draft.case_id, draft.recipient) for draft in together] == [
        (number, address) for number in range(25) for address in people
    ]
    for one, other in zip(alone, together, strict=True):
        assert replace(one, attachments=()) == replace(other, attachments=())
        assert [each.name for each in one.attachments] == [each.name for each in other.attachments]


def test_what_goes_wrong_in_another_process_is_raised(monkeypatch):
    monkeypatch.setattr(reminders, "MANY", 1)
    broken = reminders.Reminder(
        letter=replace(LETTER, lines=()), kind="shortfall", case_id=1, people={"a@b.vn": None}, contact=""
    )
    with pytest.raises(Exception, match=r"zero|empty"):
        list(reminders.write_all([broken] * 3))
