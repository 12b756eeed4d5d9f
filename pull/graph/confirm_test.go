package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func TestTheBinIsListed(t *testing.T) {
	for name, fault := range map[string]graphemu.Fault{
		"a large page is refused":               {Effect: graphemu.MaxPageSize(100)},
		"a large page is refused in the middle": {After: 1, Effect: graphemu.MaxPageSize(99)},
	} {
		t.Run(name, func(t *testing.T) { testTheBin(t, fault) })
	}
}

func testTheBin(t *testing.T, fault graphemu.Fault) {
	fault.Route = "GET /directory/deletedItems/graph.user"
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	source := o.dial(t)
	var want, got []string
	for _, u := range o.tenant.Users()[:120] {
		o.must(t, o.tenant.DeleteUser(u.ID))
	}
	for _, u := range o.tenant.DeletedUsers() {
		want = append(want, u.ID)
	}
	if fault.After > 0 { // the first page has to have another after it
		pageSizeOf(source).most.Store(100)
	}
	o.emu.Inject(fault)
	_, err := readRound(t, "", source.DeletedUsers, func(u models.SourceUser) {
		if u.Existence != models.SoftDeleted || u.Values != nil || u.UserName != "" {
			t.Errorf("got %+v", u)
		}
		got = append(got, u.ObjectID)
	})
	o.must(t, err)
	slices.Sort(got)
	got = slices.Compact(got) // a listing that begins anew tells some twice
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the bin differs (-truth +read):\n%s", diff)
	}
}

func pageSizeOf(s pull.Source) *pageSize { return s.(*source).pages }

func (o *office) must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// missing puts one user into the bin, purges a second, and lists ids of them, of the
// living and of nobody, in no order.
func (o *office) missing(t testing.TB) (ids []string, want []models.SourceUser) {
	t.Helper()
	users := o.tenant.Users()[:45]
	o.must(t, o.tenant.DeleteUser(users[3].ID))
	o.must(t, o.tenant.DeleteUser(users[40].ID))
	o.must(t, o.tenant.PurgeUser(users[40].ID))
	nobody := "00000000-0000-4000-8000-000000000000"
	ids, want = []string{nobody}, []models.SourceUser{{ObjectID: nobody, Existence: models.Gone}}
	for i, u := range users {
		ids = append(ids, strings.ToUpper(u.ID))
		switch i {
		case 3:
			want = append(want, models.SourceUser{ObjectID: u.ID, Existence: models.SoftDeleted})
		case 40:
			want = append(want, models.SourceUser{ObjectID: u.ID, Existence: models.Gone})
		default:
			living, _ := o.tenant.User(u.ID)
			want = append(want, trueUser(living))
		}
	}
	return ids, want
}

func TestUsersAreConfirmedById(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	ids, want := o.missing(t)
	source := o.dial(t)
	page, err := source.ConfirmUsers(t.Context(), ids)
	o.must(t, err)
	if diff := gocmp.Diff(want, page.Items); diff != "" {
		t.Errorf("users differ (-truth +read):\n%s", clip(diff))
	}
	if !page.SentAt.Equal(o.clock.now()) {
		t.Errorf("sent at %v", page.SentAt)
	}
	// 46 ids are three batches; three missing are one more of the bin; two gone are
	// asked for once more.
	if n := source.Usage().Requests; n != 5 {
		t.Errorf("%d requests, want 5", n)
	}
}

func TestGroupsAreConfirmedById(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	groups := o.tenant.Groups()
	o.must(t, o.tenant.DeleteGroup(groups[1].ID))
	page, err := o.dial(t).ConfirmGroups(t.Context(), []string{groups[1].ID, groups[0].ID})
	o.must(t, err)
	want := []models.SourceGroup{
		{ObjectID: groups[1].ID, Existence: models.Gone},
		{ObjectID: groups[0].ID, Existence: models.Exists, Values: trueGroup(groups[0])},
	}
	if diff := gocmp.Diff(want, page.Items); diff != "" {
		t.Errorf("groups differ (-truth +read):\n%s", diff)
	}
}

