"""What Airflow loads from this project besides the DAGs."""

from airflow.plugins_manager import AirflowPlugin


class VaxtallyPlugin(AirflowPlugin):
    """Makes the project visible under Admin → Plugins; the package `vaxtally` is imported as any other."""

    name = "vaxtally"
