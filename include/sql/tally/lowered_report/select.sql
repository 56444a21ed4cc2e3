-- Figures that units lowered themselves, in what came in lately.
SELECT
    lowered.unit_code,
    lowered.given_on,
    lowered.vaccine,
    lowered.dose_number,
    earlier.doses_given AS previous,
    lowered.doses_given,
    lowered.received_on,
    lowered.upload_id
FROM stats.report AS lowered
INNER JOIN stats.report AS earlier
    ON
        lowered.unit_code = earlier.unit_code
        AND lowered.given_on = earlier.given_on
        AND lowered.vaccine = earlier.vaccine
        AND lowered.dose_number = earlier.dose_number
        AND lowered.revision - 1 = earlier.revision
WHERE
    lowered.source = 'unit'
    AND lowered.doses_given < earlier.doses_given
    AND lowered.received_on > CAST(:as_of AS date) - CAST(:days AS integer)
    AND lowered.received_on <= CAST(:as_of AS date)
ORDER BY lowered.unit_code, lowered.given_on, lowered.vaccine, lowered.dose_number, lowered.revision
