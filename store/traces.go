package store

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"scimbridge/migrations"
	"scimbridge/models"
)

// trace is where something is said of a person.
type trace struct {
	table string
	where fragment
	erase string // how it is erased
}

type traces struct{ changes, items, objectIDs, drift, requests, events trace }

// tracesOf finds what is told of a person by their ids, and by their names where it is told
// of somebody else.
func (tx *Tx) tracesOf(u models.User) (traces, error) {
	byID := func(table, erase, condition string, ids ...any) trace {
		return trace{table, fragment{"directory_id = ? AND (" + condition + ")", append([]any{tx.directoryID}, ids...)}, erase}
	}
	of := traces{
		changes: byID("changes", "UPDATE changes SET detail = '{}'", "record_id = ?", u.ID),
		items: byID("sync_run_items", "UPDATE sync_run_items SET detail = ''", "record_id = ? OR entra_object_id = ?",
			u.ID, u.EntraObjectID),
		objectIDs: byID("sync_run_items", "UPDATE sync_run_items SET entra_object_id = NULL", "record_id = ? OR entra_object_id = ?",
			u.ID, u.EntraObjectID),
		drift:    byID("drifts", "DELETE FROM drifts", "record_id = ? OR member_id = ?", u.ID, u.ID),
		requests: byID("scim_requests", "DELETE FROM scim_requests", "record_id = ?", u.ID),
		events:   byID("audit_events", "UPDATE audit_events SET before = NULL, after = NULL", "target_id = ?", u.ID),
	}
	for t, in := range map[*trace]struct{ key, text string }{
		&of.changes:  {"seq", "detail"},
		&of.items:    {"seq", "detail"},
		&of.requests: {"id", `path || ' ' || query || ' ' || detail`},
	} {
		if err := tx.alsoNaming(t, in.key, "CAST("+in.text+" AS text)", u.Names()); err != nil {
			return traces{}, err
		}
	}
	return of, nil
}

// alsoNaming widens a trace to the rows whose text has one of the names as a whole value.
// The database finds those that may; a short name stands in many words.
func (tx *Tx) alsoNaming(t *trace, key, text string, names []string) error {
	var forms, sql []string
	args := []any{tx.directoryID}
	for _, name := range names {
		for _, form := range formsOf(name) {
			forms = append(forms, form)
			sql = append(sql, text+" "+likes[tx.store.dialect])
			args = append(args, "%"+beginsWith(form))
		}
	}
	if len(forms) == 0 {
		return nil
	}
	key = "CAST(" + key + " AS text)"
	keys := []string{}
	err := tx.ask(question{
		fragment{"SELECT " + key + ", " + text + " FROM " + t.table + " WHERE directory_id = ? AND (" + strings.Join(sql, " OR ") + ")", args},
		func(scan func(...any) error) error { // row by row: a name such as "User" stands in very many
			var key, text string
			err := scan(&key, &text)
			if namedWhole(text, forms) {
				keys = append(keys, key)
			}
			return err
		},
	})
	if err != nil {
		return err
	}
	list, err := json.Marshal(keys)
	t.where = sqlf("(%s OR directory_id = %s AND "+key+" IN ("+listed[tx.store.dialect]+"))",
		t.where, argument(tx.directoryID), argument(string(list)))
	return err
}

// listed reads an argument that is a JSON list of texts.
var listed = map[migrations.Dialect]string{
	migrations.PostgreSQL: "SELECT jsonb_array_elements_text(%s::jsonb)", migrations.SQLite: "SELECT value FROM json_each(%s)",
}

// likes compares ignoring case, as far as the database can.
var likes = map[migrations.Dialect]string{migrations.PostgreSQL: `ILIKE ? ESCAPE '\'`, migrations.SQLite: `LIKE ? ESCAPE '\'`}

// formsOf are a name as it is and as JSON writes it.
func formsOf(name string) []string {
	encoded, _ := json.Marshal(name) // a string always can be
	forms := []string{name, strings.ToLower(name)}
	if inner := string(encoded[1 : len(encoded)-1]); inner != name {
		forms = append(forms, inner)
	}
	return forms
}

// namedWhole tells whether a text has one of the forms of a name as a whole value: between
// quotes, or as words of their own. "removed" has nothing to do with a Remo, nor has
// remo.bianchi@contoso.example.
func namedWhole(text string, forms []string) bool {
	text = strings.ToLower(text)
	for _, form := range forms {
		form = strings.ToLower(form)
		for from := 0; ; {
			at := strings.Index(text[from:], form)
			if at < 0 {
				break
			}
			before, after := text[:from+at], text[from+at+len(form):]
			if isWhole(before, after) {
				return true
			}
			_, width := utf8.DecodeRuneInString(text[from+at:])
			from += at + width
		}
	}
	return false
}

func isWhole(before, after string) bool {
	begins, ends := strings.HasSuffix(before, `"`), strings.HasPrefix(strings.TrimPrefix(after, `\`), `"`)
	if begins || ends {
		return begins && ends
	}
	return !goesOn(runesBefore(before)) && !goesOn(runesAfter(after))
}

// goesOn tells whether a word goes on with the two runes next to a match, the nearer first:
// with a letter or digit, or with what joins one to it, as addresses have it.
func goesOn(near, far rune) bool {
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	return isWord(near) || strings.ContainsRune(".@-_+'", near) && isWord(far)
}

func runesBefore(text string) (near, far rune) {
	near, width := utf8.DecodeLastRuneInString(text)
	far, _ = utf8.DecodeLastRuneInString(text[:len(text)-width])
	return near, far
}

func runesAfter(text string) (near, far rune) {
	near, width := utf8.DecodeRuneInString(text)
	far, _ = utf8.DecodeRuneInString(text[width:])
	return near, far
}
