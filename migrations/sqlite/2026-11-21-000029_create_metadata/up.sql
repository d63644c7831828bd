-- What is known of the FIDO metadata, for each signer: which BLOB was accepted last, and what came of the last attempt
-- to get a newer one. A small row, read often.
CREATE TABLE metadata (
    signer      TEXT NOT NULL PRIMARY KEY,
    number      BIGINT,
    next_update DATE,
    accepted_at TIMESTAMP,
    tried_at    TIMESTAMP,
    error       TEXT
) WITHOUT ROWID;

-- That BLOB, in parts, so that every node has it. Some ten megabytes, written about once a month.
CREATE TABLE metadata_parts (
    signer  TEXT NOT NULL,
    part    BIGINT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (signer, part)
) WITHOUT ROWID;
