-- Whether the alias is the name that its user registered with and signs in with; at most one of a user's is.
ALTER TABLE aliases ADD COLUMN sign_in_name BOOLEAN NOT NULL DEFAULT FALSE;
