-- PostgreSQL collects its statistics by itself; this step is SQLite's.
SELECT 1;
