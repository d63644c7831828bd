DROP TABLE metadata_parts;
DROP TABLE metadata;
