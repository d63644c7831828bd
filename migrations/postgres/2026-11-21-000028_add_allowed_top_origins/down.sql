ALTER TABLE features DROP COLUMN allowed_top_origins;
