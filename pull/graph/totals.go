package graph

import (
	"bytes"
	"context"
	"encoding/base64"
	"strconv"

	"scimbridge/pull"
)

var _ pull.Estimator = (*source)(nil)

// eventually asks the index behind advanced queries, which counts need (section 1.2).
var eventually = header{"ConsistencyLevel": "eventual"}

// Expected counts users and groups with one request.
func (s *source) Expected(ctx context.Context) (users, groups int, err error) {
	counts := make(map[string]int, 2)
	l := lookup{name: "totals", needs: readUsers, header: eventually, url: objectURL("/", "/$count")}
	_, _, err = s.lookUp(ctx, l, []string{"users", "groups"}, func(key string, f found) (err error) {
		counts[key], err = readCount(f.body)
		return err
	})
	return counts["users"], counts["groups"], err
}

// readCount reads a part that is no JSON of its own: a number, or its text, as it is or
// in base64, as batches carry what is not JSON (section 1.7). The base64 of a digit
// begins with a letter, so the three cannot be confused.
func readCount(body []byte) (int, error) {
	text := string(bytes.Trim(bytes.TrimSpace(body), `"`))
	if n, err := strconv.Atoi(text); err == nil {
		return n, nil
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(bytes.TrimSpace(bytes.TrimPrefix(plain, []byte("\xef\xbb\xbf")))))
}
