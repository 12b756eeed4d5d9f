package graphemu

import "slices"

// permissions are application permissions of which one suffices.
//
// Source: the "Permissions" table of each operation's page.
type permissions []string

var (
	nothing   permissions
	readUsers = permissions{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	// readGroups is what a group's page names as least, and what is above it.
	readGroups = permissions{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All",
		"Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readDeletedGroups = permissions{"Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readDirectory     = permissions{"Directory.Read.All", "Directory.ReadWrite.All"}
	readOrganization  = permissions{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readApplications  = permissions{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readHidden        = permissions{"Member.Read.Hidden"}
	readAny           = slices.Concat(readUsers, readGroups)

	// readDetails is what it takes to see more than type and id of a member.
	readDetails = map[ObjectType]permissions{
		TypeUser:               readUsers,
		TypeGroup:              readGroups,
		TypeDevice:             {"Device.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"},
		TypeServicePrincipal:   readApplications,
		TypeDirectoryRole:      {"RoleManagement.Read.Directory", "Directory.Read.All", "Directory.ReadWrite.All"},
		TypeAdministrativeUnit: {"AdministrativeUnit.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"},
		TypeContact:            {"OrgContact.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"},
	}
)

func (c *call) may(p permissions) bool {
	return len(p) == 0 || slices.ContainsFunc(c.roles, func(role string) bool { return slices.Contains(p, role) })
}

func (c *call) authorize() error {
	if c.may(c.route.needs) {
		return nil
	}
	return &Error{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."}
}
