package graphemu

import (
	"cmp"
	"slices"
)

// ObjectType is the type of a directory object as @odata.type spells it, without
// "#microsoft.graph.".
type ObjectType string

// The directory objects that a group may hold.
const (
	TypeUser             ObjectType = "user"
	TypeGroup            ObjectType = "group"
	TypeDevice           ObjectType = "device"
	TypeServicePrincipal ObjectType = "servicePrincipal"
	TypeContact          ObjectType = "orgContact"
)

// What else may hold a user, and therefore shows in memberOf beside groups.
const (
	TypeDirectoryRole      ObjectType = "directoryRole"
	TypeAdministrativeUnit ObjectType = "administrativeUnit"
)

type lifecycle byte

const (
	living lifecycle = iota
	softDeleted
	purged // or not yet there
)

// ref is the place of an object in its directory. Edges name objects by it: a
// million memberships by id would take ten times the memory.
type ref uint32

// noRef is nobody.
const noRef = ^ref(0)

// object is one directory object. Exactly one of user, group and other is set;
// they are replaced as a whole, never written to, so that copies may share them.
type object struct {
	id    string
	kind  ObjectType
	state lifecycle

	user  *User
	group *Group
	other *Other
	// nulled are the properties that were set to null, not merely never set.
	nulled propertySet

	manager  ref    // of a user
	memberOf []ref  // groups that hold this object directly, ordered
	members  []edge // of a group, ordered by member, with those that left
	restored uint64 // sequence number of the last return from the bin
	// lastEntry is the object's newest entry in its feed, or -1.
	lastEntry int32
}

// edge is a direct membership. An edge that ended is kept, for delta must tell
// of it.
type edge struct {
	member  ref
	ended   bool
	changed uint64 // sequence number of the change
}

// edgeTo finds the edge to a member, ended or not, or where it would stand.
func (o *object) edgeTo(member ref) (at int, found bool) {
	return slices.BinarySearchFunc(o.members, member, func(e edge, m ref) int { return cmp.Compare(e.member, m) })
}
