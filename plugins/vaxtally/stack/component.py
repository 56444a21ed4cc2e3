"""Runs one Airflow command that ends with the process that started it.

python -P -m vaxtally.stack.component scheduler --skip-serve-logs
"""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Become `airflow <arguments>`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    from airflow.__main__ import main as airflow

    sys.argv[0] = "airflow"
    airflow()


if __name__ == "__main__":
    main()
