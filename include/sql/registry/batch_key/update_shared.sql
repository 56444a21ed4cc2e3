-- Which keys are numbers that three or more different persons were sent with, as of their signature's file.
UPDATE batch_key AS k
SET shared = TRUE
FROM batch_shared AS h, batch_signature AS s
WHERE k.kind = h.kind AND k.value = h.value AND k.sig = s.sig AND h.since_upload_id <= s.upload_id AND NOT k.shared
