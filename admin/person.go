package admin

import (
	"context"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

func (a *api) ExportUser(ctx context.Context, r ExportUserRequestObject) (ExportUserResponseObject, error) {
	p, err := a.Store.Person(ctx, r.Directory, r.User)
	if err != nil {
		return nil, err
	}
	if err := a.tell(ctx, "user.exported", act{directory: r.Directory, target: p.ID}); err != nil {
		return nil, err
	}
	return ExportUser200JSONResponse(showPerson(p)), nil
}

func showPerson(p store.Person) PersonExport {
	shown := PersonExport{
		Record: showUser(p.User), Living: p.Living, Attributes: orEmpty(p.Attributes), HeldValues: orEmpty(p.HeldValues),
		Words:       PersonWords{Push: showPathWords(p.PushWords), Pull: showPathWords(p.PullWords), Admin: showPathWords(p.AdminWords)},
		Memberships: make([]PersonMembership, len(p.Memberships)), Changes: make([]Change, len(p.Changes)), Items: make([]PersonItem, len(p.Items)),
		Drift: make([]PersonDrift, len(p.Drift)), Requests: make([]ScimRequest, len(p.Requests)), AuditEvents: make([]AuditEvent, len(p.Events)),
	}
	for i, m := range p.Memberships {
		shown.Memberships[i] = PersonMembership{
			GroupID: m.GroupID, DisplayName: p.Groups[m.GroupID], Present: m.Present,
			Push: showSaid(m.PushSays), PushedAt: moment(m.PushAt), Pull: showSaid(m.PullSays), PulledAt: moment(m.PullAt),
			Admin: showSaid(m.AdminSays),
		}
	}
	for i, c := range p.Changes {
		shown.Changes[i] = showChange(c)
	}
	for i, item := range p.Items {
		shown.Items[i] = PersonItem{RunID: item.RunID, Item: showItem(item)}
	}
	for i, d := range p.Drift {
		shown.Drift[i] = PersonDrift{RunID: d.RunID, Drift: showDrift(d)}
	}
	for i, request := range p.Requests {
		shown.Requests[i] = showScimRequest(request)
	}
	for i, e := range p.Events {
		shown.AuditEvents[i] = showEvent(e)
	}
	return shown
}

func showPathWords(words models.Words) []PersonWord {
	shown := make([]PersonWord, 0, len(words))
	for _, path := range keysOf(words) {
		shown = append(shown, PersonWord{Path: path, Value: words[path].Value, At: moment(words[path].At)})
	}
	return shown
}

func showSaid(s models.Said) PersonSaid {
	switch s {
	case models.In:
		return PersonSaidIn
	case models.Out:
		return PersonSaidOut
	}
	return PersonSaidNothing
}

func (a *api) EraseUser(ctx context.Context, r EraseUserRequestObject) (EraseUserResponseObject, error) {
	done, err := a.Store.ForgetPerson(ctx, r.Directory, r.User, func(tx *store.Tx, u models.User, now models.Instant) error {
		if r.Body.Confirm != u.ID {
			return &models.InvalidError{Attribute: "confirm", Reason: "must be the id of the user once more: this cannot be undone"}
		}
		return reconcile.Forget(tx, u, reconcile.Origin{By: models.Admin, ID: a.RequestID(ctx), At: now})
	}, told(ctx, a, "user.erased", func(done store.Forgotten) act {
		return act{directory: r.Directory, target: r.User, after: done.Traces} // numbers only
	}))
	if err != nil {
		return nil, err
	}
	return EraseUser200JSONResponse(showErasure(done)), nil
}

func showErasure(done store.Forgotten) Erasure {
	shown := Erasure{
		ID: done.ID, Changes: done.Traces["changes"], Items: done.Traces["sync_run_items"], Drift: done.Traces["drifts"],
		Requests: done.Traces["scim_requests"], AuditEvents: done.Traces["audit_events"],
		ComesBack: done.PullSays.Vouches() || done.PushSays.Vouches(), Note: "Nothing is held of this person any more. Backups are not touched.",
	}
	if shown.ComesBack {
		shown.Note += " A path last said that they exist: unless they are taken out of its scope, it brings them back, as a new record."
	}
	return shown
}
