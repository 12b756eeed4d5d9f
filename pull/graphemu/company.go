package graphemu

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Size is how large a sample company is.
type Size struct {
	Users  int
	Groups int
	// GroupsPerUser is how many groups hold a person directly, on average.
	GroupsPerUser int
	// Depth is how deep groups are nested.
	Depth int
	// BigGroup is how many people the one big group holds; default a quarter.
	BigGroup int
}

// Sizes for the demo, for benchmarks, and of the largest customer planned for.
var (
	Demo   = Size{Users: 300, Groups: 40, GroupsPerUser: 4, Depth: 4}
	Medium = Size{Users: 20_000, Groups: 1_000, GroupsPerUser: 5, Depth: 3}
	Large  = Size{Users: 100_000, Groups: 5_000, GroupsPerUser: 10, Depth: 3}
)

// Company returns a tenant with an invented company in it, the same for the same
// seed, size and clock. It has what real tenants have: names of many scripts,
// guests, disabled people, people without mail, a tree of managers with a loop
// in it, nested groups with a diamond and a cycle, empty groups, a big group that
// is nested too, and devices and the like as members.
func Company(seed uint64, size Size, now func() time.Time) *Tenant {
	t := NewTenant(seed, now)
	f := &founder{
		tenant: t, directory: t.truth, random: t.random, size: size, founded: t.born,
		names: map[string]int{}, members: make([][]ref, size.Groups),
	}
	f.directory.seq = 1
	f.hire()
	f.appointManagers()
	f.formGroups()
	f.nest()
	f.fill()
	f.addThings()
	f.settle()
	f.giveRole()
	return t
}

// founder builds a company in a new directory. It writes the directory itself,
// without a log: no delta link is older than the company.
type founder struct {
	tenant    *Tenant
	directory *directory
	random    *rand.Rand
	size      Size
	founded   time.Time
	names     map[string]int // mail nicknames given so far
	people    []ref
	groups    []ref
	members   [][]ref // by place of the group, in no order, with repeats
}

func (f *founder) chance(percent int) bool { return f.random.IntN(100) < percent }

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// hire adds the people.
func (f *founder) hire() {
	for at := range f.size.Users {
		u := f.person(at)
		r := f.directory.insert(&object{id: u.ID, kind: TypeUser, user: u})
		f.directory.byUPN[fold(u.UserPrincipalName)] = r
		f.people = append(f.people, r)
	}
}

// appointManagers makes a tree in which most have eight reports, and closes a
// loop between two people of the middle: Entra does not prevent it.
func (f *founder) appointManagers() {
	for at, r := range f.people {
		if at > 0 && !f.chance(3) { // some have no manager
			f.directory.objects[r].manager = f.people[(at-1)/8]
		}
	}
	if middle := len(f.people) / 2; middle > 10 {
		a, b := f.people[middle], f.people[middle+1]
		f.directory.objects[a].manager, f.directory.objects[b].manager = b, a
	}
}

func (f *founder) formGroups() {
	for at := range f.size.Groups {
		g := f.group(at)
		f.groups = append(f.groups, f.directory.insert(&object{id: g.ID, kind: TypeGroup, group: g}))
	}
}

// bigGroup is the place of the group that holds much of the company.
const bigGroup = 1

// staysEmpty tells whether the group at a place has no members: one in twenty.
func staysEmpty(at int) bool { return at%20 == 19 }

// put makes objects members of the group at a place, if there is such a group.
func (f *founder) put(at int, members ...ref) {
	if at < len(f.groups) && !staysEmpty(at) {
		f.members[at] = append(f.members[at], members...)
	}
}

// nest builds a diamond and a cycle of the first groups, which are all security
// groups, and chains of the wanted depth of the others.
func (f *founder) nest() {
	into := func(parent, child int) {
		if child < len(f.groups) {
			f.put(parent, f.groups[child])
		}
	}
	into(0, bigGroup)
	into(2, 3) // a diamond: 2 holds 5 by way of 3 and of 4
	into(2, 4)
	into(3, 5)
	into(4, 5)
	into(6, 7) // a cycle
	into(7, 8)
	into(8, 6)
	for at := 10; at < len(f.groups); at++ {
		beginsChain := at%(f.size.Depth+1) == 0
		if !beginsChain && !f.directory.objects[f.groups[at-1]].group.Unified() {
			into(at-1, at)
		}
	}
}

// fill puts people into groups: many into the big one, and the rest as it comes,
// a few groups being popular and most small.
func (f *founder) fill() {
	big := f.size.BigGroup
	if big == 0 {
		big = len(f.people) / 4
	}
	big = min(big, len(f.people))
	f.put(bigGroup, f.people[:big]...)
	if len(f.groups) <= bigGroup+1 {
		return
	}
	for range len(f.people)*f.size.GroupsPerUser - big {
		// The square of a random number favours the first groups.
		x := f.random.Float64()
		at := bigGroup + 1 + int(x*x*float64(len(f.groups)-bigGroup-1))
		if staysEmpty(at) {
			at--
		}
		f.put(at, pick(f.random, f.people))
	}
}

// addThings puts a device, a service principal and a contact into some groups,
// and makes the contact a manager.
func (f *founder) addThings() {
	things := []Other{
		{Type: TypeDevice, DisplayName: "LAPTOP-0042", OperatingSystem: "Windows", AccountEnabled: true, DeviceID: newID(f.random)},
		{Type: TypeServicePrincipal, DisplayName: "Payroll export", AccountEnabled: true, AppID: newID(f.random)},
		{Type: TypeContact, DisplayName: "Outside counsel", Mail: "counsel@lawyers.example"},
	}
	for i := range things {
		thing := &things[i]
		thing.ID = newID(f.random)
		r := f.directory.insert(&object{id: thing.ID, kind: thing.Type, other: thing})
		for _, at := range []int{2, 5, 12 + i} {
			f.put(at, r)
		}
		if thing.Type == TypeContact && len(f.people) > 30 {
			f.directory.objects[f.people[30]].manager = r
		}
	}
}

// giveRole makes the first two people hold a directory role.
func (f *founder) giveRole() {
	role := &Other{ID: newID(f.random), Type: TypeDirectoryRole, DisplayName: "Global Reader"}
	r := f.directory.insert(&object{id: role.ID, kind: role.Type, other: role})
	for _, holder := range f.people[:min(2, len(f.people))] {
		f.directory.join(r, holder)
	}
}

// settle turns the lists of members into edges, in order and without repeats.
func (f *founder) settle() {
	for at, g := range f.groups {
		members := f.members[at]
		slices.Sort(members)
		members = slices.Compact(members)
		edges := make([]edge, len(members))
		for i, m := range members {
			edges[i] = edge{member: m, changed: f.directory.seq}
			held := f.directory.objects[m]
			held.memberOf = append(held.memberOf, g)
		}
		f.directory.objects[g].members = edges
	}
}
