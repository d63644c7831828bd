DROP TABLE authenticators;
