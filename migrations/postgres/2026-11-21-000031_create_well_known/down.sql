DROP TABLE well_known;
