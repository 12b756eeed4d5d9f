package graphemu

import "slices"

// The operations on /groups and their members.

func livingGroupsOf(d *directory) ([]ref, error) { return everyoneLiving(d, d.groups), nil }

func listGroups(c *call) (*answer, error) {
	return c.list(listing{context: "groups", kind: TypeGroup, everyone: livingGroupsOf})
}

func countGroups(c *call) (*answer, error) {
	return c.count(listing{kind: TypeGroup, everyone: livingGroupsOf})
}

func findGroup(d *directory, id string) (ref, *object, error) { return d.find(id, living, TypeGroup) }

func getGroup(c *call) (*answer, error) {
	return c.one(TypeGroup, "groups", func(d *directory) (ref, error) {
		r, _, err := findGroup(d, c.args["id"])
		return r, err
	})
}

func directMembers(d *directory, group ref) []ref { return slices.Collect(d.livingMembers(group)) }

// membersOf is the collection of direct or transitive members. Soft-deleted
// members do not show, and members of a hidden group only to holders of
// Member.Read.Hidden.
func (c *call) membersOf(members func(*directory, ref) []ref) listing {
	return c.cast(listing{context: "directoryObjects", everyone: func(d *directory) ([]ref, error) {
		r, o, err := findGroup(d, c.args["id"])
		if err != nil {
			return nil, err
		}
		if o.group.Hidden() && !c.may(readHidden) {
			return nil, nil
		}
		if c.args["cast"] == "graph.group" && o.group.Unified() {
			return nil, unsupportedQuery("The cast to 'microsoft.graph.group' is not supported: a Microsoft 365 group holds no groups.")
		}
		return members(d, r), nil
	}})
}

func listMembers(members func(*directory, ref) []ref) func(*call) (*answer, error) {
	return func(c *call) (*answer, error) { return c.list(c.membersOf(members)) }
}

func countMembers(members func(*directory, ref) []ref) func(*call) (*answer, error) {
	return func(c *call) (*answer, error) { return c.count(c.membersOf(members)) }
}

// cast narrows a collection of mixed types to the type that the path names. It
// is an advanced query.
func (c *call) cast(l listing) listing {
	name, isCast := c.args["cast"]
	if !isCast {
		return l
	}
	kind, known := castTypes[name]
	everyone := l.everyone
	l.advanced = true
	l.everyone = func(d *directory) ([]ref, error) {
		if !known {
			return nil, badRequest("Resource not found for the segment '%s'.", name)
		}
		all, err := everyone(d)
		return slices.DeleteFunc(all, func(r ref) bool { return d.objects[r].kind != kind }), err
	}
	return l
}

var castTypes = map[string]ObjectType{
	"graph.user": TypeUser, "graph.group": TypeGroup, "graph.device": TypeDevice,
	"graph.servicePrincipal": TypeServicePrincipal, "graph.orgContact": TypeContact,
	"graph.directoryRole": TypeDirectoryRole, "graph.administrativeUnit": TypeAdministrativeUnit,
}
