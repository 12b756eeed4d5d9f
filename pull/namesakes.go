package pull

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"scimbridge/models"
)

// namesakes holds back groups that the pull sees for the first time under the name of a
// group that push has brought. Whether the two are one can be told only once the round
// has shown all names: a displayName counts only if there is exactly one on each side.
type namesakes struct {
	held map[objectID]groupReading
	// first is who was seen first under a folded name, several the names that
	// somebody else has too.
	first   map[string]objectID
	several map[string]bool
}

func newNamesakes() namesakes {
	return namesakes{held: make(map[objectID]groupReading), first: make(map[string]objectID), several: make(map[string]bool)}
}

// note remembers the names of a page, and forgets who is gone.
func (n *namesakes) note(groups []models.SourceGroup) error {
	for _, g := range groups {
		id, err := parseObjectID(g.ObjectID)
		if err != nil {
			return err
		}
		key := nameKey(g)
		switch first, known := n.first[key]; {
		case g.Existence != models.Exists:
			delete(n.held, id)
		case key == "":
		case !known:
			n.first[key] = id
		case first != id:
			n.several[key] = true
		}
	}
	return nil
}

// hold keeps back, of the news of a page, whoever may be one of the candidates by name.
func (n *namesakes) hold(news []groupReading, candidates []models.Group) (now []groupReading) {
	unseen, known := make(map[string]bool), make(map[string]bool)
	for _, g := range candidates {
		switch {
		case !g.Living:
		case g.EntraObjectID == "":
			unseen[g.DisplayNameKey] = true
		default:
			known[string(g.EntraObjectID)] = true
		}
	}
	for _, g := range news {
		id, err := parseObjectID(g.ObjectID)
		_, held := n.held[id]
		if err == nil && (held || unseen[nameKey(g.SourceGroup)] && !known[g.ObjectID]) {
			g.Members = nil // they are in the spool
			n.held[id] = g
			continue
		}
		now = append(now, g)
	}
	return now
}

// settleNamesakes settles, at the end of the reading, whoever was held back.
func (w *round) settleNamesakes(ctx context.Context) error {
	ids := slices.SortedFunc(maps.Keys(w.namesakes.held), func(a, b objectID) int { return bytes.Compare(a[:], b[:]) })
	for chunk := range slices.Chunk(ids, groupsPerBatch) {
		said := make([]groupReading, len(chunk))
		for i, id := range chunk {
			said[i] = w.namesakes.held[id]
		}
		if err := w.inTx(ctx, func(tx desk) error { return w.settleGroups(tx, said) }); err != nil {
			return err
		}
	}
	return nil
}

func nameKey(g models.SourceGroup) string {
	name, _ := g.Values["displayName"].(string)
	return models.Fold(name)
}
