-- A shard's staged rows as the suite staged_row judges them: with their vaccine's list entry, the settings, and two
-- facts that several conditions ask for. The code puts the shard's own partition in the place of the table.
SELECT
    staged.*,
    vaccine.doses_in_series,
    vaccine.min_age,
    vaccine.max_age,
    vaccine.approved_on,
    vaccine.booster_from,
    CAST(:campaign_start_on AS date) AS campaign_start_on,
    CAST(:late_entry_days AS integer) AS late_entry_days,
    coalesce(
        staged.national_id, staged.second_national_id, staged.third_national_id,
        staged.health_insurance_no, staged.phone
    ) IS NULL AS has_no_number,
    coalesce(
        staged.declared_dose_number_text,
        staged.declared_vaccine_text,
        staged.declared_given_on_text,
        staged.declared_place
    ) IS NOT NULL AS has_declaration
FROM intake.staged_row AS staged
LEFT JOIN reference.vaccine AS vaccine ON staged.vaccine = vaccine.code
