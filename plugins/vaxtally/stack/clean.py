"""`python -m vaxtally.stack.clean FOLDER…`: deletes the embedded databases of homes, also where they lie elsewhere.

A home is the folder itself or one below it that has a `postgres/` of ours. The stack is stopped first.
"""

import sys
from pathlib import Path

from vaxtally import embedded_postgres
from vaxtally.errors import VaxtallyError
from vaxtally.settings import Settings
from vaxtally.stack.background import down, pid_file


def main(folders: list[str]) -> None:
    """Exits with a sentence if a database is in use."""
    for lease in (lease for folder in folders for lease in Path(folder).absolute().glob("**/postgres/lease")):
        home = lease.parent.parent
        if pid_file(home).exists():
            down(Settings(home=home))
        embedded_postgres.remove(home)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except VaxtallyError as error:
        sys.exit(str(error))
