package store

import (
	"encoding/json"

	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// userRecords are users as filters see them.
func userRecords(dialect migrations.Dialect, in Searchable) records {
	r := newRecords(dialect, in, "users", schema.User.Name, schema.User.Endpoint, schema.UserURN)
	// A soft-deleted user has no key, but still shows the name.
	r.columns[filter.AttributePath{Name: "userName"}] = operand{
		text: raw("COALESCE(user_name_key, scim_fold(NULLIF(user_name, '')))"), folded: true,
	}
	r.columns[filter.AttributePath{Name: "displayName"}] = operand{text: raw("NULLIF(display_name_key, '')"), folded: true}
	manager := func(sub string) filter.AttributePath {
		return filter.AttributePath{URN: models.EnterpriseURN, Name: "manager", Sub: sub}
	}
	shown := r.manager(raw("CAST(b.id AS text)"), raw("manager_id"))
	r.columns[manager("")] = operand{text: shown}
	r.columns[manager("value")] = operand{text: shown}
	r.columns[manager("displayName")] = operand{text: r.manager(raw("b.display_name"), raw("NULL"))}
	r.columns[manager("$ref")] = operand{text: sqlf("%s || %s", r.text(in.BaseURL+r.endpoint+"/"), shown)}
	r.lists = map[string]list{
		"groups":  r.groups(),
		"schemas": r.schemas(r.keys, sqlf("%s IS NOT NULL AND attributes %s IS NULL", shown, r.enterprise())),
	}
	r.equal = r.equalUser
	return r
}

// enterprise is behind "attributes" the way to the enterprise extension.
func (r records) enterprise() fragment {
	if r.dialect == migrations.SQLite {
		return raw(`-> '$."` + models.EnterpriseURN + `"'`)
	}
	return raw("-> '" + models.EnterpriseURN + "'")
}

// manager is what an answer shows of a user's manager: of a living record, or, if nobody
// knows it, what push has said; nothing of a removed one.
func (r records) manager(known, unknown fragment) fragment {
	return sqlf(`COALESCE((SELECT NULLIF(CASE WHEN b.living THEN %s ELSE '' END, '') FROM users b WHERE b.directory_id = users.directory_id AND %s),
		CASE WHEN NOT EXISTS (SELECT 1 FROM users b WHERE b.directory_id = users.directory_id AND %s) THEN %s END)`,
		known, r.isManager(), r.isManager(), unknown)
}

func (r records) isManager() fragment {
	if r.dialect == migrations.SQLite {
		return raw("(b.id = users.manager_id OR b.entra_object_id = users.manager_object_id)")
	}
	return raw("(b.id = " + uuidOrNull("users.manager_id") + " OR b.entra_object_id = " + uuidOrNull("users.manager_object_id") + ")")
}

// uuidOrNull is what PostgreSQL can compare with an id: clients may name any text.
func uuidOrNull(column string) string {
	return "(CASE WHEN " + column + " ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN " + column + " END)::uuid"
}

// equalUser are the look-ups that only users have.
func (r records) equalUser(path filter.AttributePath, value any) (fragment, bool) {
	text, ok := value.(string)
	if !ok {
		return fragment{}, false
	}
	switch path {
	case filter.AttributePath{Name: "userName"}: // a soft-deleted user has given it up
		return sqlf("(user_name_key IS NOT NULL AND user_name_key = %s)", argument(models.Fold(text))), true
	case filter.AttributePath{Name: "emails", Sub: "value"}:
		return r.hasEmail(models.Fold(text)), true
	case filter.AttributePath{URN: models.EnterpriseURN, Name: "manager", Sub: "value"}:
		return r.hasManager(text), true
	case filter.AttributePath{Name: "groups", Sub: "value"}:
		return r.inGroup(text), true
	}
	return fragment{}, false
}

func (r records) hasEmail(key string) fragment {
	if r.dialect == migrations.SQLite {
		return sqlf("users.id IN (SELECT k.user_id FROM user_emails k WHERE k.directory_id = %s AND k.email_key = %s)",
			argument(r.directoryID), argument(key))
	}
	list, _ := json.Marshal([]string{key}) // text always can be
	return sqlf("email_keys @> CAST(%s AS jsonb)", argument(string(list)))
}

// hasManager finds the reports of one person, by what either path said.
func (r records) hasManager(text string) fragment {
	said := sqlf("manager_id IS NOT NULL AND manager_id = %s", argument(text))
	id, isID := models.ObjectID(text)
	if !isID || id != text {
		return sqlf("(%s)", said)
	}
	boss := sqlf("b.directory_id = %s AND b.id = %s", argument(r.directoryID), argument(id))
	return sqlf(`(%s AND NOT EXISTS (SELECT 1 FROM users b WHERE %s AND NOT b.living)
		OR manager_object_id IS NOT NULL AND manager_object_id IN (SELECT CAST(b.entra_object_id AS text) FROM users b WHERE %s AND b.living AND b.entra_object_id IS NOT NULL))`,
		said, boss, boss)
}
