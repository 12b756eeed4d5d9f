package reconcile

import (
	"slices"

	"scimbridge/models"
)

// ExplainEdge explains a membership from its words, as MergeEdge decides.
func ExplainEdge(m models.Membership, ends Ends, r Rules) Reason {
	reason := Reason{Outcome: "out", Words: edgeWords(m, ends, r)}
	if m.Present {
		reason.Outcome = "in"
	}
	push, pull := pushVerdict(m, ends, r), pullVerdict(m, ends, r)
	switch {
	case m.Held:
		reason.Rule = "the pull says it has ended, but the loss is held until an admin approves the run"
	case EdgeOverruled(m, ends) != models.Unsaid:
		reason.Rule = "an admin's word stands until a path says something different"
	case !push.said && !pull.said:
		reason.Rule = "no path says that it is so"
	case !push.said:
		reason.Rule = "only the pull has looked at it"
	case !pull.said:
		reason.Rule = "only push has looked at it"
	case push.in == pull.in:
		reason.Rule = "both paths say so"
	case pull.counts > push.counts:
		reason.Rule = "the later look wins: the pull's, settling time taken off"
	default:
		reason.Rule = "the later look wins: push's"
	}
	return reason
}

// edgeWords are each path's last look at an edge: at itself, at the group's whole list, or
// at the end of either record.
func edgeWords(m models.Membership, ends Ends, r Rules) []Spoken {
	said := map[bool]string{true: "in", false: "out"}
	var words []Spoken
	if v := pushVerdict(m, ends, r); v.said {
		words = append(words, Spoken{models.Push, said[v.in], v.at})
	}
	if v := pullVerdict(m, ends, r); v.said {
		words = append(words, Spoken{models.Pull, said[v.in], v.at})
	}
	if says := EdgeOverruled(m, ends); says != models.Unsaid {
		words = append(words, Spoken{models.Admin, said[says == models.In], m.AdminAt})
	}
	return words
}

// Chain is how somebody comes to be in a group: through these groups, from the one they
// are in directly to the group itself.
type Chain []string

// Chains finds, for each group above start, a shortest chain to it; above tells of each
// record which groups it is in. Loops do no harm: every group is visited once.
func Chains(start string, above map[string][]string) map[string]Chain {
	chains := make(map[string]Chain)
	for frontier := []string{start}; len(frontier) > 0; {
		var next []string
		for _, id := range frontier {
			for _, group := range above[id] {
				if _, visited := chains[group]; visited || group == start {
					continue
				}
				chains[group] = append(slices.Clone(chains[id]), group)
				next = append(next, group)
			}
		}
		frontier = next
	}
	return chains
}
