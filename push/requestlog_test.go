package push_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"scimbridge/models"
	"scimbridge/push"
	"scimbridge/scim"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// serveLogged is a server with a request log.
func serveLogged(t *testing.T, db *store.Store, settings models.Settings, warnings *strings.Builder) (*server, *push.RequestLog) {
	t.Helper()
	s := &server{store: db}
	s.directory, s.write, s.read = directory(t, db, settings)
	requests := push.NewRequestLog(db, slog.New(slog.NewTextHandler(warnings, nil)))
	e := echo.New()
	opener := &push.Opener{Store: db, PublicURL: publicURL}
	scim.New(opener, scim.WithRecorder(requests)).Mount(e.Group("/scim/:tenant/v2"))
	s.Server = httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s, requests
}

// told is what the request log says of a directory, oldest first, without what differs
// from run to run.
func told(t *testing.T, s *server, q store.RequestQuery) []string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	entries, err := s.store.Requests(t.Context(), s.directory.ID, q)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(entries))
	for i, e := range entries {
		parts := []string{e.Method, e.Path, e.Query, e.ScimType, e.Action, e.Detail}
		lines[len(entries)-1-i] = strings.Join(parts, " | ")
	}
	return lines
}

func TestTheRequestLogTellsWhatHappenedWithoutPersonalValues(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s, requests := serveLogged(t, db, models.DefaultSettings(), &strings.Builder{})
		mira := s.named(t, "mira@contoso.example")
		s.do(t, "POST", "/Users", `{"userName":"mira@contoso.example"}`)
		s.do(t, "GET", "/Users?filter=userName+eq+%22nobody%40contoso.example%22", "")
		s.do(t, "GET", "/Users?filter=userName+eq+mira.holt", "")
		s.patch(t, "/Users/"+mira, `{"op":"Replace","path":"active","value":"False"}`)
		group := s.group(t, "Grid")
		s.patch(t, "/Groups/"+group, `{"op":"Add","path":"members","value":`+values(mira)+`}`)
		s.patch(t, "/Groups/"+group, `{"op":"Add","path":"nonsense","value":"secret"}`)
		s.do(t, "DELETE", "/Users/"+mira, "")
		s.do(t, "GET", "/Users/"+mira, "")
		s.send(t, s.directory.ID, "wrong", "GET", "/Users", "")
		s.send(t, "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1", "wrong", "GET", "/Users", "")
		s.do(t, "POST", "/Bulk", `{"Operations":[{"method":"DELETE","path":"/Groups/`+group+`"}]}`)
		requests.Flush(t.Context())
		names := strings.NewReplacer("{mira}", mira, "{group}", group)
		var want []string
		for _, line := range []string{
			`POST | /Users |  |  | user created | `,
			`POST | /Users |  | uniqueness | user not created | userName "…" is already taken`,
			`GET | /Users | filter=userName eq "…" |  | users searched: 0 found | `,
			`GET | /Users | filter=… | invalidFilter | users not searched | The filter is not valid: at character 13: "…" is no value; write strings in double quotes`,
			`PATCH | /Users/{mira} |  |  | user deactivated | `,
			`POST | /Groups |  |  | group created | `,
			`PATCH | /Groups/{group} |  |  | group given members | `,
			`PATCH | /Groups/{group} |  | noTarget | group not changed | operation 1 (nonsense): a Group has no such attribute`,
			`DELETE | /Users/{mira} |  |  | user removed | `,
			`GET | /Users/{mira} |  |  | user not read | User {mira} not found`,
			`GET | /Users |  |  |  | The token is missing, invalid or expired`,
			`POST | /Bulk |  |  | bulk of 1 operations, 0 failed | `,
		} {
			want = append(want, names.Replace(line))
		}
		if diff := cmp.Diff(want, told(t, s, store.RequestQuery{})); diff != "" {
			t.Errorf("log differs (-want +got):\n%s", diff)
		}
		if about := told(t, s, store.RequestQuery{RecordID: mira}); len(about) != 4 {
			t.Errorf("about one user: %q", about)
		}
		if failed := told(t, s, store.RequestQuery{Failed: true, Limit: 2}); len(failed) != 2 || !strings.Contains(failed[1], "token") {
			t.Errorf("the last two that failed: %q", failed)
		}
	})
}

func TestTheRequestLogHoldsValuesWhereTheDirectoryAllowsIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		settings := models.DefaultSettings()
		settings.RequestLog.Values = true
		s, requests := serveLogged(t, db, settings, &strings.Builder{})
		s.do(t, "GET", "/Users?filter=userName+eq+%22mira%40contoso.example%22", "")
		requests.Flush(t.Context())
		if diff := cmp.Diff([]string{`GET | /Users | filter=userName eq "mira@contoso.example" |  | users searched: 0 found | `}, told(t, s, store.RequestQuery{})); diff != "" {
			t.Errorf("log differs (-want +got):\n%s", diff)
		}
	})
}

func TestWhatTheRequestLogLostIsCountedAndTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		var warnings strings.Builder
		s, requests := serveLogged(t, db, models.DefaultSettings(), &warnings)
		one := scim.Record{Tenant: s.directory.ID, At: time.Now(), Method: "GET", Path: "/Users"}
		for range 20_007 {
			requests.Record(one)
		}
		requests.Flush(t.Context())
		last := told(t, s, store.RequestQuery{Limit: 1})
		if diff := cmp.Diff([]string{" |  |  |  | 7 requests were not recorded | "}, last); diff != "" {
			t.Errorf("last entry differs (-want +got):\n%s", diff)
		}
		if !strings.Contains(warnings.String(), "requests=7") {
			t.Errorf("the server's log says %q", warnings.String())
		}
	})
}

func TestTheRequestLogWritesWhatIsLeftWhenItStops(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		s, requests := serveLogged(t, db, models.DefaultSettings(), &strings.Builder{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			requests.Run(ctx)
		}()
		s.named(t, "mira@contoso.example")
		stop()
		<-done
		if got := told(t, s, store.RequestQuery{}); len(got) != 1 {
			t.Errorf("the log holds %q", got)
		}
	})
}

// The stop comes while a batch is on its way to the database.
func TestTheRequestLogLosesNothingWhenItStopsInTheMiddle(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var begun atomic.Bool
		db := storetest.Open(t, databaseURL, store.Options{Trace: func(sql string) {
			if sql == "BEGIN" && begun.Load() {
				stop()
			}
		}})
		var warnings strings.Builder
		s, requests := serveLogged(t, db, models.DefaultSettings(), &warnings)
		for range 500 { // a whole batch, which is written at once
			requests.Record(scim.Record{Tenant: s.directory.ID, At: time.Now(), Method: "GET", Path: "/Users"})
		}
		begun.Store(true)
		requests.Run(ctx)
		entries, err := db.Requests(t.Context(), s.directory.ID, store.RequestQuery{Limit: 1000})
		if err != nil || len(entries) != 500 || warnings.Len() > 0 {
			t.Errorf("%d entries, %v; the log says %q", len(entries), err, warnings.String())
		}
	})
}
