-- After too many rounds what is still open is a knot of shared numbers: a person has to look.
UPDATE batch_signature SET state = 'held', round = :round WHERE state = 'open'
