-- A mail was accepted for this address: whoever's it is, it is refused no more.
DELETE FROM outreach.refused_address
WHERE address = lower(:address)
