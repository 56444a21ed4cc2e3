"""The stack's secrets: made once for a home, kept in files of mode 0600.

`python -m vaxtally.stack.login` writes the password of AIRFLOW_ADMIN_PASSWORD where Airflow looks for it (compose).
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from vaxtally.lock import write_private

USER = "admin"


@dataclass(frozen=True)
class Login:
    """Who may use the user interface and the REST API."""

    user: str
    password: str


def passwords_file(home: Path) -> Path:
    """The file that Airflow's simple auth manager reads: {user: password}."""
    return home / "airflow" / "passwords.json"


def login_of(home: Path) -> Login:
    """The home's login, made at the first call."""
    path = passwords_file(home)
    if not path.exists():
        write_private(path, json.dumps({USER: secrets.token_urlsafe(12)}))
    return Login(USER, json.loads(path.read_text())[USER])


def keys_of(home: Path) -> dict[str, str]:
    """The keys Airflow's components share: `fernet` (connections), `jwt` (tasks and API), `session` (cookies)."""
    path = home / "airflow" / "keys.json"
    if not path.exists():
        fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        write_private(
            path, json.dumps({"fernet": fernet, "jwt": secrets.token_hex(32), "session": secrets.token_hex(32)})
        )
    return json.loads(path.read_text())


if __name__ == "__main__":
    write_private(
        Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]),
        json.dumps({USER: os.environ["AIRFLOW_ADMIN_PASSWORD"]}),
    )
