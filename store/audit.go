package store

import (
	"context"

	"scimbridge/models"
)

// AppendAudit adds to the audit trail, in the transaction of the act that it tells of.
// Id and time are given here.
func (tx *Tx) AppendAudit(ctx context.Context, e models.AuditEvent) error {
	var err error
	e.ID = tx.NewID()
	if e.At, err = tx.Now(ctx); err != nil {
		return err
	}
	return tx.db.Create(&e).Error
}

// AppendAudit adds what is told of no write of ours, such as a failed sign-in.
func (s *Store) AppendAudit(ctx context.Context, e models.AuditEvent) error {
	return s.InTx(ctx, string(e.DirectoryID), func(tx *Tx) error { return tx.AppendAudit(ctx, e) })
}

// AuditQuery asks for a page of the audit trail, newest first.
type AuditQuery struct {
	DirectoryID string // "" is every directory, and what belongs to none
	Action      string
	ActorID     string
	Since       models.Instant
	Until       models.Instant // 0: now
	Before      string         // the id of an event; for cursor pages
	Limit       int
}

// AuditEvents lists the audit trail.
func (s *Store) AuditEvents(ctx context.Context, q AuditQuery) ([]models.AuditEvent, error) {
	query := s.db.WithContext(ctx).Order("id DESC").Limit(q.Limit)
	only := func(given bool, condition string, argument any) {
		if given {
			query = query.Where(condition, argument)
		}
	}
	only(q.DirectoryID != "", "directory_id = ?", q.DirectoryID)
	only(q.Action != "", "action = ?", q.Action)
	only(q.ActorID != "", "actor_id = ?", q.ActorID)
	only(q.Since != 0, "at >= ?", q.Since)
	only(q.Until != 0, "at < ?", q.Until)
	only(isID(q.Before), "id < ?", q.Before)
	var events []models.AuditEvent
	if q.DirectoryID != "" && !isID(q.DirectoryID) || q.ActorID != "" && !isID(q.ActorID) {
		return events, nil // nothing has such an id
	}
	return events, query.Find(&events).Error
}
