"""Nobody's data leaves a run by another way than the files of the unit that sent it."""

import logging
from collections.abc import Iterator

import pytest

from vaxtally import cli
from vaxtally.outreach import sink

from ..intake_desk import Desk, people, person
from ..opened_mail import everything_in

MARKED = {
    "Họ và tên": "Quách Thị Mộng Kha",
    "Ngày sinh": "23/11/1957",
    "CCCD": "079157987321",
    "Số điện thoại": "0908765432",
}
SECRETS = (
    *MARKED.values(), "Mộng", "mong kha", "1957-11-23", "987321", "8765432", "GD4797913579135", "7913579135",
    "Hẻm 77 Bí Mật", "LOT-GEHEIM",
)  # fmt: skip


@pytest.fixture
def post(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[sink.SinkServer]:
    with sink.running(desk.folder / "mails") as server:
        monkeypatch.setenv("VAXTALLY_MAIL_URL", server.url)
        monkeypatch.setenv("VAXTALLY_DIGEST_TO", "so-y-te@example.vn")
        monkeypatch.setenv("VAXTALLY_REGISTRY_URL", desk.url)
        monkeypatch.setenv("VAXTALLY_HOME", str(desk.settings.home))
        yield server


def marked(**changes: str) -> dict[str, str]:
    more = {"Số thẻ BHYT": "GD4797913579135", "Địa chỉ": "Hẻm 77 Bí Mật", "Số lô": "LOT-GEHEIM"}
    return person(1, **MARKED, **more, **changes)


def seed(desk: Desk) -> None:
    """The marked person loaded, rejected, held, in a refused file and in file names."""
    name = f"{MARKED['Họ và tên']} {MARKED['CCCD']}"
    late = {"Ngày tiêm": "05/08/2021"}
    desk.put(f"{name}.csv", [marked(**late), marked(**late), marked(**{"Vắc xin": MARKED["Họ và tên"]})])
    desk.put("b.csv", [marked(**{"Vắc xin": "AZ"}), marked(**{"Giới tính": "GD4797913579135"})], unit="HOC-2")
    desk.put(f"{name}.bad.csv", f"{name},{MARKED['Số điện thoại']}\n".encode())
    desk.put(f"../{name}.csv", b"misplaced")
    desk.put("r.csv", [{"Ngày": "05/08/2021", "Vắc xin": "AZ", "Mũi": "1", "Số mũi tiêm": "30"}], kind="reports")


def run(desk: Desk, *more: str) -> int:
    folders = ("--inbox", str(desk.inbox), "--outbox", str(desk.outbox))
    return cli.main([*more, "run", *folders, "--as-of", "2021-08-10", "--json"])


def spoken(capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture, post: sink.SinkServer) -> str:
    """All that a run said, to anybody: screen, log, mails with their attachments."""
    out, err = capfd.readouterr()
    parts = [out, err, caplog.text, *(str(record.__dict__) for record in caplog.records)]
    parts += map(everything_in, post.mails)
    return "\n".join(parts)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


def test_a_run_on_marked_persons(
    desk: Desk, post: sink.SinkServer, capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    seed(desk)
    with caplog.at_level(logging.DEBUG):
        assert run(desk, "--verbose") == 0
    assert len(post.mails) >= 2
    text = spoken(capfd, caplog, post)
    assert leaks(text) == []
    assert desk.query("SELECT status FROM intake.upload ORDER BY status") == [
        ("loaded",), ("loaded",), ("loaded",), ("quarantined",)
    ]  # fmt: skip


@pytest.mark.parametrize("where", ["registry.person", "registry.dose", "intake.row", "intake.row_issue"])
def test_a_table_that_refuses_a_row(
    desk: Desk, post: sink.SinkServer, capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    desk.execute("CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE EXCEPTION 'refused: %', NEW USING DETAIL = NEW::text; END $$")  # fmt: skip
    desk.execute(f"CREATE TRIGGER fail BEFORE INSERT ON {where} FOR EACH ROW EXECUTE FUNCTION public.fail()")
    try:
        seed(desk)
        desk.put("sound.csv", people(50), unit="HOC-2")
        with caplog.at_level(logging.DEBUG):
            assert run(desk) == 1
    finally:
        desk.execute("DROP FUNCTION public.fail CASCADE")
    text = spoken(capfd, caplog, post)
    assert "could not be applied" in text
    assert leaks(text) == []


@pytest.mark.parametrize("where", ["read", "canonical", "copy"])
def test_a_reader_that_stumbles(
    desk: Desk,
    post: sink.SinkServer,
    capfd: pytest.CaptureFixture,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    """A bug of ours, with a cell in its message: the file is refused, the others are taken in."""
    from vaxtally.intake import canonical, read, stage

    def stumble(*_: object) -> None:
        raise ValueError(f"cannot read {MARKED['Họ và tên']!r}, {MARKED['CCCD']}")

    seed(desk)
    if where == "copy":
        encode = stage.encoded_rows

        def encode_wrongly(rows, *rest) -> list:
            column = rows.column_names.index("line")
            return encode(rows.set_column(column, "line", rows.column("original")), *rest)

        monkeypatch.setattr(stage, "encoded_rows", encode_wrongly)
    else:
        module, name = (read, "read_in_parts") if where == "read" else (canonical, "canonicalise_upload")
        monkeypatch.setattr(module, name, stumble)
    with caplog.at_level(logging.DEBUG):
        code = run(desk)
    text = spoken(capfd, caplog, post)
    assert leaks(text) == []
    assert "Traceback" not in text
    assert code == 0
    uploads = "SELECT DISTINCT status FROM intake.upload WHERE kind = 'upload'"
    assert desk.query(uploads) == [("quarantined",)]
    assert desk.waiting() == [f"HOC-1/{MARKED['Họ và tên']} {MARKED['CCCD']}.csv"]
