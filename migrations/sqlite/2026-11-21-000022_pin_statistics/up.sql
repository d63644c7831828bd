-- What SQLite is to believe of the tables that have an index on a user. It knows nothing about them by itself, and then
-- takes an application to have about ten rows, so that it looks for a user's rows among all of the application's.
-- The first ANALYZE makes the table of statistics, the second one reads it.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('credentials', 'credentials', '1000000 10000 1'),
    ('credentials', 'credentials_by_user', '1000000 10000 2'),
    ('aliases', 'aliases', '1000000 10000 1'),
    ('aliases', 'aliases_by_user', '1000000 10000 2');
ANALYZE sqlite_schema;
