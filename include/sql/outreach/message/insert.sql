-- Queue one mail. Returns no row where the same mail is in the ledger already (message_key: kind, case or unit or
-- upload, level, day, recipient).
INSERT INTO outreach.message (
    unit_code, kind, level, as_of, language, subject, body_text, body_html, recipient, recipient_name, upload_id,
    case_id
)
VALUES (
    :unit_code, :kind, :level, :as_of, :language, :subject, :body_text, :body_html, :recipient, :recipient_name,
    :upload_id, :case_id
)
ON CONFLICT (case_id, kind, level, as_of, lower(recipient), unit_code, upload_id)
WHERE status <> 'superseded'
DO NOTHING
RETURNING message_id
