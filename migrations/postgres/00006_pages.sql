-- Deep pages: the key's index tells who is living, so that a page far into the list skips
-- those before it without reading their rows.

-- +goose Up
ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY (directory_id, id) INCLUDE (living);
ALTER TABLE groups DROP CONSTRAINT groups_pkey, ADD CONSTRAINT groups_pkey PRIMARY KEY (directory_id, id) INCLUDE (living);

-- +goose Down
ALTER TABLE groups DROP CONSTRAINT groups_pkey, ADD CONSTRAINT groups_pkey PRIMARY KEY (directory_id, id);
ALTER TABLE users DROP CONSTRAINT users_pkey, ADD CONSTRAINT users_pkey PRIMARY KEY (directory_id, id);
