-- Nobody's particulars were decided before: each person stands for himself.
INSERT INTO batch_identity (seq, sig, identity_hash, file_hash, entry_hash, first_seq, pass, remark_pass)
SELECT
    b.seq,
    b.seq AS sig,
    gen_random_uuid() AS identity_hash,
    gen_random_uuid() AS file_hash,
    gen_random_uuid() AS entry_hash,
    b.seq AS first_seq,
    1 AS pass,
    1 AS remark_pass
FROM batch_row AS b
