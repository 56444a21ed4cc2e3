"""Fails where a tracked file or a commit message names a package registry's host, or the build machinery any host.

The registry's names are asked of pip: its defaults and what it is configured with here. So none stands in this file.
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from pip._internal.configuration import Configuration
from pip._internal.models.index import PyPI, TestPyPI

# Files that install things: they take the registry from the environment they run in, so no address belongs there.
MACHINERY = re.compile(r"^(requirements\.lock|pyproject\.toml|Makefile|Dockerfile|docker-compose\.yaml|scripts/|\.ci/)")
ADDRESS = re.compile(rb"https?://(?!127\.0\.0\.1|localhost|api-server\b)[\w.-]+")


def main() -> int:
    """The number of findings, each told in a line."""
    hosts = re.compile(b"|".join(re.escape(host.encode()) for host in sorted(registry_hosts())), re.IGNORECASE)
    findings = [
        f"{path}:{number}: {line.strip()[:100].decode(errors='replace')}"
        for path in _git("ls-files", "-z").split("\0")
        if path and Path(path).is_file()
        for number, line in enumerate(Path(path).read_bytes().splitlines(), 1)
        if hosts.search(line) or (MACHINERY.match(path) and ADDRESS.search(line))
    ]
    findings += [f"commit {line}" for line in _git("log", "--format=%h %B").splitlines() if hosts.search(line.encode())]
    print("\n".join(findings))
    return min(len(findings), 1)


def registry_hosts() -> set[str]:
    """Host names of pip's own registry and of those it is configured with."""
    configuration = Configuration(isolated=False)
    configuration.load()
    urls = [
        part
        for name, value in configuration.items()
        if name.rpartition(".")[2] in {"index-url", "extra-index-url", "find-links", "trusted-host"}
        for part in (value if isinstance(value, str) else " ".join(map(str, value.values()))).split()
    ]
    configured = {urlsplit(url).hostname for url in urls} - {None}
    defaults = {index.netloc for index in (PyPI, TestPyPI)} | {PyPI.file_storage_domain, TestPyPI.file_storage_domain}
    return {host for host in configured | defaults if host and "." in host and not host.startswith("127.")}


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout  # noqa: S607


if __name__ == "__main__":
    sys.exit(main())
