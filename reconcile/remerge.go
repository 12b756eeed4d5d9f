package reconcile

import (
	"fmt"
	"maps"
	"slices"

	"scimbridge/models"
)

// EdgeTx reads the edges that a decision about their ends concerns.
type EdgeTx interface {
	Tx
	EdgesOfMember(memberID string) ([]models.Membership, error)
	EdgesOfGroup(groupID string, members []string) ([]models.Membership, error)
	Ends(ids []string) (map[string]models.End, error)
}

// RemergeEdgesOf merges all edges of one record anew. A record that comes back needs
// it: while it was away its edges were hidden, and "gone" was a look at all of them.
func RemergeEdgesOf(tx EdgeTx, id string, r Rules, from Origin) ([]EdgeStep, error) {
	edges, err := edgesOf(tx, id)
	if err != nil {
		return nil, err
	}
	return RemergeEdges(tx, edges, r, from)
}

// RemergeEdges merges stored edges anew, and writes those that come out differently.
func RemergeEdges(tx EdgeTx, edges []models.Membership, r Rules, from Origin) ([]EdgeStep, error) {
	steps := make([]EdgeStep, len(edges))
	for i, edge := range edges {
		steps[i] = EdgeStep{Before: &edge, After: edge}
	}
	return SettleEdges(tx, steps, r, from)
}

// SettleEdges merges edges whose words have been recorded, writes those that changed,
// and answers these.
func SettleEdges(tx EdgeTx, steps []EdgeStep, r Rules, from Origin) ([]EdgeStep, error) {
	ends, err := endsOf(tx, steps)
	if err != nil {
		return nil, err
	}
	return SettleEdgesBetween(tx, steps, ends, r, from)
}

// SettleEdgesBetween does the same where the ends are at hand, by their ids.
func SettleEdgesBetween(tx Tx, steps []EdgeStep, ends map[string]models.End, r Rules, from Origin) ([]EdgeStep, error) {
	byGroup := make(map[string][]EdgeStep)
	for _, step := range steps {
		groupID := step.After.GroupID
		step = PlanEdge(step.Before, step.After, EndsOf(ends[groupID], ends[step.After.MemberID]), r)
		if step.Changed() {
			byGroup[groupID] = append(byGroup[groupID], step)
		}
	}
	var changed []EdgeStep
	var lists []EdgeList
	for _, groupID := range slices.Sorted(maps.Keys(byGroup)) {
		lists = append(lists, EdgeList{groupID, byGroup[groupID]})
		changed = append(changed, byGroup[groupID]...)
	}
	return changed, ApplyLists(tx, lists, from)
}

func endsOf(tx EdgeTx, steps []EdgeStep) (map[string]models.End, error) {
	ids := make(map[string]bool)
	for _, step := range steps {
		ids[step.After.GroupID], ids[step.After.MemberID] = true, true
	}
	ends, err := tx.Ends(slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return nil, fmt.Errorf("read the ends of edges: %w", err)
	}
	return ends, nil
}
