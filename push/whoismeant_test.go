package push_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scimbridge/models"
	"scimbridge/reconcile"
	"scimbridge/store"
	"scimbridge/store/storetest"
)

// TestAPostMeansWhomALookUpFinds: a POST is written without asking who is there. Whatever
// records push and pull have left behind, it adopts, is refused or creates as it would had
// it looked first.
func TestAPostMeansWhomALookUpFinds(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, databaseURL string) {
		shared := serve(t, storetest.Open(t, databaseURL, store.Options{}), models.DefaultSettings())
		rapid.Check(t, func(rt *rapid.T) {
			s := *shared
			s.directory, s.write, s.read = directory(t, s.store, models.DefaultSettings())
			h := &meeting{server: &s, test: t}
			for range rapid.IntRange(4, 40).Draw(rt, "steps") {
				h.step(rt)
			}
		})
	})
}

// meeting is a directory in which push and pull speak of the same few people.
type meeting struct {
	*server
	test testing.TB // rapid's T is none
	ids  []string
}

func (m *meeting) step(t *rapid.T) {
	objectID := rapid.SampledFrom([]string{adaID, benID, gridID}).Draw(t, "object")
	name := rapid.SampledFrom([]string{"ada@contoso.example", "ADA@Contoso.example", "straße", "STRASSE", "chi"}).Draw(t, "name")
	externalID := rapid.SampledFrom([]string{"", "ada", objectID, strings.ToUpper(objectID)}).Draw(t, "externalId")
	switch what := rapid.IntRange(0, 7).Draw(t, "step"); {
	case what <= 2 || len(m.ids) == 0:
		m.post(t, name, externalID)
	case what <= 4:
		said := person(objectID, name)
		said.Existence = rapid.SampledFrom([]models.Existence{models.Exists, models.Exists, models.SoftDeleted, models.Gone, models.OutOfScope}).Draw(t, "existence")
		m.reading(m.test, said)
	default:
		path := "/Users/" + rapid.SampledFrom(m.ids).Draw(t, "id")
		switch what {
		case 5:
			m.do(m.test, "DELETE", path, "")
		case 6:
			m.do(m.test, "PUT", path, pushed(name, externalID))
		case 7:
			m.do(m.test, "PATCH", path, patchBody(fmt.Sprintf(`{"op":"Replace","path":"externalId","value":%q}`, externalID)))
		}
	}
}

func (m *meeting) post(t *rapid.T, name, externalID string) {
	wanted, meant := http.StatusCreated, ""
	who := reconcile.PushIdentity{ExternalID: externalID, Name: name}
	var refused *models.ConflictError
	if err := m.store.InTx(m.test.Context(), m.directory.ID, func(tx *store.Tx) error {
		candidates, err := tx.PushUserCandidates(who.ObjectID(), models.Fold(who.Name))
		if err != nil {
			return err
		}
		match, err := reconcile.MatchPushedUser(candidates, who)
		if match.Record >= 0 {
			meant = candidates[match.Record].ID
		}
		return err
	}); errors.As(err, &refused) {
		wanted = http.StatusConflict
	} else if err != nil {
		t.Fatal(err)
	}
	method, path, body := "POST", "/Users", pushed(name, externalID)
	inBulk := rapid.Bool().Draw(t, "in bulk")
	if inBulk {
		path, body = "/Bulk", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"POST","path":"/Users","bulkId":"one","data":`+body+`}]}`
	}
	answer := m.do(m.test, method, path, body)
	status, id := answer.status, ""
	if inBulk {
		operation := answer.object(m.test)["Operations"].([]any)[0].(map[string]any)
		if _, err := fmt.Sscan(fmt.Sprint(operation["status"]), &status); err != nil {
			t.Fatal(err)
		}
		location, _ := operation["location"].(string)
		id = location[strings.LastIndexByte(location, '/')+1:]
	} else {
		id, _ = answer.object(m.test)["id"].(string)
	}
	known := false
	for _, other := range m.ids {
		known = known || other == id
	}
	switch {
	case status != wanted:
		t.Fatalf("POST of %s %s: %d, want %d: %s", name, externalID, status, wanted, answer.body)
	case status == http.StatusConflict:
	case meant != "" && id != meant, meant == "" && known:
		t.Fatalf("POST of %s %s: the record %s, want %q: %s", name, externalID, id, meant, answer.body)
	case !known:
		m.ids = append(m.ids, id)
	}
}
