-- The database's clock, which every time in the ledger is of.
SELECT now() AS run_started_at
