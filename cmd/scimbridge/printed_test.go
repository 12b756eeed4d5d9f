package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin/client"
)

func TestAHeldRunSaysWhyAndWhatItFound(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var out bytes.Buffer
	err := (&connection{output: tableOutput}).printRun(&out, client.SyncRun{
		ID: "r1", Kind: client.RunKindFull, State: client.RunStateHeld, RequestedAt: at, StartedAt: &at,
		Doubts: []string{"12 of 100 users would be lost"}, Counts: client.Counts{Drift: 3},
	})
	want := `run                r1
kind               full
state              held
requested          2026-03-01 12:00:00Z
started            2026-03-01 12:00:00Z
finished           -
requests to Graph  0, 0 of them throttled
held because       12 of 100 users would be lost
drift              3; list it with scimbridge run drift

             READ  CREATED  UPDATED  ADOPTED  DEACTIVATED  REMOVED  RESTORED  CONFLICTS
users        0     0        0        0        0            0        0         0
groups       0     0        0        0        0            0        0         0
memberships  0     0                                       0                  
`
	if diff := cmp.Diff(want, out.String()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAnExplanationIsReadFromTopToBottom(t *testing.T) {
	said, read := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	word := func(by client.Speaker, value any, at time.Time) client.SpokenWord {
		return client.SpokenWord{By: by, Value: value, At: &at}
	}
	sales, all := client.NamedGroup{ID: "g1", DisplayName: "Sales"}, client.NamedGroup{ID: "g2", DisplayName: "Everyone"}
	why := client.Explanation{
		ID:        "u1",
		Existence: client.Reason{Outcome: "living", Rule: "both paths vouch for it", Words: []client.SpokenWord{word("push", "exists", said), word("pull", "exists", read)}},
		Activity:  client.Reason{Outcome: "active", Rule: "no path says otherwise"},
		Attributes: []client.AttributeReason{
			{Path: "nickName", By: "pull", Rule: "push never said it, so the pull fills it", Words: []client.SpokenWord{word("pull", nil, read)}},
			{Path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", Value: "Sales", By: "push", Rule: "push's value stands", Drift: true,
				Words: []client.SpokenWord{word("push", "Sales", said), word("pull", "Legal", read)}},
		},
		Groups: []client.GroupChain{
			{DisplayName: "Everyone", Through: []client.NamedGroup{sales, all}},
			{DisplayName: "Sales", Direct: true, Through: []client.NamedGroup{sales}},
		},
		Changes: []client.RecordChange{{At: said, Action: "created", By: "push", Origin: "q1", Detail: map[string]any{"userName": "ann"}}},
	}
	var out bytes.Buffer
	err := (&connection{output: tableOutput}).printExplanation(&out, "ann", why, false)
	want := `ann  u1

WHAT                     SHOWS   SAID BY  WHEN                  BECAUSE
existence                living                                 both paths vouch for it
                         exists  push     2026-03-01 12:00:00Z  
                         exists  pull     2026-03-02 02:00:00Z  
activity                 active                                 no path says otherwise
department (enterprise)  Sales   push     2026-03-01 12:00:00Z  push's value stands (drift: the pull reads another value)
                         Legal   pull     2026-03-02 02:00:00Z  
(1 attributes are empty; --all shows them)

IN THE GROUP  BY
Sales         itself
Everyone      being in Sales

WHEN                  WHAT HAPPENED  BY    IN  DETAIL
2026-03-01 12:00:00Z  created        push  q1  {"userName":"ann"}
`
	if diff := cmp.Diff(want, out.String()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
