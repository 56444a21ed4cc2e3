-- Reviews whose rows were judged again.
UPDATE registry.review SET judged_at = now() WHERE review_id = ANY(:review_ids) AND status = 'open'
