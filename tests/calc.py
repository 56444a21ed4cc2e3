"""LibreOffice Calc as a unit uses it: opens a file and saves it in another format."""

import shutil
import subprocess
from pathlib import Path

import pytest

# Parts of a CSV filter: delimiter and quote by code, encoding (76: UTF-8), first line, cells as shown or as kept.
CSV_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
CSV_AS_KEPT = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,false,false"
CSV_ALL_QUOTED = "csv:Text - txt - csv (StarCalc):9,34,UTF-16,1,,0,true,true,false"

needs_calc = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def save_as(form: str, folder: Path, *paths: Path) -> list[Path]:
    """Each file as Calc saves it, in a new `folder`. `form`: a suffix, or `csv:` with the settings of the export."""
    folder.mkdir()
    subprocess.run(
        [
            "soffice", f"-env:UserInstallation={(folder / 'calc').as_uri()}", "--headless",
            "--convert-to", form, "--outdir", str(folder), *map(str, paths),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return [folder / f"{path.stem}.{form.partition(':')[0]}" for path in paths]
