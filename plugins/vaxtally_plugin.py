"""What Airflow loads from this project besides the DAGs."""

from airflow.plugins_manager import AirflowPlugin

from vaxtally import airflow_letters


class VaxtallyPlugin(AirflowPlugin):
    """Makes the project visible under Admin → Plugins; the package `vaxtally` is imported as any other.

    The letters that wait for a decision are read at `/vaxtally/letters/<case>`.
    """

    name = "vaxtally"
    fastapi_apps = [  # noqa: RUF012 - as Airflow reads it
        {"app": airflow_letters.app, "url_prefix": airflow_letters.PREFIX, "name": "Vaxtally letters"}
    ]
