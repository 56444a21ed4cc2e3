-- Airflow's own database, beside the registry that the server's image makes. Run once, when the volume is new.
CREATE DATABASE airflow;
