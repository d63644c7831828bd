ALTER TABLE aliases DROP COLUMN sign_in_name;
