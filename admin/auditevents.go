package admin

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) ListAuditEvents(ctx context.Context, r ListAuditEventsRequestObject) (ListAuditEventsResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	q, err := auditQuery(ctx, ExportAuditEventsParams{
		Directory: r.Params.Directory, Action: r.Params.Action, Actor: r.Params.Actor, Since: r.Params.Since, Until: r.Params.Until,
	})
	if err != nil {
		return nil, err
	}
	if q.Before, err = page.afterID(); err != nil {
		return nil, err
	}
	q.Limit = page.limit + 1
	rows, err := a.Store.AuditEvents(ctx, q)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(e models.AuditEvent) string { return e.ID }, showEvent)
	return ListAuditEvents200JSONResponse{Items: items, NextCursor: next}, nil
}

// auditQuery reads the filter. Who is for one directory asks about that one only.
func auditQuery(ctx context.Context, p ExportAuditEventsParams) (store.AuditQuery, error) {
	q := store.AuditQuery{DirectoryID: value(p.Directory, ""), Action: value(p.Action, ""), ActorID: value(p.Actor, "")}
	for name, text := range map[string]string{"directory": q.DirectoryID, "action": q.Action, "actor": q.ActorID} {
		if err := checkFilter(name, text); err != nil {
			return q, err
		}
	}
	var err error
	if q.Since, err = readTime("since", p.Since); err != nil {
		return q, err
	}
	if q.Until, err = readTime("until", p.Until); err != nil {
		return q, err
	}
	rights := access.From(ctx)
	switch {
	case rights.ReadsBridge():
	case q.DirectoryID != "" && !rights.ReadsDirectory(q.DirectoryID):
		return q, models.ErrNotFound
	default:
		q.DirectoryID = rights.Directory
	}
	return q, nil
}

func readTime(field string, text *string) (models.Instant, error) {
	if text == nil {
		return 0, nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return 0, &models.InvalidError{Attribute: field, Reason: "must be a time such as 2026-01-31T12:00:00Z"}
	}
	return models.At(at), nil
}

// exportPage is how many events an export reads at a time.
const exportPage = 500

func (a *api) ExportAuditEvents(ctx context.Context, r ExportAuditEventsRequestObject) (ExportAuditEventsResponseObject, error) {
	q, err := auditQuery(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	q.Limit = exportPage
	first, err := a.Store.AuditEvents(ctx, q) // what fails, fails before the answer begins
	if err != nil {
		return nil, err
	}
	lines, out := io.Pipe()
	go func() { out.CloseWithError(a.export(ctx, out, q, first)) }()
	return ExportAuditEvents200ApplicationXNdjsonResponse{Body: lines}, nil
}

// export ends with the request: whoever hangs up closes the pipe.
func (a *api) export(ctx context.Context, out io.Writer, q store.AuditQuery, events []models.AuditEvent) error {
	encoder := json.NewEncoder(out) // a line each
	for {
		for _, e := range events {
			if err := encoder.Encode(showEvent(e)); err != nil {
				return err
			}
		}
		if len(events) < q.Limit {
			return nil
		}
		q.Before = events[len(events)-1].ID
		var err error
		if events, err = a.Store.AuditEvents(ctx, q); err != nil {
			return err
		}
	}
}

func showEvent(e models.AuditEvent) AuditEvent {
	return AuditEvent{
		ID: e.ID, At: e.At.Time(), Directory: optional(e.DirectoryID),
		Actor:  Actor{Kind: ActorKind(e.ActorKind), ID: optional(e.ActorID), Name: e.ActorName},
		Action: e.Action, Target: e.TargetID, Before: showFacts(e.Before), After: showFacts(e.After),
		Address: e.Address, RequestID: e.RequestID,
	}
}

func showFacts(f models.Facts) *Facts {
	var shown Facts
	if f == nil || json.Unmarshal(f, &shown) != nil {
		return nil
	}
	return &shown
}
