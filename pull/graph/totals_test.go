package graph

import (
	"testing"

	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func TestTotalsForAnEstimate(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	source := o.dial(t)
	users, groups, err := source.(pull.Estimator).Expected(t.Context())
	o.must(t, err)
	if users != len(o.tenant.Users()) || groups != len(o.tenant.Groups()) || source.Usage().Requests != 1 {
		t.Errorf("%d users, %d groups with %d requests", users, groups, source.Usage().Requests)
	}
	o.emu.Configure(func(c *graphemu.Config) { c.App.Roles = []string{"User.Read.All"} })
	_, _, err = o.dial(t).(pull.Estimator).Expected(t.Context())
	if e := sourceError(t, err); e.Code != "Authorization_RequestDenied" {
		t.Errorf("got %+v", e)
	}
}

func TestACountIsRead(t *testing.T) {
	for body, want := range map[string]int{"42": 42, ` "42" `: 42, `"NDI="`: 42, `"77u/NDI="`: 42, "0": 0} {
		if got, err := readCount([]byte(body)); err != nil || got != want {
			t.Errorf("%s: got %d, %v", body, got, err)
		}
	}
	for _, body := range []string{"", `"x"`, `{"error":{}}`, "null", `"PGh0bWw+"`} {
		if got, err := readCount([]byte(body)); err == nil {
			t.Errorf("%s: got %d", body, got)
		}
	}
}
