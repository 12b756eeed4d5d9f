-- For how long things are kept: what a purge looks for, what it leaves behind, and how
-- the audit trail may be shortened.

-- +goose Up
CREATE INDEX sync_runs_held ON sync_runs (directory_id, finished_at) WHERE state = 'held';
CREATE INDEX users_removed ON users (directory_id, updated_at) WHERE NOT living;
CREATE INDEX groups_removed ON groups (directory_id, updated_at) WHERE NOT living;

-- What has been purged or erased. Of the bridge as a whole where there is no directory.
CREATE TABLE purges (
    id           uuid   PRIMARY KEY,
    directory_id uuid   REFERENCES directories ON DELETE CASCADE,
    at           bigint NOT NULL,
    kind         text   NOT NULL,
    cutoff       bigint NOT NULL, -- what is older has gone; 0 of an erased person
    n            bigint NOT NULL,
    record_id    uuid             -- of an erased person
);
CREATE INDEX purges_directory ON purges (directory_id, id);
CREATE INDEX purges_kind ON purges (kind, cutoff);

-- The feed has lost its entries up to here.
CREATE TABLE feed_floors (
    directory_id uuid   PRIMARY KEY REFERENCES directories ON DELETE CASCADE,
    seq          bigint NOT NULL
);

-- The trail is shortened by no one but a purge that is on record, and what it tells of a
-- person may be blotted out once their erasure is.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM purges WHERE kind = 'audit-events' AND cutoff > OLD.at) THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.before IS NULL AND NEW.after IS NULL AND NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.directory_id IS NOT DISTINCT FROM OLD.directory_id
        AND NEW.actor_kind = OLD.actor_kind AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id AND NEW.actor_name = OLD.actor_name
        AND NEW.action = OLD.action AND NEW.target_id = OLD.target_id AND NEW.address = OLD.address AND NEW.request_id = OLD.request_id
        AND EXISTS (SELECT 1 FROM purges WHERE kind = 'person' AND directory_id = OLD.directory_id AND record_id::text = OLD.target_id) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit events are neither changed nor deleted';
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION purges_of_the_trail_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record of a purge of audit events is neither changed nor deleted';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER purges_of_the_trail_are_kept BEFORE UPDATE OR DELETE ON purges
    FOR EACH ROW WHEN (OLD.kind = 'audit-events') EXECUTE FUNCTION purges_of_the_trail_are_kept();

-- +goose Down
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are neither changed nor deleted';
END
$$;
-- +goose StatementEnd
DROP TABLE feed_floors;
DROP TABLE purges;
DROP FUNCTION purges_of_the_trail_are_kept;
DROP INDEX groups_removed;
DROP INDEX users_removed;
DROP INDEX sync_runs_held;
