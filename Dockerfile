# The image of every Airflow service in docker-compose.yaml. The project's folders are mounted over the copies in it.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/vaxtally/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/vaxtally/plugins \
    PYTHONPATH=/opt/vaxtally/config

# Patient data is written by this user only; see .env.example for the folders that are mounted.
RUN useradd --uid 10001 --create-home vaxtally \
    && install --directory --owner=vaxtally --mode=0700 /var/lib/vaxtally /opt/airflow

WORKDIR /opt/vaxtally
COPY requirements.lock ./
# Bound to the hashes of the lock file; the registry is whatever the builder's environment says.
RUN pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --system --no-cache --require-hashes --compile-bytecode -r requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY plugins plugins
COPY dags dags
COPY config config
COPY include include
COPY expectations expectations
RUN uv pip install --system --no-cache --no-deps --no-build-isolation --editable . \
    && python -m compileall -q plugins

USER vaxtally
EXPOSE 8080
CMD ["airflow", "version"]
