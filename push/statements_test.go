package push_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// recorder keeps the statements of a store.
type recorder struct {
	mu         sync.Mutex
	statements []string
}

func (r *recorder) tell(sql string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, sql)
}

// of returns the statements of one request.
func (r *recorder) of(request func()) []string {
	r.mu.Lock()
	r.statements = nil
	r.mu.Unlock()
	request()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.statements)
}

// eachRecorded runs f with a server whose statements are recorded. The token has been
// used before: its use is noted once a minute only.
func eachRecorded(t *testing.T, f func(t *testing.T, s *server, r *recorder)) {
	t.Helper()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		r := &recorder{}
		s := serve(t, storetest.Open(t, databaseURL, store.Options{Trace: r.tell}), models.DefaultSettings())
		s.get(t, "/Users?count=0")
		f(t, s, r)
	})
}

func expectAtMost(t *testing.T, what string, limit int, statements []string) {
	t.Helper()
	if n := len(statements); n > limit || n == 0 {
		t.Errorf("%s takes %d statements, at most %d are allowed:\n%s", what, len(statements), limit, outline(statements))
	}
}

func expectSame(t *testing.T, what string, small, large []string) {
	t.Helper()
	if len(small) != len(large) {
		t.Errorf("%s: %d statements have become %d:\n%s\n\n%s", what, len(small), len(large), outline(small), outline(large))
	}
}

// outline is the beginning of each statement: some have thousands of values.
func outline(statements []string) string {
	var out strings.Builder
	for _, s := range statements {
		fmt.Fprintf(&out, "%.200s\n", strings.Join(strings.Fields(s), " "))
	}
	return out.String()
}

const richUser = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"externalId":%q,"userName":%q,"active":true,
	"displayName":"Mira Holt","emails":[{"type":"work","primary":true,"value":"mira@contoso.example"}],
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Grid","manager":%q}}`

func TestCreatingAUserIsWaitedForOnceAfterTheToken(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		boss := s.named(t, "boss@contoso.example")
		for what, body := range map[string]string{
			"POST /Users": fmt.Sprintf(richUser, "mira", "mira@contoso.example", boss),
			"POST /Users with an object id": fmt.Sprintf(richUser, "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1",
				"holt@contoso.example", boss),
		} {
			// token; the user and its change. The manager is shown. SQLite also tells of the
			// begin and the end.
			expectAtMost(t, what, s.waits(3, 6), r.of(func() { s.must(t, http.StatusCreated, "POST", "/Users", body) }))
		}
	})
}

// waits counts what PostgreSQL is waited for; SQLite, which nobody waits for, is asked
// one thing after the other.
func (s *server) waits(onPostgreSQL, onSQLite int) int {
	if s.store.Dialect() == migrations.SQLite {
		return onSQLite
	}
	return onPostgreSQL
}

func TestWhoIsAskedForByAKeyIsWaitedForOnceAfterTheToken(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		boss := s.named(t, "boss@contoso.example")
		body := fmt.Sprintf(richUser, "mira", "mira@contoso.example", boss)
		user := s.user(t, body)
		s.group(t, "Grid", user)
		for _, path := range []string{
			"/Users/" + user,
			"/Users?filter=id+eq+%22" + user + "%22",
			"/Users?filter=userName+eq+%22mira%40contoso.example%22",
			"/Users?filter=externalId+eq+%22mira%22",
		} {
			statements := r.of(func() {
				if answer := fmt.Sprint(s.get(t, path)); !strings.Contains(answer, "Grid") || !strings.Contains(answer, boss) {
					t.Errorf("%s shows no group or no manager: %s", path, answer)
				}
			})
			expectAtMost(t, path, s.waits(2, 4), statements) // token; who, the manager, the groups
		}
	})
}

func TestMatchingTakesTwoStatements(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		user := s.named(t, "mira@contoso.example")
		s.group(t, "Grid", user)
		for _, path := range []string{
			"/Users?filter=userName+eq+%22b7d0f7a2-0c1e-4f46-8b1a-5d0b6c3f9e21%22",
			"/Users?filter=externalId+eq+%22nobody%22",
			"/Groups?excludedAttributes=members&filter=displayName+eq+%22Grid%22",
			"/Groups?excludedAttributes=members&filter=externalId+eq+%22x%22",
			"/Users?filter=userName+eq+%22mira%40contoso.example%22&attributes=id",
		} {
			expectAtMost(t, path, 2, r.of(func() { s.get(t, path) }))
		}
	})
}

