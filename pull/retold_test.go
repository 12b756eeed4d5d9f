package pull_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
	"scimbridge/store"
)

// retold is a source whose later rounds tell what they are given, page by page, and which
// reads by id what there is.
type retold struct {
	pull.Source
	bridge *bridge
	users  [][]models.SourceUser
	groups [][]models.SourceGroup
	asked  func(n int) (sentAt time.Time) // for page n of the users
}

func (r retold) UsersDelta(ctx context.Context, link string) (pull.Page[models.SourceUser], error) {
	if link == "" {
		return r.Source.UsersDelta(ctx, link)
	}
	return retell(link, r.users, r.asked), nil
}

func (r retold) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	if link == "" {
		return r.Source.GroupsDelta(ctx, link)
	}
	return retell(link, r.groups, func(int) time.Time { return r.bridge.clock.Now() }), nil
}

func retell[T any](link string, pages [][]T, asked func(n int) time.Time) pull.Page[T] {
	n := 0
	_, _ = fmt.Sscanf(link, "page %d", &n) // the link that is stored is of another form
	page := pull.Page[T]{Items: slices.Concat(pages[n:min(n+1, len(pages))]...), SentAt: asked(n)}
	if n+1 < len(pages) {
		page.Next = fmt.Sprint("page ", n+1)
	} else {
		page.Delta = "from here"
	}
	return page
}

func (r retold) ReadUsers(ctx context.Context, ids []string) ([]pull.UserReading, error) {
	page, err := r.ConfirmUsers(ctx, ids)
	readings := make([]pull.UserReading, len(page.Items))
	for i, u := range page.Items {
		readings[i] = pull.UserReading{User: u, SentAt: page.SentAt, Groups: r.above(u.ObjectID), GroupsAt: r.bridge.clock.Now()}
	}
	return readings, err
}

func (r retold) ReadGroups(ctx context.Context, ids []string) ([]pull.GroupReading, error) {
	page, err := r.ConfirmGroups(ctx, ids)
	readings := make([]pull.GroupReading, len(page.Items))
	for i, g := range page.Items {
		for _, e := range r.bridge.tenant.Edges() {
			if kind := models.UserMember; e.GroupID == g.ObjectID {
				if _, isGroup := r.bridge.tenant.Group(e.MemberID); isGroup {
					kind = models.GroupMember
				}
				g.Members = append(g.Members, models.SourceMember{ObjectID: e.MemberID, Kind: kind})
			}
		}
		readings[i] = pull.GroupReading{
			Group: g, Complete: true, SentAt: page.SentAt, Parents: r.above(g.ObjectID), ParentsAt: r.bridge.clock.Now(),
		}
	}
	return readings, err
}

func (r retold) above(id string) (groups []string) {
	for _, e := range r.bridge.tenant.Edges() {
		if e.MemberID == id {
			groups = append(groups, e.GroupID)
		}
	}
	return groups
}

// pullRetold performs an incremental run that is told this.
func (b *bridge) pullRetold(dryRun bool, users [][]models.SourceUser, groups [][]models.SourceGroup, asked func(n int) time.Time) models.SyncRun {
	b.Helper()
	b.wrap = func(s pull.Source) pull.Source { return retold{s, b, users, groups, asked} }
	b.clock.Advance(time.Hour)
	run, err := b.store.CreateRun(b.Context(), models.SyncRun{
		DirectoryID: b.directory.ID, Kind: models.IncrementalRun, DryRun: dryRun, Trigger: models.ByAdmin,
	}, func(*store.Tx, models.SyncRun) error { return nil })
	b.must(err)
	b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
	if run = b.stored(run); run.State != models.Succeeded || run.Full {
		b.Fatalf("the run is %s, full %v: %+v", run.State, run.Full, run.Failure)
	}
	return run
}

// Pages are heard together as they come, so that it must not matter in which page somebody
// goes and comes back.
func TestWhoGoesAndComesBackWithinARoundIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]int{"in one page": 2, "in two pages": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, villagers, func(b *bridge) {
				b.pull()
				b.must(b.tenant.RemoveMember(v.crew, v.ann), b.tenant.AddMember(v.hall, v.ann), // while they were away
					b.tenant.RemoveMember(v.crew, v.deck), b.tenant.AddMember(v.hall, v.deck),
					b.tenant.RemoveMember(v.deck, v.cem))
				ann := models.SourceUser{ObjectID: v.ann, Existence: models.Exists, UserName: "ann@contoso.example", Values: map[string]any{"title": "Clerk"}}
				deck := models.SourceGroup{ObjectID: v.deck, Existence: models.Exists, Values: map[string]any{"displayName": "deck"}}
				b.pullRetold(false,
					slices.Collect(slices.Chunk([]models.SourceUser{{ObjectID: v.ann, Existence: models.SoftDeleted}, ann}, cut)),
					slices.Collect(slices.Chunk([]models.SourceGroup{{ObjectID: v.deck, Existence: models.Gone}, deck}, cut)),
					func(int) time.Time { return b.clock.Now() })
				b.equalsTruth()
			})
		})
	}
}

