package graphemu

import (
	"iter"
	"slices"
)

// Walks along memberships of the living. Groups may hold each other in loops, so
// every walk remembers whom it has met; a group is not a member of itself.

// livingMembers yields the living direct members of a group, in stable order.
func (d *directory) livingMembers(group ref) iter.Seq[ref] {
	return func(yield func(ref) bool) {
		for _, e := range d.objects[group].members {
			if !e.ended && d.isLiving(e.member) && !yield(e.member) {
				return
			}
		}
	}
}

// livingGroups returns the living groups that hold an object directly, and the
// roles and administrative units too, as memberOf does.
func (d *directory) livingGroups(member ref) []ref {
	return slices.DeleteFunc(slices.Clone(d.objects[member].memberOf), func(g ref) bool { return !d.isLiving(g) })
}

// transitiveMembers returns whoever is in a group to any depth, in stable order.
func (d *directory) transitiveMembers(group ref) []ref {
	met := make([]bool, len(d.objects)) // a map would take most of the time of a page
	met[group] = true
	queue := []ref{group}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for m := range d.livingMembers(next) {
			if !met[m] && d.objects[m].kind == TypeGroup {
				queue = append(queue, m)
			}
			met[m] = true
		}
	}
	met[group] = false
	var members []ref
	for r, in := range met {
		if in {
			members = append(members, ref(r))
		}
	}
	return members
}

// transitiveGroups returns the groups and the like that hold an object to any
// depth.
func (d *directory) transitiveGroups(member ref) []ref {
	met := map[ref]bool{member: true}
	queue := []ref{member}
	var groups []ref
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, g := range d.livingGroups(next) {
			if met[g] {
				continue
			}
			met[g] = true
			groups = append(groups, g)
			queue = append(queue, g)
		}
	}
	slices.Sort(groups)
	return groups
}

// reports returns the living people who have somebody as their manager.
func (d *directory) reports(manager ref) []ref {
	var reports []ref
	for _, r := range d.users {
		if o := d.objects[r]; o.manager == manager && o.state == living {
			reports = append(reports, r)
		}
	}
	return reports
}
