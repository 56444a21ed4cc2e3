-- The last day as of which a file or a unit list was taken in.
SELECT greatest(
    (SELECT max(received_on) FROM intake.upload),
    (SELECT max(received_on) FROM reference.unit_list WHERE status = 'loaded')
) AS as_of
