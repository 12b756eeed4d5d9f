-- Deep pages: an index of those who are living, so that a page far into the list skips
-- those before it without reading their rows.

-- +goose Up
CREATE INDEX users_living ON users (directory_id, id) WHERE living;
CREATE INDEX groups_living ON groups (directory_id, id) WHERE living;

-- +goose Down
DROP INDEX groups_living;
DROP INDEX users_living;
