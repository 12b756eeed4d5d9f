package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// company is large enough that PostgreSQL prefers an index wherever there is one.
const company = 5000

func fill(t *testing.T, db *store.Store, d models.Directory) {
	t.Helper()
	users, groups := make([]models.User, company), make([]models.Group, company)
	for i := range users {
		said := models.Standing{PushSays: models.Exists, PushAt: 1}
		address := fmt.Sprintf("user%d@contoso.example", i)
		at := models.Instant(i + 1)
		users[i] = models.User{
			DirectoryID: d.ID, ID: db.NewID(), Standing: said, Living: true, Active: i%50 != 0,
			UserName: address, UserNameKey: models.Optional(address), ExternalID: models.Optional(fmt.Sprint("e", i)),
			DisplayName: fmt.Sprint("User ", i), DisplayNameKey: fmt.Sprint("user ", i), EmailKeys: models.Keys{address},
			Attributes: models.Attributes{"emails": []any{map[string]any{"type": "work", "value": address}}},
			ManagerID:  models.Optional(fmt.Sprint("boss", i%100)), Version: 1, CreatedAt: at, UpdatedAt: at,
		}
		groups[i] = models.Group{
			DirectoryID: d.ID, ID: db.NewID(), Standing: said, Living: true, ExternalID: models.Optional(fmt.Sprint("e", i)),
			DisplayName: fmt.Sprint("Group ", i), DisplayNameKey: fmt.Sprint("group ", i), Version: 1, CreatedAt: at, UpdatedAt: at,
		}
	}
	if err := db.InTx(context.Background(), d.ID, func(tx *store.Tx) error {
		return errors.Join(tx.CreateUsers(users), tx.CreateGroups(groups))
	}); err != nil {
		t.Fatal(err)
	}
}

const someID = "4be1c0de-7a55-4d0f-9a3e-0d6f2b18c7a1"

func TestEveryEqualNameIsOneIndexedLookUp(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.PostgreSQL(t), store.Options{})
	ctx := context.Background()
	d, err := db.CreateDirectory(ctx, "Contoso", models.DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, db, d)
	if _, err := db.SQL().ExecContext(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	for asked, index := range map[string]string{
		`userName eq "USER7"`:                                                            "users_user_name",
		`externalId eq "e7"`:                                                             "users_external_id",
		`displayName eq "User 7"`:                                                        "users_display_name",
		`id eq "` + someID + `"`:                                                         "users_pkey",
		`id eq ` + someID:                                                                "users_pkey",
		`emails eq "user7@contoso.example"`:                                              "users_email",
		`emails.value eq "user7@contoso.example"`:                                        "users_email",
		`emails[type eq "work"].value eq "USER7@contoso.example"`:                        "users_email",
		`emails[type eq "work" and value eq "user7@contoso.example"]`:                    "users_email",
		`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "user7"`:                 "users_user_name",
		`userName eq "user7" and active eq true`:                                         "users_user_name",
		`manager eq "boss7"`:                                                             "users_manager",
		`id eq ` + someID + ` and manager eq ` + someID:                                  "users_pkey",
		`active eq false`:                                                                "users_inactive",
		`meta.lastModified gt "1970-01-01T00:00:00.004990Z"`:                             "users_updated_at",
		`meta.created gt "1970-01-01T00:00:00.004990Z"`:                                  "users_created_at",
		`groups.value eq "` + someID + `"`:                                               "users_pkey",
		`userName eq "a" or userName eq "b"`:                                             "users_user_name",
		`emails.value eq "user7@contoso.example" or emails.value eq "x@contoso.example"`: "users_email",
	} {
		plan, err := db.ExplainUsers(ctx, store.Query[store.ShownUser]{Searchable: searchable(d, schema.User), Filter: bound(t, asked, schema.User), Limit: 100})
		expectIndex(t, asked, plan, index, err)
	}
	for asked, index := range map[string]string{
		`displayName eq "GROUP 7"`:                                  "groups_display_name",
		`externalId eq "e7"`:                                        "groups_external_id",
		`id eq "` + someID + `"`:                                    "groups_pkey",
		`id eq ` + someID + ` and members eq ` + someID:             "groups_pkey",
		`meta.lastModified ge "1970-01-01T00:00:00.004990Z"`:        "groups_updated_at",
		`members[value eq "` + someID + `"] and displayName eq "x"`: "groups_display_name",
	} {
		plan, err := db.ExplainGroups(ctx, store.Query[store.ShownGroup]{Searchable: searchable(d, schema.Group), Filter: bound(t, asked, schema.Group), Limit: 100})
		expectIndex(t, asked, plan, index, err)
	}
}

func expectIndex(t *testing.T, asked, plan, index string, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v", asked, err)
		return
	}
	if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan on users") || strings.Contains(plan, "Seq Scan on groups") {
		t.Errorf("%s does not use %s:\n%s", asked, index, plan)
	}
}

func searchable(d models.Directory, of schema.ResourceType) store.Searchable {
	return store.Searchable{DirectoryID: d.ID, BaseURL: "https://bridge.example/scim/" + d.ID + "/v2", Schema: schema.Standard().View(of)}
}

func bound(t testing.TB, text string, of schema.ResourceType) filter.Expression {
	t.Helper()
	parsed, err := filter.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	e, err := filter.Bind(parsed, schema.Standard().View(of))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func TestTheDatabasesFoldEveryCharacterAsGoDoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var batch []string
		// Every character that Go changes, its neighbours, and what lies between.
		for r := rune(1); r <= utf8.MaxRune; r++ {
			if !utf8.ValidRune(r) || r%997 != 0 && same(r-1) && same(r) && same(r+1) {
				continue
			}
			batch = append(batch, string(r))
			if len(batch) == 200 {
				foldAll(t, s, batch)
				batch = batch[:0]
			}
		}
		foldAll(t, s, batch)
		for _, text := range []string{"E\u0301LAN", "ＡＢＣ e\u0301", "ｶﾞ", "I\u0307", "ΣΑΣ", "\u1100\u1161", "plain TEXT"} {
			if got, want := fold(t, s, text), filter.Fold(text); got != want {
				t.Errorf("%q folds to %q, in Go to %q", text, got, want)
			}
		}
	})
}

func same(r rune) bool { return filter.Fold(string(r)) == string(r) }

// foldAll folds texts at once, joined by what composes with nothing.
func foldAll(t *testing.T, s *store.Store, batch []string) {
	t.Helper()
	text := strings.Join(batch, "\n")
	if got, want := fold(t, s, text), filter.Fold(text); got != want {
		t.Errorf("%q folds to %q, in Go to %q", text, got, want)
	}
}

func fold(t *testing.T, s *store.Store, text string) string {
	t.Helper()
	placeholder := "?"
	if s.Dialect() == migrations.PostgreSQL {
		placeholder = "$1::text"
	}
	var folded string
	if err := s.SQL().QueryRow(fmt.Sprintf("SELECT scim_fold(%s)", placeholder), text).Scan(&folded); err != nil {
		t.Fatal(err)
	}
	return folded
}
