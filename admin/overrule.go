package admin

import (
	"context"

	"scimbridge/models"
	"scimbridge/reconcile"
)

func (a *api) OverruleUser(ctx context.Context, r OverruleUserRequestObject) (OverruleUserResponseObject, error) {
	err := a.rule(ctx, r.Directory, func(rule ruling) error {
		found, err := rule.users([]string{r.User})
		if err != nil {
			return err
		}
		before, known := found[r.User]
		if !known {
			return models.ErrNotFound
		}
		_, err = rule.user(before, func(u *models.User) error { return sayOfUser(u, *r.Body, rule.from.At) })
		if err != nil {
			return err
		}
		return a.toldRuling(ctx, rule, "user.overruled", act{directory: r.Directory, target: r.User, after: r.Body})
	})
	if err != nil {
		return nil, err
	}
	u, with, err := a.Store.ExplainedUser(ctx, r.Directory, r.User, newestChanges)
	return OverruleUser200JSONResponse(explainUser(u, with)), err
}

// sayOfUser records the members of a body that were given.
func sayOfUser(u *models.User, said UserOverrule, at models.Instant) error {
	if said.Existence != nil {
		reconcile.Overrule(&u.Standing, existenceRuled[*said.Existence], at)
	}
	if said.Activity != nil {
		var says *bool
		if *said.Activity != ActivityRulingRule {
			active := *said.Activity == ActivityRulingActive
			says = &active
		}
		if err := reconcile.OverruleActive(u, says, at); err != nil {
			return err
		}
	}
	return sayOfValues(&u.Standing, said.TakePulled, said.LeaveToRule, at)
}

var existenceRuled = map[ExistenceRuling]models.Existence{
	ExistenceRulingExists: models.Exists, ExistenceRulingGone: models.Gone, ExistenceRulingRule: models.Unheard,
}

func sayOfValues(s *models.Standing, take, leave *AttributePaths, at models.Instant) error {
	for _, path := range value(take, nil) {
		if err := reconcile.TakePulled(s, path, at); err != nil {
			return err
		}
	}
	for _, path := range value(leave, nil) {
		if path != models.ActivePath { // that is said by activity
			reconcile.LeaveToRule(s, path)
		}
	}
	return nil
}

func (a *api) OverruleGroup(ctx context.Context, r OverruleGroupRequestObject) (OverruleGroupResponseObject, error) {
	err := a.rule(ctx, r.Directory, func(rule ruling) error {
		found, err := rule.groups([]string{r.Group})
		if err != nil {
			return err
		}
		before, known := found[r.Group]
		if !known {
			return models.ErrNotFound
		}
		_, err = rule.group(before, func(g *models.Group) error {
			if r.Body.Existence != nil {
				reconcile.Overrule(&g.Standing, existenceRuled[*r.Body.Existence], rule.from.At)
			}
			return sayOfValues(&g.Standing, r.Body.TakePulled, r.Body.LeaveToRule, rule.from.At)
		})
		if err != nil {
			return err
		}
		return a.toldRuling(ctx, rule, "group.overruled", act{directory: r.Directory, target: r.Group, after: r.Body})
	})
	if err != nil {
		return nil, err
	}
	g, with, err := a.Store.ExplainedGroup(ctx, r.Directory, r.Group, newestChanges)
	return OverruleGroup200JSONResponse(explainGroup(g, with)), err
}

func (a *api) OverruleMembership(ctx context.Context, r OverruleMembershipRequestObject) (OverruleMembershipResponseObject, error) {
	var shown MembershipExplanation
	err := a.rule(ctx, r.Directory, func(rule ruling) error {
		groups, err := rule.groups([]string{r.Group}) // the lock of its edges
		if err != nil {
			return err
		}
		step, ends, err := rule.edge(r.Directory, r.Group, r.Member)
		if err != nil {
			return err
		}
		step.After = reconcile.OverruleEdge(step.After, membershipRuled[r.Body.Membership], rule.from.At)
		settled, err := rule.membership(groups[step.After.GroupID], []reconcile.EdgeStep{step})
		if err != nil {
			return err
		}
		if len(settled) > 0 {
			step = settled[0]
		}
		shown = showMembership(step.After, ends, rule.rules)
		return a.toldRuling(ctx, rule, "membership.overruled", act{directory: r.Directory, target: r.Group, after: ruledMembership{r.Member, r.Body.Membership}})
	})
	if err != nil {
		return nil, err
	}
	return OverruleMembership200JSONResponse{MembershipAnswerJSONResponse(shown)}, nil
}

var membershipRuled = map[MembershipRuling]models.Said{
	MembershipRulingIn: models.In, MembershipRulingOut: models.Out, MembershipRulingRule: models.Unsaid,
}

// ruledMembership is what the audit trail tells of a membership.
type ruledMembership struct {
	Member     string           `json:"member"`
	Membership MembershipRuling `json:"membership"`
}

func (a *api) ExplainMembership(ctx context.Context, r ExplainMembershipRequestObject) (ExplainMembershipResponseObject, error) {
	with, err := a.Store.ExplainedEdge(ctx, r.Directory, r.Group, r.Member)
	if err != nil {
		return nil, err
	}
	step, ends, err := edgeBetween(r.Directory, with.Ends[r.Group], with.Ends[r.Member], with.Edge)
	if err != nil {
		return nil, err
	}
	shown := showMembership(step.After, ends, rulesOf(with.Settle, with.RoundAt))
	return ExplainMembership200JSONResponse{MembershipAnswerJSONResponse(shown)}, nil
}

func showMembership(m models.Membership, ends reconcile.Ends, rules reconcile.Rules) MembershipExplanation {
	why := reconcile.ExplainEdge(m, ends, rules)
	return MembershipExplanation{
		GroupID: m.GroupID, MemberID: m.MemberID, Outcome: why.Outcome, Rule: why.Rule, Words: showWords(why.Words),
	}
}

// toldRuling tells of a ruling in its transaction.
func (a *api) toldRuling(ctx context.Context, rule ruling, action string, what act) error {
	event, err := a.event(ctx, action, what)
	if err != nil {
		return err
	}
	return rule.tx.AppendAudit(ctx, event)
}
