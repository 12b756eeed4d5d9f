package store

import (
	"scimbridge/migrations"
	"scimbridge/models"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// groupRecords are groups as filters see them.
func groupRecords(dialect migrations.Dialect, in Searchable) records {
	r := newRecords(dialect, in, "groups", schema.Group.Name, schema.Group.Endpoint, schema.GroupURN)
	r.columns[filter.AttributePath{Name: "displayName"}] = operand{text: raw("NULLIF(display_name_key, '')"), folded: true}
	r.lists = map[string]list{
		"members": r.members(),
		"schemas": r.schemas(r.keys, never),
	}
	r.equal = func(path filter.AttributePath, value any) (fragment, bool) {
		text, ok := value.(string)
		if !ok || path != (filter.AttributePath{Name: "members", Sub: "value"}) {
			return fragment{}, false
		}
		return r.members().some(r.exactID("m.member_id", text)), true
	}
	return r
}

// exactID is hasID for references, whose case counts.
func (r records) exactID(column, text string) fragment {
	if id, ok := models.ObjectID(text); !ok || id != text {
		return never
	}
	return sqlf(column+" = %s", argument(text))
}

// members are the direct members of a group that show.
func (r records) members() list {
	kind := raw("CASE m.member_kind WHEN 'group' THEN 'Group' ELSE 'User' END")
	return list{
		from:  raw("memberships m"),
		where: raw("m.directory_id = groups.directory_id AND m.group_id = groups.id AND " + visibleMember),
		sub: func(name string) (operand, bool) {
			switch name {
			case "", "value":
				return operand{text: raw("CAST(m.member_id AS text)")}, true
			case "type":
				return operand{text: kind}, true
			case "display":
				return operand{text: raw(`NULLIF(COALESCE((SELECT u.display_name FROM users u WHERE u.directory_id = m.directory_id AND u.id = m.member_id),
					(SELECT i.display_name FROM groups i WHERE i.directory_id = m.directory_id AND i.id = m.member_id)), '')`)}, true
			case "$ref":
				return operand{text: sqlf("%s || "+kind.sql+" || 's/' || CAST(m.member_id AS text)", r.text(r.baseURL+"/"))}, true
			}
			return operand{}, false
		},
	}
}

// groups are those that a user is in, through other groups too. The pairs of groups are
// found once for the whole search, not for every user; a loop ends, since each pair is
// followed once.
func (r records) groups() list {
	return list{
		from: sqlf(`(WITH RECURSIVE up (inner_id, outer_id) AS (
				SELECT i.id, i.id FROM groups i WHERE i.directory_id = %s AND i.living
				UNION
				SELECT up.inner_id, m.group_id FROM up
				JOIN memberships m ON m.directory_id = %s AND m.member_id = up.outer_id AND m.present
				JOIN groups o ON o.directory_id = %s AND o.id = m.group_id AND o.living
			)
			SELECT DISTINCT m.member_id, up.outer_id, o.display_name
			FROM up
			JOIN memberships m ON m.directory_id = %s AND m.group_id = up.inner_id AND m.present
			JOIN groups o ON o.directory_id = %s AND o.id = up.outer_id) g`,
			argument(r.directoryID), argument(r.directoryID), argument(r.directoryID), argument(r.directoryID), argument(r.directoryID)),
		where: raw("g.member_id = users.id AND NOT users.soft_deleted"),
		sub: func(name string) (operand, bool) {
			switch name {
			case "", "value":
				return operand{text: raw("CAST(g.outer_id AS text)")}, true
			case "display":
				return operand{text: raw("NULLIF(g.display_name, '')")}, true
			case "type":
				return operand{text: sqlf(`CASE WHEN EXISTS (SELECT 1 FROM memberships d WHERE d.directory_id = %s
					AND d.group_id = g.outer_id AND d.member_id = g.member_id AND d.present) THEN 'direct' ELSE 'indirect' END`, argument(r.directoryID))}, true
			case "$ref":
				return operand{text: sqlf("%s || CAST(g.outer_id AS text)", r.text(r.baseURL+schema.Group.Endpoint+"/"))}, true
			}
			return operand{}, false
		},
	}
}

// inGroup finds the users of one group, from the group downwards.
func (r records) inGroup(text string) fragment {
	directory := argument(r.directoryID)
	return sqlf(`(NOT users.soft_deleted AND users.id IN (
		WITH RECURSIVE down (id) AS (
			SELECT g.id FROM groups g WHERE g.directory_id = %s AND %s AND g.living
			UNION
			SELECT m.member_id FROM down
			JOIN memberships m ON m.directory_id = %s AND m.group_id = down.id AND m.present
			JOIN groups i ON i.directory_id = %s AND i.id = m.member_id AND i.living
		)
		SELECT m.member_id FROM down JOIN memberships m ON m.directory_id = %s AND m.group_id = down.id AND m.present))`,
		directory, r.exactID("g.id", text), directory, directory, directory)
}
