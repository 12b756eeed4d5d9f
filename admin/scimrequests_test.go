package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestTheRequestLogIsReadNewestFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b, ctx := newBridge(t, s), context.Background()
		mine, other := b.newDirectory(t), b.newDirectory(t)
		at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		id := func(n int) string { return fmt.Sprintf("00000000-0000-7000-8000-%012d", n) }
		entry := func(n int, change func(*models.ScimRequest)) models.ScimRequest {
			r := models.ScimRequest{DirectoryID: idOf(mine), ID: id(n), At: models.At(at.Add(time.Duration(n) * time.Hour)), Method: "GET", Path: "/Users", Status: 200}
			change(&r)
			return r
		}
		err := s.WriteRequests(ctx, idOf(mine), []models.ScimRequest{
			entry(1, func(r *models.ScimRequest) {
				r.Method, r.Path, r.Status, r.Action = "PATCH", "/Users/"+annID, 204, "user deactivated"
				r.RecordKind, r.RecordID, r.Micros, r.Client, r.TokenID, r.RequestID = "user", annID, 1500, "Entra", models.Optional(id(9)), "r1"
			}),
			entry(2, func(r *models.ScimRequest) {
				r.Status, r.ScimType, r.Detail = 400, "invalidFilter", "no such attribute"
			}),
			entry(3, func(r *models.ScimRequest) {
				r.Method, r.Path, r.Status, r.Action = "", "", 0, "7 requests were not recorded"
			}),
			entry(4, func(*models.ScimRequest) {}),
		})
		if err != nil {
			t.Fatal(err)
		}
		read := func(query string) (ids []int, entries []admin.ScimRequest) {
			t.Helper()
			var page admin.ScimRequestPage
			if err := json.Unmarshal(b.must(t, 200, "GET", mine+"/scim-requests?"+query, "").body, &page); err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Items {
				var n int
				if _, err := fmt.Sscanf(e.ID[24:], "%d", &n); err != nil {
					t.Fatal(err)
				}
				ids = append(ids, n)
			}
			return ids, page.Items
		}
		for query, want := range map[string][]int{
			"":                          {4, 3, 2, 1},
			"failed=true":               {3, 2},
			"failed=false":              {4, 3, 2, 1},
			"recordId=" + annID:         {1},
			"recordId=nobody":           nil,
			"recordId=" + nowhere:       nil,
			"from=2026-03-01T14:00:00Z": {4, 3, 2},
			"to=2026-03-01T14:00:00Z":   {1},
			"from=2026-03-01T14:00:00Z&to=2026-03-01T16:00:00Z": {3, 2},
		} {
			if got, _ := read(query); !cmp.Equal(got, want) {
				t.Errorf("%s lists %v, not %v", query, got, want)
			}
		}
		_, all := read("")
		record, user := annID, id(9)
		want := admin.ScimRequest{
			ID: id(1), At: at.Add(time.Hour), RequestID: "r1", TokenID: &user, Client: "Entra", Method: "PATCH", Path: "/Users/" + annID,
			Status: 204, Action: "user deactivated", RecordKind: "user", RecordID: &record, Milliseconds: 1.5,
		}
		if diff := cmp.Diff(want, all[3]); diff != "" {
			t.Errorf("an entry (-want +got):\n%s", diff)
		}
		if gap := all[1]; !gap.Gap || gap.Action != "7 requests were not recorded" || all[0].Gap {
			t.Errorf("the gap is %+v", gap)
		}
		if got := b.walk(t, mine+"/scim-requests", 1); len(got) != 4 {
			t.Errorf("pages list %v", got)
		}
		if got := b.walk(t, other+"/scim-requests", 1); len(got) != 0 {
			t.Errorf("another directory lists %v", got)
		}
		for query, field := range map[string]string{"from=soon": "from", "to=1": "to", "cursor=x": "cursor", "recordId=a%00": "recordId"} {
			b.refused(t, 400, "invalid", field, "GET", mine+"/scim-requests?"+query, "")
		}
		b.refused(t, 400, "invalid", "failed", "GET", mine+"/scim-requests?failed=perhaps", "")
	})
}

func TestADirectorySaysWhatIsKeptOfRequests(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	path := b.newDirectory(t)
	keeps := func(body string) admin.RequestLog {
		t.Helper()
		var d admin.Directory
		if err := json.Unmarshal(b.must(t, 200, "PATCH", path, body).body, &d); err != nil {
			t.Fatal(err)
		}
		return d.RequestLog
	}
	for _, tc := range []struct {
		body string
		want admin.RequestLog
	}{
		{`{}`, admin.RequestLog{Keep: "336h"}},
		{`{"requestLog":{"keep":"720h","values":true}}`, admin.RequestLog{Keep: "720h", Values: true}},
		{`{"name":"x"}`, admin.RequestLog{Keep: "720h", Values: true}},
		{`{"requestLog":{}}`, admin.RequestLog{Keep: "336h"}},
	} {
		if got := keeps(tc.body); got != tc.want {
			t.Errorf("%s keeps %+v", tc.body, got)
		}
	}
	for _, keep := range []string{"0s", "59m", "9000h", "-1h", "14", ""} {
		b.refused(t, 400, "invalid", "requestLog.keep", "PATCH", path, `{"requestLog":{"keep":"`+keep+`"}}`)
	}
}
