package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"scimbridge/pull"
)

var _ pull.Selector = (*source)(nil)

// Selection tells of what a stored link depends on: query options are sealed in it
// (section 2.5), and it is Graph's of one cloud and one tenant. A domain name and an
// id of the same tenant are told apart; that costs one full round, at most.
func (s *source) Selection() string {
	parts := []string{
		s.tenant.graph.String(), strings.ToLower(s.tenant.id),
		strings.Join(userDeltaProperties, ","), strings.Join(groupDeltaProperties, ","),
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
