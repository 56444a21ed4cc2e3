-- Begin a delivery run: its number, whose lock this session now holds, and the database's clock.
SELECT
    run_id,
    now() AS run_started_at,
    pg_advisory_lock(:run_lock, run_id) AS held
FROM (SELECT CAST(nextval('outreach.delivery_run') AS integer) AS run_id) AS next
