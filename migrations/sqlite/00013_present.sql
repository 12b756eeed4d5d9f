-- Whoever asks for the groups of somebody asks whether the edges are present. With that
-- in the index the edges themselves, each in a page of its own, are not read.

-- +goose Up
DROP INDEX memberships_member;
CREATE INDEX memberships_member ON memberships (directory_id, member_id, group_id, present);

-- +goose Down
DROP INDEX memberships_member;
CREATE INDEX memberships_member ON memberships (directory_id, member_id, group_id);
