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
func (b *bridge) pullRetold(users [][]models.SourceUser, groups [][]models.SourceGroup, asked func(n int) time.Time) {
	b.Helper()
	b.wrap = func(s pull.Source) pull.Source { return retold{s, b, users, groups, asked} }
	b.clock.Advance(time.Hour)
	run, err := b.store.CreateRun(b.Context(), models.SyncRun{
		DirectoryID: b.directory.ID, Kind: models.IncrementalRun, Trigger: models.ByAdmin,
	}, func(*store.Tx, models.SyncRun) error { return nil })
	b.must(err)
	b.must(b.runner.Work(b.Context(), run.DirectoryID, run.ID))
	if run = b.stored(run); run.State != models.Succeeded || run.Full {
		b.Fatalf("the run is %s, full %v: %+v", run.State, run.Full, run.Failure)
	}
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
				b.pullRetold(
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
	each(t, villagers, func(b *bridge) {
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": false}))
		b.pull()
		b.must(b.tenant.UpdateUser(v.ann, graphemu.Properties{"accountEnabled": true}))
		b.listen()
		allRead, heard := make(chan struct{}), false
		var sentAt [3]time.Time
		no := false
		b.pullRetold([][]models.SourceUser{
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
			t.Errorf("whom the last page tells disabled is active: %+v", ann)
		}
	})
}
