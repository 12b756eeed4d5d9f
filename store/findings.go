package store

import (
	"cmp"
	"context"
	"strings"

	"scimbridge/migrations"
	"scimbridge/models"
)

// FindingQuery asks for a page of findings, in the order of kind, id and other id.
type FindingQuery struct {
	After  models.Finding // its kind and ids; the zero value begins
	UserID string         // only whether this user is a possible rehire
	Limit  int
}

// Findings lists pairs of records that may be one person. Each way in which two records
// match is a join over an index; nothing is compared here.
func (s *Store) Findings(ctx context.Context, directoryID string, q FindingQuery) ([]models.Finding, error) {
	if !isID(directoryID) || q.UserID != "" && !isID(q.UserID) {
		return nil, models.ErrNotFound
	}
	var findings []models.Finding
	return findings, s.ask(ctx, s.askFindings(directoryID, q, &findings))
}

func (s *Store) askFindings(directoryID string, q FindingQuery, into *[]models.Finding) question {
	pairs, args := s.findings(), []any(nil)
	if q.UserID != "" {
		pairs, args = []string{s.rehire() + " AND a.id = ?"}, []any{directoryID, q.UserID}
	} else {
		for range pairs {
			args = append(args, directoryID)
		}
	}
	const first = "00000000-0000-0000-0000-000000000000"
	id, other := cmp.Or(q.After.ID, first), cmp.Or(q.After.OtherID, first)
	args = append(args, directoryID, directoryID, string(q.After.Kind), string(q.After.Kind), id, id, other, q.Limit)
	return question{fragment{`
		WITH pairs AS (` + strings.Join(pairs, " UNION ALL ") + `),
		found AS (SELECT kind, id, other_id, min(matching) AS matching FROM pairs GROUP BY kind, id, other_id)
		SELECT f.kind, f.id, f.other_id, f.matching, n.user_name, o.user_name, o.entra_object_id
		FROM found f
		JOIN users n ON n.directory_id = ? AND n.id = f.id
		JOIN users o ON o.directory_id = ? AND o.id = f.other_id
		WHERE f.kind > ? OR f.kind = ? AND (f.id > ? OR f.id = ? AND f.other_id > ?)
		ORDER BY f.kind, f.id, f.other_id LIMIT ?`, args}, func(scan func(...any) error) error {
		var f models.Finding
		err := scan(&f.Kind, &f.ID, &f.OtherID, &f.Matching, &f.UserName, &f.OtherUserName, &f.OtherObjectID)
		*into = append(*into, f)
		return err
	}}
}

const (
	// apart holds for a record a of push and a record b of the pull that are not joined.
	apart = `a.living AND a.push_says = 'exists' AND a.pull_says = '' AND b.living AND b.pull_says = 'exists' AND b.push_says = ''`
	// rehired holds for a newcomer a from Entra and somebody b who has left.
	rehired = `a.living AND a.entra_object_id IS NOT NULL AND a.created_at > b.created_at
		AND (NOT b.living OR b.soft_deleted OR NOT b.active) AND (b.push_says <> '' OR b.pull_says <> '')
		AND (b.entra_object_id IS NULL OR b.entra_object_id <> a.entra_object_id)`
)

// findings are the joins by which pairs a and b are found, each for one directory.
func (s *Store) findings() []string {
	sameNumber := ` FROM users a JOIN users b ON b.directory_id = a.directory_id AND b.id <> a.id
		AND lower(` + s.number("b") + `) = lower(` + s.number("a") + `) AND ` + s.number("b") + ` IS NOT NULL
		WHERE a.directory_id = ? AND ` + s.number("a") + ` IS NOT NULL AND `
	return append([]string{
		pair(models.PossibleRehire, "employeeNumber") + sameNumber + rehired,
		pair(models.OnePerson, "employeeNumber") + sameNumber + apart,
	}, s.sameAddresses()...)
}

// rehire finds, for a newcomer a, who has left: a look-up by the number, whatever the
// planner takes the rest for.
func (s *Store) rehire() string {
	with := ` FROM users a CROSS JOIN LATERAL (SELECT * FROM users l WHERE l.directory_id = a.directory_id
		AND lower(` + s.number("l") + `) = lower(` + s.number("a") + `) AND ` + s.number("l") + ` IS NOT NULL OFFSET 0) b`
	if s.dialect == migrations.SQLite { // CROSS JOIN keeps the order
		with = ` FROM users a CROSS JOIN users b ON b.directory_id = a.directory_id
			AND lower(` + s.number("b") + `) = lower(` + s.number("a") + `) AND ` + s.number("b") + ` IS NOT NULL`
	}
	return pair(models.PossibleRehire, "employeeNumber") + with + ` WHERE a.directory_id = ? AND a.id <> b.id AND ` + rehired
}

// number is somebody's employee number, as the index users_employee has it.
func (s *Store) number(of string) string {
	if s.dialect == migrations.SQLite {
		return `json_extract(` + of + `.attributes, '$."` + models.EnterpriseURN + `".employeeNumber')`
	}
	return of + `.attributes->'` + models.EnterpriseURN + `'->>'employeeNumber'`
}

func pair(kind models.FindingKind, matching string) string {
	return `SELECT '` + string(kind) + `' AS kind, a.id AS id, b.id AS other_id, '` + matching + `' AS matching`
}

// sameAddresses finds the two records by their e-mail addresses, and by a userName that is
// an address of the other.
func (s *Store) sameAddresses() []string {
	mail, userName := pair(models.OnePerson, "mail"), pair(models.OnePerson, "userName")
	if s.dialect == migrations.SQLite {
		emails := func(of string) string {
			return ` JOIN user_emails e ON e.directory_id = ` + of + `.directory_id AND e.user_id = ` + of + `.id`
		}
		return []string{
			mail + ` FROM users a` + emails("a") + ` JOIN user_emails f ON f.directory_id = e.directory_id AND f.email_key = e.email_key
				JOIN users b ON b.directory_id = f.directory_id AND b.id = f.user_id WHERE a.directory_id = ? AND ` + apart,
			userName + ` FROM users a` + emails("a") + ` JOIN users b ON b.directory_id = e.directory_id AND b.user_name_key = e.email_key
				WHERE a.directory_id = ? AND ` + apart,
			userName + ` FROM users b` + emails("b") + ` JOIN users a ON a.directory_id = e.directory_id AND a.user_name_key = e.email_key
				WHERE b.directory_id = ? AND ` + apart,
		}
	}
	emails := func(of string) string {
		return ` CROSS JOIN LATERAL jsonb_array_elements_text(` + of + `.email_keys) e (key)`
	}
	return []string{
		mail + ` FROM users a` + emails("a") + ` JOIN users b ON b.directory_id = a.directory_id AND b.email_keys @> jsonb_build_array(e.key)
			WHERE a.directory_id = ? AND ` + apart,
		userName + ` FROM users a` + emails("a") + ` JOIN users b ON b.directory_id = a.directory_id AND b.user_name_key = e.key
			WHERE a.directory_id = ? AND ` + apart,
		userName + ` FROM users b` + emails("b") + ` JOIN users a ON a.directory_id = b.directory_id AND a.user_name_key = e.key
			WHERE b.directory_id = ? AND ` + apart,
	}
}
