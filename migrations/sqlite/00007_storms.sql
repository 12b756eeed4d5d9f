-- Storms: more deactivations and removals by push within an hour than the guard allows of a
-- pull. They are applied, told, and restored in one act.

-- +goose Up
CREATE TABLE storms (
    directory_id      text    NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    id                text    NOT NULL,
    began_at          integer NOT NULL,
    last_at           integer NOT NULL,
    ended_at          integer NOT NULL, -- 0: it goes on
    users_deactivated integer NOT NULL,
    users_removed     integer NOT NULL,
    groups_removed    integer NOT NULL,
    memberships_ended integer NOT NULL,
    reasons           text    NOT NULL,
    token_id          text,
    restored_at       integer NOT NULL,
    PRIMARY KEY (directory_id, id)
) STRICT;
-- One storm at a time in a directory.
CREATE UNIQUE INDEX storms_going_on ON storms (directory_id) WHERE ended_at = 0;

-- What push takes away, by time. Whatever else is appended to the feed costs nothing here.
CREATE INDEX changes_pushed_losses ON changes (directory_id, at)
    WHERE "by" = 'push' AND (action IN ('deactivated', 'removed') OR kind = 'memberships' AND detail->'removed' IS NOT NULL);

-- +goose Down
DROP INDEX changes_pushed_losses;
DROP TABLE storms;
