package admin

import (
	"context"

	"scimbridge/models"
	"scimbridge/reconcile"
)

// newestChanges is how many of a record's changes an explanation shows.
const newestChanges = 50

func (a *api) ExplainUser(ctx context.Context, r ExplainUserRequestObject) (ExplainUserResponseObject, error) {
	u, err := a.Store.User(ctx, r.Directory, r.User)
	if err != nil {
		return nil, err
	}
	shown, err := a.explainUser(ctx, r.Directory, u)
	return ExplainUser200JSONResponse(shown), err
}

func (a *api) explainUser(ctx context.Context, directoryID string, u models.User) (Explanation, error) {
	rules, err := a.rules(ctx, directoryID)
	if err != nil {
		return Explanation{}, err
	}
	shown, err := a.explain(ctx, directoryID, u.ID, reconcile.ExplainUser(u, rules))
	if err != nil {
		return Explanation{}, err
	}
	shown.Findings, err = a.findingsAbout(ctx, directoryID, u.ID)
	return shown, err
}

func (a *api) ExplainGroup(ctx context.Context, r ExplainGroupRequestObject) (ExplainGroupResponseObject, error) {
	g, err := a.Store.Group(ctx, r.Directory, r.Group)
	if err != nil {
		return nil, err
	}
	shown, err := a.explainGroup(ctx, r.Directory, g)
	return ExplainGroup200JSONResponse(shown), err
}

func (a *api) explainGroup(ctx context.Context, directoryID string, g models.Group) (Explanation, error) {
	rules, err := a.rules(ctx, directoryID)
	if err != nil {
		return Explanation{}, err
	}
	why := reconcile.ExplainGroup(g, rules)
	why.Activity = reconcile.Reason{Outcome: "active", Rule: "groups are always active"}
	return a.explain(ctx, directoryID, g.ID, why)
}

func (a *api) rules(ctx context.Context, directoryID string) (reconcile.Rules, error) {
	directory, err := a.Store.Directory(ctx, directoryID)
	if err != nil {
		return reconcile.Rules{}, err
	}
	state, err := a.Store.PullState(ctx, directoryID)
	return reconcile.Rules{Settle: directory.Settings.Settle, RoundAt: state.RoundAt}, err
}

func (a *api) explain(ctx context.Context, directoryID, id string, why reconcile.Explanation) (Explanation, error) {
	chains, err := a.chains(ctx, directoryID, id)
	if err != nil {
		return Explanation{}, err
	}
	changes, err := a.Store.ChangesOf(ctx, directoryID, id, 0, newestChanges)
	if err != nil {
		return Explanation{}, err
	}
	shown := Explanation{
		Findings: []Finding{},
		ID:       id, Existence: showReason(why.Existence), Activity: showReason(why.Activity),
		Attributes: make([]AttributeReason, len(why.Attributes)),
		Groups:     chains, Changes: make([]RecordChange, len(changes)),
	}
	for i, attribute := range why.Attributes {
		shown.Attributes[i] = showAttributeReason(attribute)
	}
	for i, c := range changes {
		shown.Changes[i] = RecordChange{
			Seq: c.Seq, At: c.At.Time(), Action: string(c.Action), By: Speaker(c.By), Origin: c.Origin, Detail: orEmpty(c.Detail),
		}
	}
	return shown, nil
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

// chains shows by which groups a record is in others.
func (a *api) chains(ctx context.Context, directoryID, id string) ([]GroupChain, error) {
	edges, err := a.Store.EdgesAbove(ctx, directoryID, id)
	if err != nil {
		return nil, err
	}
	found := reconcile.Chains(id, edges)
	names, err := a.Store.GroupNames(ctx, directoryID, keysOf(found))
	if err != nil {
		return nil, err
	}
	shown := make([]GroupChain, 0, len(found))
	for _, group := range keysOf(found) {
		through := make([]NamedGroup, len(found[group]))
		for i, step := range found[group] {
			through[i] = NamedGroup{ID: step, DisplayName: names[step]}
		}
		shown = append(shown, GroupChain{ID: group, DisplayName: names[group], Direct: len(through) == 1, Through: through})
	}
	return shown, nil
}
