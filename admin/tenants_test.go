package admin_test

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestGroupsOfTheTenantArePickedPageByPage(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	directory := b.newGraph(t)
	b.graph.groups = []models.GroupChoice{
		{ObjectID: "3fa85f64-5717-4562-b3fc-2c963f66afa6", DisplayName: "Sales", Description: "Who sells", Mail: "sales@contoso.example", Kind: "microsoft365", Dynamic: true, Members: 7},
		{ObjectID: "4fa85f64-5717-4562-b3fc-2c963f66afa6", DisplayName: "Salsa", Members: -1},
	}
	b.graph.next = "bmV4dA"
	got := b.must(t, 200, "GET", directory+"/graph/groups?search=sal&cursor=Zmlyc3Q", "")
	var page admin.GraphGroupPage
	if err := json.Unmarshal(got.body, &page); err != nil {
		t.Fatal(err)
	}
	seven, next := 7, "bmV4dA"
	want := admin.GraphGroupPage{NextCursor: &next, Items: []admin.GraphGroup{
		{ID: "3fa85f64-5717-4562-b3fc-2c963f66afa6", DisplayName: "Sales", Description: "Who sells", Mail: "sales@contoso.example", Kind: "microsoft365", Dynamic: true, Members: &seven},
		{ID: "4fa85f64-5717-4562-b3fc-2c963f66afa6", DisplayName: "Salsa"},
	}}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Errorf("page differs (-want +got):\n%s", diff)
	}
	if b.graph.asked != [2]string{"sal", "Zmlyc3Q"} || b.graph.material != planted {
		t.Errorf("asked for %q with %q", b.graph.asked, b.graph.material)
	}
	b.graph.next, b.graph.groups = "", nil
	if last := string(b.must(t, 200, "GET", directory+"/graph/groups", "").body); last != `{"items":[],"nextCursor":null}`+"\n" {
		t.Errorf("the last page is %s", last)
	}
}

func TestAPickerThatGraphRefusesSaysWhatToDo(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	b.refused(t, 409, "graph-not-set", "", "GET", b.newDirectory(t)+"/graph/groups", "")
	path := b.newGraph(t) + "/graph/groups"
	b.graph.refusal = &admin.GraphRefusal{Code: "AADSTS7000222", Message: "the client secret has expired", Hint: "Create a new one."}
	if p := b.refused(t, 409, "graph-refused", "", "GET", path, ""); p.Detail != "AADSTS7000222: the client secret has expired. Create a new one." {
		t.Errorf("answers %q", p.Detail)
	}
	b.graph.refusal = &models.InvalidError{Attribute: "cursor", Reason: "is none that this list has given"}
	b.refused(t, 400, "invalid", "cursor", "GET", path+"?cursor=x", "")
	b.refused(t, 400, "invalid", "cursor", "GET", path+"?cursor="+strings.Repeat("x", 5000), "")
	b.refused(t, 400, "invalid", "search", "GET", path+"?search="+url.QueryEscape("a\x00b"), "")
}

// The directory shows what ends soon, as long as it has not been replaced.
func TestADirectoryWarnsOfACredentialThatEnds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		s := storetest.Open(t, databaseURL, store.Options{Now: func() models.Instant { return models.At(now) }})
		b := newBridge(t, s)
		directory := b.newGraph(t)
		warnings := func() []admin.Warning {
			t.Helper()
			var one admin.Directory
			var all admin.DirectoryPage
			if err := json.Unmarshal(b.must(t, 200, "GET", directory, "").body, &one); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b.must(t, 200, "GET", "/api/v1/directories", "").body, &all); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one, all.Items[0]); diff != "" {
				t.Errorf("the list shows something else:\n%s", diff)
			}
			return one.Warnings
		}
		if got := warnings(); len(got) != 0 {
			t.Errorf("of an end that is not known: %+v", got)
		}
		ends := now.Add(31 * 24 * time.Hour)
		b.graph.checks = []models.Check{{Name: "sign-in", OK: true}, {Name: "credential", OK: true, EndsAt: models.At(ends)}}
		tag := b.must(t, 200, "GET", directory+"/graph", "").header.Get("ETag")
		b.must(t, 200, "POST", directory+"/graph/test", "")
		shown := b.must(t, 200, "GET", directory+"/graph", "")
		if text := string(shown.body); !strings.Contains(text, `"credentialEndsAt":"2026-04-01T12:00:00Z"`) || shown.header.Get("ETag") != tag {
			t.Errorf("the test has learned %s", text)
		}
		if got := warnings(); len(got) != 0 {
			t.Errorf("31 days before: %+v", got)
		}
		now = now.Add(24 * time.Hour)
		want := []admin.Warning{{Kind: "credential-ends", At: &ends, Message: "The client secret that signs in to Microsoft Graph ends on 2026-04-01. Make a new one under Certificates & secrets of the app registration, and enter it in the Graph settings."}}
		if diff := cmp.Diff(want, warnings()); diff != "" {
			t.Errorf("30 days before (-want +got):\n%s", diff)
		}
		now = ends
		if got := warnings(); len(got) != 1 || got[0].Kind != "credential-ended" {
			t.Errorf("at the end: %+v", got)
		}
		b.must(t, 200, "PUT", directory+"/graph", strings.Replace(graphBody, planted, "planted~newer", 1))
		if got := warnings(); len(got) != 0 {
			t.Errorf("of a new secret: %+v", got)
		}
		stale, err := s.GraphSettings(context.Background(), idOf(directory))
		if err != nil {
			t.Fatal(err)
		}
		stale.SealedSecret = "of before"
		if err := s.NoteCredentialEnd(context.Background(), stale, models.At(ends)); err != nil {
			t.Fatal(err)
		}
		if got := warnings(); len(got) != 0 {
			t.Errorf("what is learned late of the old secret: %+v", got)
		}
	})
}
