-- To come in this room.
SELECT 1;
