package admin

import (
	"context"
	"time"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
)

// newestChanges is how many of a record's changes an explanation shows.
const newestChanges = 50

func (a *api) ExplainUser(ctx context.Context, r ExplainUserRequestObject) (ExplainUserResponseObject, error) {
	u, with, err := a.Store.ExplainedUser(ctx, r.Directory, r.User, newestChanges)
	if err == nil && !u.Living {
		err = models.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return ExplainUser200JSONResponse(explainUser(u, with)), nil
}

func explainUser(u models.User, with store.Explained) Explanation {
	return explain(u.ID, reconcile.ExplainUser(u, rulesOf(with.Settle, with.RoundAt)), with)
}

func (a *api) ExplainGroup(ctx context.Context, r ExplainGroupRequestObject) (ExplainGroupResponseObject, error) {
	g, with, err := a.Store.ExplainedGroup(ctx, r.Directory, r.Group, newestChanges)
	if err == nil && !g.Living {
		err = models.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return ExplainGroup200JSONResponse(explainGroup(g, with)), nil
}

func explainGroup(g models.Group, with store.Explained) Explanation {
	why := reconcile.ExplainGroup(g, rulesOf(with.Settle, with.RoundAt))
	why.Activity = reconcile.Reason{Outcome: "active", Rule: "groups are always active"}
	return explain(g.ID, why, with)
}

func rulesOf(settle time.Duration, roundAt models.Instant) reconcile.Rules {
	return reconcile.Rules{Settle: settle, RoundAt: roundAt}
}

func explain(id string, why reconcile.Explanation, with store.Explained) Explanation {
	shown := Explanation{
		ID: id, Existence: showReason(why.Existence), Activity: showReason(why.Activity),
		Attributes: make([]AttributeReason, len(why.Attributes)),
		Groups:     showChains(reconcile.Chains(id, with.Above), with.Names),
		Changes:    make([]RecordChange, len(with.Changes)),
		Findings:   make([]Finding, len(with.Findings)),
	}
	for i, attribute := range why.Attributes {
		shown.Attributes[i] = showAttributeReason(attribute)
	}
	for i, c := range with.Changes {
		shown.Changes[i] = RecordChange{
			Seq: c.Seq, At: c.At.Time(), Action: string(c.Action), By: Speaker(c.By), Origin: c.Origin, Detail: orEmpty(c.Detail),
		}
	}
	for i, f := range with.Findings {
		shown.Findings[i] = showFinding(f)
	}
	return shown
}

func orEmpty(detail models.Attributes) map[string]any {
	if detail == nil {
		return map[string]any{}
	}
	return detail
}

func showReason(r reconcile.Reason) Reason {
	return Reason{Outcome: r.Outcome, Rule: r.Rule, Words: showWords(r.Words)}
}

func showAttributeReason(r reconcile.AttributeReason) AttributeReason {
	return AttributeReason{
		Path: r.Path, Value: r.Value, By: Speaker(r.By), Rule: r.Rule, Words: showWords(r.Words), Drift: r.Drift,
	}
}

func showWords(words []reconcile.Spoken) []SpokenWord {
	shown := make([]SpokenWord, len(words))
	for i, w := range words {
		shown[i] = SpokenWord{By: Speaker(w.By), Value: w.Value, At: moment(w.At)}
	}
	return shown
}

// showChains shows by which groups a record is in others.
func showChains(found map[string]reconcile.Chain, names map[string]string) []GroupChain {
	shown := make([]GroupChain, 0, len(found))
	for _, group := range keysOf(found) {
		through := make([]NamedGroup, len(found[group]))
		for i, step := range found[group] {
			through[i] = NamedGroup{ID: step, DisplayName: names[step]}
		}
		shown = append(shown, GroupChain{ID: group, DisplayName: names[group], Direct: len(through) == 1, Through: through})
	}
	return shown
}
