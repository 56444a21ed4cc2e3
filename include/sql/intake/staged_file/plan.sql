-- Note a waiting file as planned, under an id drawn in the order of the contract.
INSERT INTO intake.staged_file (
    upload_id, shard, kind, unit_code, file_name, source_path, kept_path, modified_at, sha256, size_bytes,
    language, received_on, received_at, state, repeats_upload_id, file_issues
)
VALUES (
    :upload_id, :shard, :kind, :unit_code, :file_name, :source_path, :kept_path, :modified_at, :sha256, :size_bytes,
    :language, :received_on, :received_at, :state, :repeats_upload_id, CAST(:file_issues AS jsonb)
)
