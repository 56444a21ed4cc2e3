-- Note an address that mail cannot reach, or that it still cannot.
INSERT INTO outreach.refused_address AS known (address, unit_code, reason, reply)
VALUES (lower(:address), :unit_code, :reason, :reply)
ON CONFLICT ON CONSTRAINT refused_address_once
DO UPDATE SET reason = excluded.reason, reply = excluded.reply, last_seen_at = now()