// Each part of a batch is throttled and fails by itself, inside a 200.
func TestPartsOfABatchAreAskedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		effect graphemu.Effect
		waits  bool
	}{
		"throttled":   {graphemu.Throttle("7"), true},
		"unavailable": {graphemu.Unavailable("2.5"), true},
		"fails":       {graphemu.InternalError(), false},
		"HTML":        {graphemu.HTML(502), false},
		"no body":     {graphemu.CloseConnection(), false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, graphemu.Config{})
			ids, want := o.missing(t)
			o.emu.Inject(graphemu.Fault{Route: "GET /users/{id}", Every: 5, Times: 12, Effect: tc.effect})
			o.emu.Inject(graphemu.Fault{Route: "GET /directory/deletedItems/{id}", Times: 2, Effect: tc.effect})
			o.dialer.Limits.Parallel = 1 // so that nothing is under way when a part is told to wait
			page, err := o.dial(t).ConfirmUsers(t.Context(), ids)
			o.must(t, err)
			if diff := gocmp.Diff(want, page.Items); diff != "" {
				t.Errorf("users differ (-truth +read):\n%s", clip(diff))
			}
			meter := o.emu.Meter()
			if meter.Early != 0 {
				t.Errorf("%d requests were early", meter.Early)
			}
			// Only what failed is asked for again: 46, two gone twice, and at most 12 faults.
			if n := meter.Requests["GET /users/{id}"]; n > 46+2+12 {
				t.Errorf("%d users were asked for", n)
			}
			if waited := slices.Contains(o.clock.waited(), 7*time.Second) || slices.Contains(o.clock.waited(), 3*time.Second); waited != tc.waits {
				t.Errorf("waited %v", o.clock.waited())
			}
		})
	}
}

// A part that fails is never a person who is gone.
func TestAFailedPartIsAnError(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		code   string
	}{
		"denied":                       {403, `{"error":{"code":"Authorization_RequestDenied"}}`, "Authorization_RequestDenied"},
		"not found, but not by Graph":  {404, `{"error":{"code":"NotFound"}}`, "NotFound"},
		"not found, without a body":    {404, `null`, "status-404"},
		"not found, as a text":         {404, `"PGh0bWw+"`, "status-404"},
		"found, but somebody else":     {200, `{"id":"00000000-0000-4000-8000-000000000009"}`, codeBadAnswer},
		"found, without an id":         {200, `{}`, codeBadAnswer},
		"found, and not JSON":          {200, `"PGh0bWw+"`, codeBadAnswer},
		"refused for the whole person": {400, `{"error":{"code":"Request_BadRequest"}}`, "Request_BadRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			s := batchStub(t, func(id string, ask part) string {
				return fmt.Sprintf(`{"id":%q,"status":%d,"body":%s}`, id, tc.status, tc.body)
			})
			source, _ := s.dial(t)
			page, err := source.ConfirmUsers(t.Context(), []string{"00000000-0000-4000-8000-000000000001"})
			if e := sourceError(t, err); e.Code != tc.code || page.Items != nil {
				t.Errorf("got %+v, %+v", e, page)
			}
		})
	}
	for name, answer := range map[string]string{
		"a part that was not asked":  `{"responses":[{"id":"7","status":404,"body":{"error":{"code":"Request_ResourceNotFound"}}}]}`,
		"no parts":                   `{"responses":[]}`,
		"no responses":               `{}`,
		"a status that is no number": `{"responses":[{"id":"0","status":"404"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStub(t, refuse(200, answer))
			source, _ := s.dial(t)
			page, err := source.ConfirmGroups(t.Context(), []string{"00000000-0000-4000-8000-000000000001"})
			if e := sourceError(t, err); e.Code != codeBadAnswer || page.Items != nil {
				t.Errorf("got %+v, %+v", e, page)
			}
		})
	}
}

// batchStub answers each part by itself.
func batchStub(t *testing.T, respond func(id string, ask part) string) *stub {
	t.Helper()
	return newStub(t, batchAnswer(t, respond))
}

func batchAnswer(t *testing.T, respond func(id string, ask part) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Requests []part }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			t.Errorf("the batch is not JSON: %v", err)
		}
		responses := make([]string, len(asked.Requests))
		for i, ask := range asked.Requests {
			responses[i] = respond(ask.ID, ask)
		}
		reply(w, http.StatusOK, `{"responses":[`+strings.Join(responses, ",")+`]}`)
	}
}

// Who is restored between the look among the living and the look into the bin was
// there all the time.
func TestARestoreInBetweenIsNoLoss(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000001"
	asked := 0
	s := batchStub(t, func(part_ string, ask part) string {
		asked++
		if asked == 3 {
			return fmt.Sprintf(`{"id":%q,"status":200,"body":{"id":%q,"userPrincipalName":"ann@contoso.example","accountEnabled":true}}`, part_, id)
		}
		return fmt.Sprintf(`{"id":%q,"status":404,"body":{"error":{"code":"Request_ResourceNotFound"}}}`, part_)
	})
	source, _ := s.dial(t)
	page, err := source.ConfirmUsers(t.Context(), []string{id})
	if err != nil || page.Items[0].Existence != models.Exists || page.Items[0].UserName != "ann@contoso.example" {
		t.Errorf("got %+v, %v", page, err)
	}
}

func TestNobodyIsConfirmedWithoutARequest(t *testing.T) {
	s := newStub(t, nil)
	source, _ := s.dial(t)
	page, err := source.ConfirmUsers(t.Context(), nil)
	if err != nil || len(page.Items) != 0 || source.Usage() != (pull.Usage{}) {
		t.Errorf("got %+v, %v", page, err)
	}
}
