-- JSON array of the origins that may frame the application's page, or of the word "any"
ALTER TABLE features ADD COLUMN allowed_top_origins TEXT NOT NULL DEFAULT '[]';
