-- For how long things are kept: what a purge looks for, what it leaves behind, and how
-- the audit trail may be shortened.

-- +goose Up
CREATE INDEX sync_runs_held ON sync_runs (directory_id, finished_at) WHERE state = 'held';
CREATE INDEX users_removed ON users (directory_id, updated_at) WHERE NOT living;
CREATE INDEX groups_removed ON groups (directory_id, updated_at) WHERE NOT living;

-- What has been purged or erased. Of the bridge as a whole where there is no directory.
CREATE TABLE purges (
    id           text    PRIMARY KEY,
    directory_id text    REFERENCES directories (id) ON DELETE CASCADE,
    at           integer NOT NULL,
    kind         text    NOT NULL,
    cutoff       integer NOT NULL, -- what is older has gone; 0 of an erased person
    n            integer NOT NULL,
    record_id    text              -- of an erased person
) STRICT;
CREATE INDEX purges_directory ON purges (directory_id, id);
CREATE INDEX purges_kind ON purges (kind, cutoff);

-- The feed has lost its entries up to here.
CREATE TABLE feed_floors (
    directory_id text    PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE,
    seq          integer NOT NULL
) STRICT;

-- The trail is shortened by no one but a purge that is on record, and what it tells of a
-- person may be blotted out once their erasure is.
DROP TRIGGER audit_events_are_not_changed;
DROP TRIGGER audit_events_are_not_deleted;
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
WHEN NOT (NEW.before IS NULL AND NEW.after IS NULL AND NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.directory_id IS OLD.directory_id
    AND NEW.actor_kind = OLD.actor_kind AND NEW.actor_id IS OLD.actor_id AND NEW.actor_name = OLD.actor_name
    AND NEW.action = OLD.action AND NEW.target_id = OLD.target_id AND NEW.address = OLD.address AND NEW.request_id = OLD.request_id
    AND EXISTS (SELECT 1 FROM purges p WHERE p.kind = 'person' AND p.directory_id = OLD.directory_id AND p.record_id = OLD.target_id))
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
WHEN NOT EXISTS (SELECT 1 FROM purges p WHERE p.kind = 'audit-events' AND p.cutoff > OLD.at)
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER purges_of_the_trail_are_not_changed BEFORE UPDATE ON purges WHEN OLD.kind = 'audit-events'
BEGIN
    SELECT RAISE(ABORT, 'the record of a purge of audit events is neither changed nor deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER purges_of_the_trail_are_not_deleted BEFORE DELETE ON purges WHEN OLD.kind = 'audit-events'
BEGIN
    SELECT RAISE(ABORT, 'the record of a purge of audit events is neither changed nor deleted');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_events_are_not_changed;
DROP TRIGGER audit_events_are_not_deleted;
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_are_not_deleted BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit events are neither changed nor deleted');
END;
-- +goose StatementEnd
DROP TABLE feed_floors;
DROP TABLE purges;
DROP INDEX groups_removed;
DROP INDEX users_removed;
DROP INDEX sync_runs_held;
