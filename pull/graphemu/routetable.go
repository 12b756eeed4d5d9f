package graphemu

// routeTable is everything that the emulator answers. The first route that fits
// wins.
func routeTable() []*route {
	table := []*route{
		signInRoute("GET /{tenant}/v2.0/.well-known/openid-configuration", openIDConfiguration),
		signInRoute("POST /{tenant}/oauth2/v2.0/token", token),
		signInRoute("GET /{tenant}/discovery/v2.0/keys", signingKeys),
		signInRoute("GET /common/discovery/instance", instanceDiscovery),
		signInRoute("GET /metadata/identity/oauth2/token", managedIdentity),

		graphRoute("GET /users/delta", 1, readUsers, usersDelta),
		graphRoute("GET /users/$count", 1, readUsers, countUsers),
		graphRoute("GET /users", 2, readUsers, listUsers),
		graphRoute("GET /users/{id}", 1, readUsers, getUser),
		graphRoute("GET /users/{id}/manager", 1, readUsers, getManager),
		graphRoute("GET /users/{id}/directReports", 1, readUsers, listDirectReports),

		graphRoute("GET /groups/delta", 1, readGroups, groupsDelta),
		graphRoute("GET /groups/$count", 1, readGroups, countGroups),
		graphRoute("GET /groups", 1, readGroups, listGroups),
		graphRoute("GET /groups/{id}", 1, readGroups, getGroup),

		graphRoute("GET /directory/deletedItems/graph.user", 1, readUsers, listDeleted(TypeUser, allUsers)),
		graphRoute("GET /directory/deletedItems/graph.group", 1, readDeletedGroups, listDeleted(TypeGroup, allGroups)),
		graphRoute("GET /directory/deletedItems/{id}", 1, readAny, getDeleted),
		graphRoute("POST /directoryObjects/getByIds", 1, readAny, getByIDs),

		graphRoute("GET /organization", 1, readOrganization, getOrganization),
		graphRoute("GET /applications/{id}", 1, readApplications, getApplication),
		graphRoute("GET /servicePrincipals/{id}", 1, nothing, getServicePrincipal),
		graphRoute("POST /$batch", 0, nothing, batch),
	}
	table = append(table, castable("GET /users/{id}/memberOf", 2, readUsers, listMemberOf((*directory).findUser, (*directory).livingGroups))...)
	table = append(table, castable("GET /users/{id}/transitiveMemberOf", 2, readUsers, listMemberOf((*directory).findUser, (*directory).transitiveGroups))...)
	table = append(table, castable("GET /groups/{id}/memberOf", 2, readGroups, listMemberOf(findGroup, (*directory).livingGroups))...)
	table = append(table, castable("GET /groups/{id}/transitiveMemberOf", 1, readDirectory, listMemberOf(findGroup, (*directory).transitiveGroups))...)
	table = append(table, countable("GET /groups/{id}/members", 3, directMembers)...)
	table = append(table, countable("GET /groups/{id}/transitiveMembers", 5, (*directory).transitiveMembers)...)
	return table
}

// castable is a collection of mixed types, which a further segment narrows.
func castable(pattern string, units int, needs permissions, handle func(*call) (*answer, error)) []*route {
	return []*route{
		graphRoute(pattern, units, needs, handle),
		graphRoute(pattern+"/{cast}", units, needs, handle),
	}
}

// countable is a castable collection of members that can be counted too.
func countable(pattern string, units int, members func(*directory, ref) []ref) []*route {
	return append([]*route{
		graphRoute(pattern+"/$count", units, readGroups, countMembers(members)),
		graphRoute(pattern+"/{cast}/$count", units, readGroups, countMembers(members)),
	}, castable(pattern, units, readGroups, listMembers(members))...)
}
