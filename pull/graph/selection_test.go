package graph

import (
	"strings"
	"testing"

	"scimbridge/models"
	"scimbridge/pull"
)

func TestTheSelectionChangesWithWhatLinksDependOn(t *testing.T) {
	s := newStub(t, nil)
	selection := func(change func(*pull.Connection)) string {
		c := s.connection()
		change(&c)
		return dial(t, newFakeClock().dialer(s.rootPool()), c).(pull.Selector).Selection()
	}
	same := selection(func(*pull.Connection) {})
	if again := selection(func(c *pull.Connection) { c.ClientSecret = "another" }); again != same || same == "" {
		t.Errorf("%q, then %q: a new secret is no new selection", same, again)
	}
	for name, change := range map[string]func(*pull.Connection){
		"another tenant":     func(c *pull.Connection) { c.Settings.TenantID = "contoso.example" },
		"fewer attributes":   func(c *pull.Connection) { c.Attributes.Users = models.UserAttributes[1:] },
		"no manager":         func(c *pull.Connection) { c.Attributes.Users = models.UserAttributes[:22] },
		"another Graph host": func(c *pull.Connection) { c.Settings.GraphHost = "https://graph.example" },
	} {
		if got := selection(change); got == same || strings.ContainsAny(got, "+/=") {
			t.Errorf("%s leads to the selection %q", name, got)
		}
	}
}
