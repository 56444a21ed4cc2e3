"""A sample city goes through the pipeline, and the answer key agrees in every row and figure."""

import shutil
from pathlib import Path

from sqlalchemy import Engine

from vaxtally import oneshot
from vaxtally.sample import write_city
from vaxtally.sample.verify import differences
from vaxtally.settings import Settings


def test_everything_comes_out_as_the_answer_key_says(registry: Engine, tmp_path: Path) -> None:
    city = write_city(tmp_path / "city", units=20, rows=2_000, days=9, seed=3, dirty=0.3)
    shutil.copytree(city.folder, tmp_path / "inbox")
    url = registry.url.render_as_string(hide_password=False)
    settings = Settings(home=tmp_path / "home", inbox=tmp_path / "inbox", rest_seconds=0.0, registry_url=url)

    oneshot.run_once(registry, settings.with_changes(mail_mode="off"), city.received_on)

    assert differences(registry, tmp_path / "city", tmp_path / "inbox") == []
    corrected = {"updated", "voided", "duplicate", "held", "rejected", "loaded"}
    assert set(city.outcomes) == corrected
