"""The DAG files as Airflow's own parser reads them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from vaxtally import paths

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


@pytest.fixture(scope="session")
def dag_bag() -> Iterator["DagBag"]:
    """Every DAG, parsed without a database."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("VAXTALLY_TIMETABLES", raising=False)
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(str(paths.DAGS))
