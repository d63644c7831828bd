DROP TABLE sqlite_stat1;
