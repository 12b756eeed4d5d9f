package pull

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"scimbridge/models"
)

// scoped tells whether the directory takes less than the whole tenant.
func (w *round) scoped() bool {
	scope := w.directory.Settings.Scope
	return scope.Kind == "groups" || len(scope.ExcludeGroups) > 0
}

// asTaken gives users the name that the directory matches by, and turns those whom the
// scope leaves out for what they are, guests or the disabled, into the word "out of
// scope". That somebody is disabled is said all the same: they are deactivated at once.
func (w *round) asTaken(users []models.SourceUser) []models.SourceUser {
	users = w.keyed(users)
	for i, u := range users {
		if u.Existence == models.Exists && w.directory.Settings.Scope.LeavesOut(u) {
			users[i] = outside(u)
			users[i].UserName = u.UserName // whom push has brought is to be found by it
			w.leftOut = true
		}
	}
	return users
}

// outside is the word of a person who exists and is not to be taken.
func outside(u models.SourceUser) models.SourceUser {
	return models.SourceUser{ObjectID: u.ObjectID, Existence: models.OutOfScope, Enabled: u.Enabled, SentAt: u.SentAt}
}

// digest tells scopes apart; it is "" for one that takes everybody.
func digest(s models.Scope) string {
	s.IncludeGroups, s.ExcludeGroups = distinct(s.IncludeGroups), distinct(s.ExcludeGroups)
	if s.Kind != "groups" && len(s.ExcludeGroups) == 0 && s.Guests != models.Exclude && s.Disabled != models.Exclude {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %v %v %t %t", s.Kind, s.IncludeGroups, s.ExcludeGroups,
		s.Guests == models.Exclude, s.Disabled == models.Exclude))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// usersPerScopePage is how many people of a scope are read at a time.
const usersPerScopePage = 500

// readScope hears the people of the chosen groups and of the groups inside them, less
// those of excluded groups, which win. The rest of the tenant is not read.
func (w *round) readScope(ctx context.Context) (deltaLinks, error) {
	scoper, can := w.source.(Scoper)
	if !can {
		return deltaLinks{}, &SourceError{
			Code: "scope_unsupported", Message: "this source cannot read a scope of groups",
			Hint: "choose the scope of all users",
		}
	}
	settings := w.directory.Settings.Scope
	include := settings.IncludeGroups
	if settings.Kind != "groups" {
		include = nil
	}
	var links deltaLinks
	var err error
	if links.users, links.groups, err = scoper.LatestLinks(ctx); err != nil { // first, so that nothing is lost
		return links, fmt.Errorf("ask where the next round may go on: %w", err)
	}
	scope, err := scoper.ScopedGroups(ctx, include, settings.ExcludeGroups)
	if err != nil {
		return links, fmt.Errorf("read the scope's groups: %w", err)
	}
	if err := refuseUntold(scope.Untold); err != nil {
		return links, err
	}
	if err := w.reportVanished(ctx, scope.Vanished); err != nil {
		return links, err
	}
	w.vanished, w.excluded = scope.Vanished, slices.DeleteFunc(slices.Clone(scope.ExcludedGroups), func(id string) bool {
		return slices.Contains(scope.Vanished, id) // if it comes back, its members have to be read
	})
	if settings.Kind != "groups" {
		return links, w.readAllBut(ctx, scope)
	}
	w.run.Expected = models.Expected{Users: len(scope.Users), Groups: len(scope.Groups)}
	for chunk := range slices.Chunk(scope.Users, usersPerScopePage) {
		page, err := scoper.ScopedUsers(ctx, chunk)
		if err != nil {
			return links, fmt.Errorf("read the scope's users: %w", err)
		}
		if err := w.hearUsers(ctx, page); err != nil {
			return links, err
		}
	}
	for chunk := range slices.Chunk(scope.Groups, groupsPerBatch) {
		page := Page[models.SourceGroup]{SentAt: scope.SentAt}
		for _, g := range chunk {
			page.Items = append(page.Items, g.Group)
		}
		if err := w.hearGroups(ctx, page); err != nil {
			return links, err
		}
	}
	return links, nil
}

// readAllBut hears the whole tenant but the people and groups that are excluded.
func (w *round) readAllBut(ctx context.Context, scope ScopedGroups) error {
	users, groups := setOf(scope.ExcludedUsers), setOf(scope.ExcludedGroups)
	w.estimate(ctx, models.Losses{Users: len(users), Groups: len(groups)})
	hearUsers := func(ctx context.Context, page Page[models.SourceUser]) error {
		all := len(page.Items)
		page.Items = slices.DeleteFunc(page.Items, func(u models.SourceUser) bool { return users[u.ObjectID] })
		w.leftOut = w.leftOut || len(page.Items) < all
		return w.hearUsers(ctx, page)
	}
	hearGroups := func(ctx context.Context, page Page[models.SourceGroup]) error {
		page.Items = slices.DeleteFunc(page.Items, func(g models.SourceGroup) bool { return groups[g.ObjectID] })
		return w.hearGroups(ctx, page)
	}
	if _, err := pages(ctx, w.source.UsersDelta, hearUsers); err != nil {
		return fmt.Errorf("read users: %w", err)
	}
	if _, err := pages(ctx, w.source.DeletedUsers, w.hearUsers); err != nil {
		return fmt.Errorf("read deleted users: %w", err)
	}
	if _, err := pages(ctx, w.source.GroupsDelta, hearGroups); err != nil {
		return fmt.Errorf("read groups: %w", err)
	}
	return nil
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// refuseUntold fails the round where members are not told: nobody may be taken for out of
// scope then.
func refuseUntold(groups []string) error {
	if len(groups) == 0 {
		return nil
	}
	return &SourceError{
		Code:    "scope_untold",
		Message: "Microsoft Graph does not tell the members of these groups of the scope: " + strings.Join(groups, ", "),
		Hint:    "they may have been created or deleted just now; the run is tried again", Passing: true,
	}
}

// reportVanished tells of groups that the scope names and Graph does not know.
func (w *round) reportVanished(ctx context.Context, groups []string) error {
	if len(groups) == 0 {
		return nil
	}
	return w.inTx(ctx, func(tx desk) error {
		items := make([]models.Item, len(groups))
		for i, id := range groups {
			items[i] = w.item("error", models.Failed, "", models.Optional(id),
				"the scope names this group, and Microsoft Graph does not know it; take it out of the scope, or choose another")
		}
		w.run.Counts.Errors += len(items)
		return tx.AppendItems(items)
	})
}

// outOfScope turns who exists, and was not part of a scoped round, into the word "out of
// scope". Who is disabled is deactivated at once, in scope or not.
func (w *round) outOfScope(page Page[models.SourceUser]) Page[models.SourceUser] {
	if !w.scoped() {
		return page
	}
	for i, u := range page.Items {
		if u.Existence == models.Exists {
			page.Items[i] = outside(u)
		}
	}
	return page
}

// settleGroupsOutOfScope hears that groups exist, and are not to be taken.
func (w *round) settleGroupsOutOfScope(tx desk, page Page[models.SourceGroup]) error {
	var said []groupReading
	look := w.look(page.SentAt, true)
	for _, g := range page.Items {
		if g.Existence == models.Exists {
			said = append(said, groupReading{models.SourceGroup{ObjectID: g.ObjectID, Existence: models.OutOfScope}, look})
		}
	}
	if len(said) == 0 {
		return nil
	}
	return w.settleGroups(tx, said)
}
