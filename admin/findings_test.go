package admin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// pulled stores somebody whom the pull alone has brought.
func (b *bridge) pulled(t testing.TB, directory, objectID, userName string, values map[string]any) string {
	t.Helper()
	var id string
	err := b.store.InTx(t.Context(), idOf(directory), func(tx *store.Tx) error {
		at, err := tx.Now(t.Context())
		if err != nil {
			return err
		}
		id = tx.NewID()
		enabled := true
		said := models.SourceUser{ObjectID: objectID, Existence: models.Exists, Enabled: &enabled, UserName: userName, Values: values}
		heard := reconcile.HearPullUser(models.User{DirectoryID: idOf(directory), ID: id}, said, models.Look{At: at})
		return reconcile.ApplyUsers(tx, reconcile.PlanUsers([]*models.User{nil}, []models.User{heard}, nil, reconcile.Rules{}, at), reconcile.Origin{By: models.Pull, At: at})
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

const enterpriseNumber = models.EnterpriseURN + ":employeeNumber"

func employee(number string) string {
	return fmt.Sprintf(`%q:{"employeeNumber":%q}`, models.EnterpriseURN, number)
}

func mailed(address string) string {
	return fmt.Sprintf(`"emails":[{"type":"work","value":%q}]`, address)
}

func objectIDOf(n int) string { return fmt.Sprintf("%08d-0000-4000-8000-00000000000f", n) }

func TestTwoRecordsOfOnePersonAreFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		workMail := `emails[type eq "work"].value`
		type pair struct{ id, other, matching string }
		want := map[pair]bool{}
		add := func(matching, id, other string) { want[pair{id, other, matching}] = true }
		add("mail", entra.user(t, "ann", mailed("Ann@contoso.example")),
			b.pulled(t, directory, objectIDOf(1), "a.one@entra.example", map[string]any{workMail: "ann@contoso.example"}))
		add("employeeNumber", entra.user(t, "bob", employee("E7")),
			b.pulled(t, directory, objectIDOf(2), "b.two@entra.example", map[string]any{enterpriseNumber: "e7"}))
		add("userName", entra.user(t, "cem", mailed("c.three@entra.example")),
			b.pulled(t, directory, objectIDOf(3), "c.three@entra.example", map[string]any{"displayName": "Cem"}))
		add("userName", entra.user(t, "dan"),
			b.pulled(t, directory, objectIDOf(4), "d.four@entra.example", map[string]any{workMail: "Dan@contoso.example"}))
		entra.user(t, "eva", mailed("eva@contoso.example")) // nobody's mail
		b.pulled(t, directory, objectIDOf(5), "e.five@entra.example", map[string]any{workMail: "five@entra.example"})
		entra.user(t, "fay", mailed("fay@contoso.example"), `"externalId":"`+objectIDOf(6)+`"`)
		entra.user(t, "fay2", mailed("fay@contoso.example")) // two of push are no finding

		got := map[pair]bool{}
		for cursor := ""; ; {
			var page admin.FindingPage
			b.get(t, directory+"/findings?limit=3&cursor="+cursor, &page)
			for _, f := range page.Items {
				got[pair{f.ID, f.OtherID, f.Matching}] = true
				if f.Kind != "one-person" || f.OtherEntraObjectID == nil || !strings.Contains(f.Hint, *f.OtherEntraObjectID) || f.UserName == "" || f.OtherUserName == "" {
					t.Errorf("finding %+v", f)
				}
			}
			if page.NextCursor == nil {
				break
			}
			cursor = *page.NextCursor
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(pair{})); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
}

func TestAPossibleRehireIsFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		b := newBridge(t, s)
		directory := b.newDirectory(t)
		entra := b.provisioning(t, directory)
		user := func(name, number string, n int) string {
			return entra.user(t, name, employee(number), `"externalId":"`+objectIDOf(n)+`"`)
		}
		left := user("ann.old", "E1", 1)
		entra.must(t, 204, "DELETE", "/Users/"+left, "")
		again := user("ann.new", "e1", 2)
		off := user("bob.old", "E2", 3)
		entra.activate(t, off, false)
		returned := user("bob.new", "E2", 4)
		user("cem.one", "E3", 5) // both are there: twins, a mistake, but no rehire
		user("cem.two", "E3", 6)

		var page admin.FindingPage
		b.get(t, directory+"/findings", &page)
		got := map[string]string{}
		for _, f := range page.Items {
			got[f.ID] = f.OtherID + " " + string(f.Kind)
		}
		want := map[string]string{again: left + " possible-rehire", returned: off + " possible-rehire"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
		var why admin.Explanation
		b.get(t, directory+"/users/"+again+"/explain", &why)
		if len(why.Findings) != 1 || why.Findings[0].OtherID != left {
			t.Errorf("the newcomer's explanation finds %+v", why.Findings)
		}
		if groups := entra.must(t, 200, "GET", "/Users/"+again, "")["groups"]; groups != nil {
			t.Errorf("the newcomer is in %v", groups)
		}
	})
}
