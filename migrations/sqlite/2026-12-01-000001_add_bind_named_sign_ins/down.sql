ALTER TABLE features DROP COLUMN bind_named_sign_ins;
