-- Storms: more deactivations and removals by push within an hour than the guard allows of a
-- pull. They are applied, told, and restored in one act.

-- +goose Up
CREATE TABLE storms (
    directory_id      uuid   NOT NULL REFERENCES directories ON DELETE CASCADE,
    id                uuid   NOT NULL,
    began_at          bigint NOT NULL,
    last_at           bigint NOT NULL,
    ended_at          bigint NOT NULL, -- 0: it goes on
    users_deactivated bigint NOT NULL,
    users_removed     bigint NOT NULL,
    groups_removed    bigint NOT NULL,
    memberships_ended bigint NOT NULL,
    reasons           jsonb  NOT NULL,
    token_id          uuid,
    restored_at       bigint NOT NULL,
    PRIMARY KEY (directory_id, id)
);
-- One storm at a time in a directory.
CREATE UNIQUE INDEX storms_going_on ON storms (directory_id) WHERE ended_at = 0;

-- What push takes away, by time. Whatever else is appended to the feed costs nothing here.
CREATE INDEX changes_pushed_losses ON changes (directory_id, at, seq)
    WHERE "by" = 'push' AND (action IN ('deactivated', 'removed') OR kind = 'memberships' AND detail->'removed' IS NOT NULL);

-- +goose Down
DROP INDEX changes_pushed_losses;
DROP TABLE storms;
