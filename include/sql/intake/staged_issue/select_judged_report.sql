-- A shard's staged report rows as the suite staged_report_row judges them: each beside the lines of its file with the
-- same key, and of the same unit and day. The code puts the shard's own partition in the place of the table.
SELECT
    fact.*,
    -- a negative count is none, and contradicts nothing
    min(fact.doses_given) FILTER (WHERE fact.doses_given >= 0) OVER line AS lowest_count,
    max(fact.doses_given) FILTER (WHERE fact.doses_given >= 0) OVER line AS highest_count,
    max(fact.doses_given) OVER unit_day AS highest_count_of_day,
    count(*) FILTER (WHERE fact.is_nil) OVER unit_day AS nil_lines_of_day,
    min(fact.row_number) OVER (
        PARTITION BY
            fact.upload_id, fact.unit_code, fact.given_on, fact.vaccine, fact.dose_number, fact.doses_given, fact.is_nil
    ) AS first_equal_row
FROM (
    SELECT
        staged.*,
        num_nulls(
            staged.unit_code, staged.given_on, staged.vaccine, staged.dose_number, staged.doses_given
        ) = 0
        AND staged.doses_given >= 0 AS is_complete,
        num_nulls(staged.unit_code, staged.given_on) = 0
        AND staged.vaccine_text IS NULL
        AND coalesce(staged.doses_given = 0, false) AS is_nil
    FROM intake.staged_report_row AS staged
) AS fact
WINDOW
    line AS (PARTITION BY fact.upload_id, fact.unit_code, fact.given_on, fact.vaccine, fact.dose_number),
    unit_day AS (PARTITION BY fact.upload_id, fact.unit_code, fact.given_on)