// people creates users, all in one transaction, and returns their ids.
func people(t testing.TB, s *server, n int) []string { return peopleUnder(t, s, n, nil) }

// peopleUnder is people who have a manager.
func peopleUnder(t testing.TB, s *server, n int, manager any) []string {
	t.Helper()
	ids := make([]string, n)
	err := s.store.InTx(t.Context(), s.directory.ID, func(tx *store.Tx) error {
		before, after := make([]*models.User, n), make([]models.User, n)
		for i := range n {
			ids[i] = tx.NewID()
			said := reconcile.PushSaid{Whole: true, Values: map[string]any{
				"userName": fmt.Sprintf("person%d@contoso.example", i), models.ManagerPath: manager}}
			after[i] = reconcile.HearPushUser(models.User{DirectoryID: s.directory.ID, ID: ids[i]}, said, 1)
		}
		return reconcile.ApplyUsers(tx, reconcile.PlanUsers(before, after, nil, reconcile.Rules{}, 1), reconcile.Origin{By: models.Push})
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAPatchOfMembersTakesAsManyStatementsForAThousandAsForOne(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		all := people(t, s, 1001)
		group := s.group(t, "Grid")
		for _, c := range []struct {
			op    string
			many  int // beside the first; the race detector makes a thousand slow
			after int
		}{{"Add", 1000, 1001}, {"Remove", 100, 900}, {"replace", 100, 100}} {
			patch := func(ids []string) []string {
				operation := fmt.Sprintf(`{"op":%q,"path":"members","value":%s}`, c.op, values(ids...))
				return r.of(func() { s.must(t, http.StatusNoContent, "PATCH", "/Groups/"+group, patchBody(operation)) })
			}
			one := patch(all[:1])
			expectSame(t, c.op, one, patch(all[1:1+c.many]))
			expectAtMost(t, c.op, 9, one)
			if got := s.members(t, group); len(got) != c.after {
				t.Errorf("%d members after %s", len(got), c.op)
			}
		}
	})
}

func TestAddingAMemberReadsNoOtherMember(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		all := people(t, s, 3)
		group := s.group(t, "Grid", all[:2]...)
		for _, statement := range r.of(func() {
			s.patch(t, "/Groups/"+group, `{"op":"Add","path":"members","value":`+values(all[2])+`}`)
		}) {
			if strings.Contains(statement, "FROM memberships") || strings.Contains(statement, `FROM "memberships"`) {
				if !strings.Contains(statement, "member_id IN") && !strings.Contains(statement, "member_id = ANY") {
					t.Errorf("all members are read: %s", statement)
				}
			}
		}
	})
}

func TestAListOfUsersTakesAsManyStatementsForAHundredAsForOne(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		boss := s.named(t, "boss@contoso.example")
		all := peopleUnder(t, s, 100, boss)
		inner := s.group(t, "Inner", all...)
		s.group(t, "Outer", inner)
		list := func(path string) []string { return r.of(func() { s.get(t, path) }) }
		one, hundred := list("/Users?startIndex=2&count=1"), list("/Users?startIndex=2&count=100")
		expectSame(t, "a page", one, hundred)
		expectAtMost(t, "a page", s.waits(4, 5), hundred) // token, page, total, managers and groups
		expectAtMost(t, "a page of groups", 3, list("/Groups?count=100"))
		expectAtMost(t, "a user", s.waits(2, 4), list("/Users/"+all[0]))
	})
}

func TestWhoExcludesMembersReadsNone(t *testing.T) {
	t.Parallel()
	eachRecorded(t, func(t *testing.T, s *server, r *recorder) {
		user := s.named(t, "mira@contoso.example")
		group := s.group(t, "Grid", user)
		for _, path := range []string{
			"/Groups/" + group + "?excludedAttributes=members",
			"/Groups?excludedAttributes=members",
			"/Groups?excludedAttributes=members&filter=displayName+eq+%22Grid%22",
			"/Groups?attributes=displayName",
			"/Users/" + user + "?excludedAttributes=groups",
			"/Users?attributes=userName",
		} {
			for _, statement := range r.of(func() { s.get(t, path) }) {
				if strings.Contains(statement, "memberships") {
					t.Errorf("%s reads members: %s", path, statement)
				}
			}
		}
		rename := r.of(func() { s.patch(t, "/Groups/"+group, `{"op":"Replace","path":"displayName","value":"Wind"}`) })
		for _, statement := range rename {
			if strings.Contains(statement, "memberships") {
				t.Errorf("a rename reads members: %s", statement)
			}
		}
	})
}
