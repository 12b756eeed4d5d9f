package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scimbridge/scim/schema"
)

func defined(id, attributes string) string {
	return fmt.Sprintf(`{"id":%q,"name":"Badge","attributes":[%s]}`, id, attributes)
}

const badgeURN = "urn:contoso:params:scim:schemas:badge:2.0:User"

func TestAnExtensionIsDefined(t *testing.T) {
	t.Parallel()
	s, err := schema.Define([]byte(defined(badgeURN, `{"name":"floor","type":"integer"},
		{"name":"doors","type":"complex","multiValued":true,"subAttributes":[{"name":"value","type":"string"},{"name":"type","type":"string"}]}`)))
	if err != nil {
		t.Fatal(err)
	}
	doors, _ := s.Attribute("DOORS")
	if s.ID != badgeURN || doors == nil || !doors.MultiValued || doors.Mutability != schema.ReadWrite || len(doors.SubAttributes) != 2 {
		t.Errorf("read %+v with doors %+v", s, doors)
	}
}

func TestWhatIsWrongWithADefinitionIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ definition, field string }{
		"no JSON":                     {`{`, "definition"},
		"numbers where texts belong":  {`{"id":7}`, "definition"},
		"too long":                    {strings.Repeat(" ", schema.MaxDefinition+1), "definition"},
		"no URN":                      {defined("", `{"name":"a","type":"string"}`), "id"},
		"a name instead of a URN":     {defined("badge", `{"name":"a","type":"string"}`), "id"},
		"a URN that ends in a colon":  {defined("urn:contoso:", `{"name":"a","type":"string"}`), "id"},
		"a URN with a bracket":        {defined("urn:contoso:a[b", `{"name":"a","type":"string"}`), "id"},
		"SCIM's own User":             {defined(strings.ToUpper(schema.UserURN), `{"name":"a","type":"string"}`), "id"},
		"no attributes":               {defined(badgeURN, ``), "attributes"},
		"too many attributes":         {defined(badgeURN, strings.TrimSuffix(strings.Repeat(`{"name":"a","type":"string"},`, 101), ",")), "attributes"},
		"a name with a space":         {defined(badgeURN, `{"name":"a b","type":"string"}`), "attributes[0].name"},
		"a name twice":                {defined(badgeURN, `{"name":"a","type":"string"},{"name":"A","type":"string"}`), "attributes[1].name"},
		"an unknown type":             {defined(badgeURN, `{"name":"a","type":"text"}`), "definition"},
		"an unknown mutability":       {defined(badgeURN, `{"name":"a","type":"string","mutability":"x"}`), "definition"},
		"a uniqueness nobody watches": {defined(badgeURN, `{"name":"a","type":"string","uniqueness":"server"}`), "attributes[0].uniqueness"},
		"complex with nothing inside": {defined(badgeURN, `{"name":"a","type":"complex"}`), "attributes[0].subAttributes"},
		"simple with something":       {defined(badgeURN, `{"name":"a","type":"string","subAttributes":[{"name":"b","type":"string"}]}`), "attributes[0].subAttributes"},
		"complex in complex": {defined(badgeURN, `{"name":"a","type":"complex","subAttributes":[{"name":"b","type":"complex"}]}`),
			"attributes[0].subAttributes[0].type"},
	} {
		_, err := schema.Define([]byte(c.definition))
		wrong, ok := err.(*schema.DefinitionError)
		if !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.field, wrong.Field); diff != "" {
			t.Errorf("%s: %v: field (-want +got):\n%s", name, err, diff)
		}
	}
}
