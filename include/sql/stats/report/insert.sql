-- Store a batch's revisions in the order of its lines: report_id tells which of two figures came later.
INSERT INTO stats.report (
    unit_code,
    given_on,
    vaccine,
    dose_number,
    doses_given,
    revision,
    source,
    upload_id,
    row_number,
    received_at,
    received_on,
    nil
)
SELECT
    figure.unit_code,
    figure.given_on,
    figure.vaccine,
    figure.dose_number,
    figure.doses_given,
    figure.revision,
    figure.source,
    figure.upload_id,
    figure.row_number,
    coalesce(line.received_at, upload.received_at) AS received_at,
    line.received_on,
    figure.nil
FROM batch_figure AS figure
INNER JOIN batch_report_row AS line ON figure.seq = line.seq
INNER JOIN intake.upload ON figure.upload_id = upload.upload_id
ORDER BY figure.seq, figure.vaccine NULLS FIRST, figure.dose_number
