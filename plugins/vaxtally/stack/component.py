"""Runs one Airflow command that ends with the process that started it.

python -P -m vaxtally.stack.component scheduler --skip-serve-logs
"""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Ask the kernel to end this process (SIGTERM) when its parent ends, however that ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    """Become `airflow <arguments>`."""
    end_with_parent()
    from airflow.__main__ import main as airflow

    sys.argv[0] = "airflow"
    airflow()


if __name__ == "__main__":
    main()
