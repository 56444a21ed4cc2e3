-- Keep the original and canonical values of every rejected or held row.
INSERT INTO intake.row (
    upload_id, row_number, sheet, line, outcome, unit_code, given_on, vaccine, dose_number, original, canonical
)
SELECT
    v.upload_id,
    v.row_number,
    v.sheet,
    v.line,
    v.outcome,
    v.unit_code,
    v.given_on,
    v.vaccine,
    v.dose_number,
    to_jsonb(string_to_array(v.original, E'\x1f')) AS original,
    jsonb_strip_nulls(v.canonical) AS canonical
FROM batch_verdict AS v
WHERE v.outcome IN ('rejected', 'held')
