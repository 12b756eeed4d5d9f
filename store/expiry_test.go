package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scimbridge/models"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// pulledDirectory stores Graph settings of a new directory that has been pulled.
func pulledDirectory(t *testing.T, s *store.Store) models.GraphSettings {
	t.Helper()
	ctx := context.Background()
	d, err := s.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	g, err := s.SetGraphSettings(ctx, models.GraphSettings{
		DirectoryID: d.ID, TenantID: "contoso.example", ClientID: "an app", SealedSecret: "first", Cloud: models.CloudGlobal,
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.InTx(ctx, d.ID, func(tx *store.Tx) error {
		return tx.SetPullState(models.PullState{DirectoryID: d.ID, UsersDelta: "users", GroupsDelta: "groups"})
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestDeltaLinksOutliveANewCredentialAndNoNewTenant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for name, tc := range map[string]struct {
			change func(*models.GraphSettings)
			stays  bool
		}{
			"another secret":               {func(g *models.GraphSettings) { g.SealedSecret = "second" }, true},
			"a certificate":                {func(g *models.GraphSettings) { g.Credential = models.CertificateCredential }, true},
			"another application id URI":   {func(g *models.GraphSettings) { g.ApplicationIDURI = "api://x" }, true},
			"the same hosts, by name":      {func(g *models.GraphSettings) { g.Cloud = "" }, true},
			"another tenant":               {func(g *models.GraphSettings) { g.TenantID = "fabrikam.example" }, false},
			"another application":          {func(g *models.GraphSettings) { g.ClientID = "another" }, false},
			"another cloud":                {func(g *models.GraphSettings) { g.Cloud = models.CloudUSGov }, false},
			"the same cloud's other Graph": {func(g *models.GraphSettings) { g.Cloud = models.CloudUSGovDoD }, false},
		} {
			g := pulledDirectory(t, s)
			tc.change(&g)
			if _, err := s.SetGraphSettings(ctx, g); err != nil {
				t.Fatal(err)
			}
			state, err := s.PullState(ctx, g.DirectoryID)
			if err != nil {
				t.Fatal(err)
			}
			if stays := state.UsersDelta == "users" && state.GroupsDelta == "groups"; stays != tc.stays || !stays && state.UsersDelta+state.GroupsDelta != "" {
				t.Errorf("%s: the links are %q and %q", name, state.UsersDelta, state.GroupsDelta)
			}
		}
		g := pulledDirectory(t, s)
		if err := s.DeleteGraphSettings(ctx, g.DirectoryID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetGraphSettings(ctx, g); err != nil {
			t.Fatal(err)
		}
		if state, err := s.PullState(ctx, g.DirectoryID); err != nil || state.UsersDelta != "" {
			t.Errorf("settings that were forgotten bring back the link %q, %v", state.UsersDelta, err)
		}
	})
}

func TestAWarningIsGivenOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		g := pulledDirectory(t, s)
		ends := time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)
		if err := s.NoteCredentialEnd(ctx, g, models.At(ends)); err != nil {
			t.Fatal(err)
		}
		var given []int
		warn := func(at time.Time) {
			t.Helper()
			_, _, err := s.WarnOfCredentialEnd(ctx, g.DirectoryID, models.At(at), func(_ *store.Tx, g models.GraphSettings, days int) error {
				if g.CredentialEndsAt != models.At(ends) {
					t.Errorf("warned of %v", g.CredentialEndsAt.Time())
				}
				given = append(given, days)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, days := range []int{31, 30, 29, 14, 13, 7, 1, 0, -1} {
			warn(ends.AddDate(0, 0, -days))
			warn(ends.AddDate(0, 0, -days).Add(time.Second)) // another replica
		}
		if diff := cmp.Diff([]int{30, 14, 7, 1, 0}, given); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
		read, err := s.GraphSettings(ctx, g.DirectoryID)
		if err != nil || read.UpdatedAt != g.UpdatedAt {
			t.Errorf("the version of the settings is another: %v, %v", read.UpdatedAt, err)
		}
		ending, err := s.EndingCredentials(ctx, models.At(ends.Add(time.Second)))
		if err != nil || len(ending) != 1 {
			t.Errorf("ending: %+v, %v", ending, err)
		}
		if ending, err = s.EndingCredentials(ctx, models.At(ends)); err != nil || len(ending) != 0 {
			t.Errorf("ending earlier: %+v, %v", ending, err)
		}
	})
}
