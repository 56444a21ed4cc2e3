-- The last day as of which a file or a unit list was taken in, or rows that were judged again.
SELECT greatest(
    (SELECT max(received_on) FROM intake.upload),
    (SELECT max(as_of) FROM intake.reprocess),
    (SELECT max(received_on) FROM reference.unit_list WHERE status = 'loaded')
) AS as_of