// A page that was asked for after somebody was looked at tells the newer, though the pages
// before it were asked for earlier and are still to be heard.
func TestALatePageIsNotTakenForAnEarlyOne(t *testing.T) {
	t.Parallel()
	for name, scope := range map[string]models.Scope{
		"of everybody": {Kind: "all"}, "of those who are not disabled": {Kind: "all", Disabled: models.Exclude},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, villagers, func(b *bridge) {
				b.set(func(d *models.Directory) { d.Settings.Scope = scope })
				b.hearsALatePage()
			})
		})
	}
}

func (b *bridge) hearsALatePage() {
	b.Helper()
	b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": false}))
	b.pull()
	b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": true}))
	b.listen()
	allRead, heard := make(chan struct{}), false
	var sentAt [3]time.Time
	no := false
	b.pullRetold(false, [][]models.SourceUser{
		{{ObjectID: v.bob, Existence: models.Exists, UserName: "bob@contoso.example", Values: map[string]any{"title": "Boss"}}},
		{},
		{{ObjectID: v.ann, Existence: models.Exists, Enabled: &no, UserName: "ann@contoso.example", Values: map[string]any{"title": "Clerk"}}},
	}, nil, func(n int) time.Time {
		switch n {
		case 0: // the look comes between the second page and the third, which Graph holds back
			sentAt[0], sentAt[1] = b.clock.Now(), b.clock.Now()
			b.must(b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
			b.clock.Advance(time.Millisecond)
			sentAt[2] = b.clock.Now()
			b.mu.Lock()
			b.onStatement = func(sql string) { // the first page is still being heard when the last one comes
				if sql == "BEGIN" && !heard {
					heard = true
					<-allRead
				}
			}
			b.mu.Unlock()
		case 2:
			close(allRead)
		}
		return sentAt[n]
	})
	if ann := b.shown().Users[v.ann]; ann.Active {
		b.Errorf("whom the last page tells disabled is active: %+v", ann)
	}
}

// between is a source of which somebody looks at a person once the groups have been read.
type between struct {
	retold
	groupsRead func()
}

func (s between) GroupsDelta(ctx context.Context, link string) (pull.Page[models.SourceGroup], error) {
	page, err := s.Source.GroupsDelta(ctx, link)
	if page.Next == "" {
		s.groupsRead()
	}
	return page, err
}

// A list that is older than a look at somebody who is back does not end what the look found.
// Neither does it stand for the group from then on: Graph may tell the same list again.
func TestAListThatIsOlderThanALookIsDecidedAnew(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.must(b.tenant.DeleteUser(v.ann))
		b.pull()
		plain := b.wrap
		b.wrap = func(s pull.Source) pull.Source {
			return between{retold{Source: s, bridge: b}, func() {
				b.wrap = func(s pull.Source) pull.Source { return retold{Source: s, bridge: b} }
				b.must(b.tenant.RestoreUser(v.ann), b.tenant.AddMember(v.hall, v.ann), b.runner.LookAt(b.Context(), b.directory.ID, v.ann))
			}}
		}
		b.pull()
		b.wrap = plain
		b.equalsTruth()
		b.must(b.tenant.RemoveMember(v.crew, v.ann), b.tenant.RemoveMember(v.hall, v.ann))
		b.pull()
		b.equalsTruth()
		before := b.tables()
		b.pull()
		b.same("the tables after a quiet run", before, b.tables())
	})
}

// A newcomer is read with the groups, and the groups tell of the newcomer.
func TestThePlanOfAnIncrementalRoundCountsAnEdgeOnce(t *testing.T) {
	t.Parallel()
	each(t, villagers, func(b *bridge) {
		b.pull()
		b.must(b.hire(5, "eve@contoso.example"), b.tenant.AddMember(v.crew, id(5)), b.tenant.AddMember(v.hall, id(5)))
		eve := models.SourceUser{ObjectID: id(5), Existence: models.Exists, UserName: "eve@contoso.example", Values: map[string]any{"title": "Clerk"}}
		users, groups := [][]models.SourceUser{{eve}}, [][]models.SourceGroup{{
			{ObjectID: v.crew, Existence: models.Exists, Members: []models.SourceMember{{ObjectID: id(5), Kind: models.UserMember}}},
			{ObjectID: v.hall, Existence: models.Exists, Members: []models.SourceMember{{ObjectID: id(5), Kind: models.UserMember}}},
		}}
		now := func(int) time.Time { return b.clock.Now() }
		planned := b.pullRetold(true, users, groups, now)
		run := b.pullRetold(false, users, groups, now)
		b.same("the counts", models.EdgeCounts{Added: 2}, run.Counts.Memberships)
		b.same("the plan", run.Counts, planned.Counts)
		b.equalsTruth()
	})
}
