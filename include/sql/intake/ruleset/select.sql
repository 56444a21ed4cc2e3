-- The id of a combination of rules, lists and settings.
SELECT ruleset_id FROM intake.ruleset WHERE sha256 = :sha256
