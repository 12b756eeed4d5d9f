package store

import (
	"context"
	"errors"

	"scimbridge/models"
)

// WriteRequests adds to the request log of one directory. A directory that is gone has
// none.
func (s *Store) WriteRequests(ctx context.Context, directoryID string, requests []models.ScimRequest) error {
	if !isID(directoryID) || len(requests) == 0 {
		return nil
	}
	err := s.InTx(ctx, directoryID, func(tx *Tx) error {
		return insert(tx, "scim_requests", requests, requestRow)
	})
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	return err
}

// RequestQuery asks for a page of the request log, the latest first.
type RequestQuery struct {
	Before   string // the id of an entry; "" for the latest
	Limit    int
	RecordID string // of one user or group
	Failed   bool   // only those that were refused, and gaps: who looks for a fault must know of them
	From, To models.Instant
}

// Requests reads a page of a directory's request log.
func (s *Store) Requests(ctx context.Context, directoryID string, q RequestQuery) ([]models.ScimRequest, error) {
	if !isID(directoryID) {
		return nil, models.ErrNotFound
	}
	rows := s.db.WithContext(ctx).Where("directory_id = ?", directoryID).Order("id DESC").Limit(q.Limit)
	if isID(q.Before) {
		rows = rows.Where("id < ?", q.Before)
	}
	if q.RecordID != "" {
		id, ok := models.ObjectID(q.RecordID)
		if !ok {
			return nil, nil
		}
		rows = rows.Where("record_id = ?", id)
	}
	if q.Failed {
		rows = rows.Where("status >= 400 OR method = ''")
	}
	if q.From > 0 {
		rows = rows.Where("at >= ?", q.From)
	}
	if q.To > 0 {
		rows = rows.Where("at < ?", q.To)
	}
	var requests []models.ScimRequest
	return requests, rows.Find(&requests).Error
}
