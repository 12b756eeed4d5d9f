package push

import (
	"context"
	"strconv"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

func (b *backend) userResource(ctx context.Context, u models.User, want scim.Want) (scim.Resource, error) {
	resources, err := b.userResources(ctx, []models.User{u}, want)
	if err != nil {
		return scim.Resource{}, err
	}
	return resources[0], nil
}

// userResources shows a page of users. What it takes is a constant number of
// statements: one for the managers, one for the groups.
func (b *backend) userResources(ctx context.Context, users []models.User, want scim.Want) ([]scim.Resource, error) {
	managers, err := b.managersOf(ctx, users)
	if err != nil {
		return nil, err
	}
	groups, err := b.groupsOf(ctx, users, want)
	if err != nil {
		return nil, err
	}
	resources := make([]scim.Resource, len(users))
	for i, u := range users {
		resources[i] = scim.Resource{
			ID:         u.ID,
			Attributes: withShownManager(u, managers),
			Groups:     groups[u.ID],
			Meta:       meta(u.CreatedAt, u.UpdatedAt, u.Version),
		}
	}
	return resources, nil
}

func meta(created, updated models.Instant, version int64) scim.Meta {
	return scim.Meta{Created: created.Time(), LastModified: updated.Time(), Version: strconv.FormatInt(version, 10)}
}

// managers are records that others name as manager, by SCIM id and by object id.
type managers map[string]store.Manager

func (b *backend) managersOf(ctx context.Context, users []models.User) (managers, error) {
	var ids, objectIDs []string
	for _, u := range users {
		if u.ManagerID != "" {
			ids = append(ids, string(u.ManagerID))
		}
		if u.ManagerObjectID != "" {
			objectIDs = append(objectIDs, string(u.ManagerObjectID))
		}
	}
	if len(ids)+len(objectIDs) == 0 {
		return nil, nil
	}
	found, err := b.store.Managers(ctx, b.directory.ID, ids, objectIDs)
	known := make(managers, len(found))
	for _, m := range found {
		known[m.ID] = m
		if m.ObjectID != "" {
			known[string(m.ObjectID)] = m
		}
	}
	return known, err
}

// withShownManager adds the manager as the id of the manager's record. One that push
// names and nobody knows yet shows as said; one who has been removed does not show.
func withShownManager(u models.User, known managers) models.Attributes {
	var shown map[string]any
	if m, found := known[string(u.ManagerID+u.ManagerObjectID)]; found {
		if m.Living {
			shown = map[string]any{"value": m.ID}
			if m.Display != "" {
				shown["displayName"] = m.Display
			}
		}
	} else if u.ManagerID != "" {
		shown = map[string]any{"value": string(u.ManagerID)}
	}
	if shown == nil {
		return u.Attributes
	}
	return inEnterprise(u.Attributes, "manager", shown)
}

func (b *backend) groupsOf(ctx context.Context, users []models.User, want scim.Want) (map[string][]scim.GroupOf, error) {
	if !want.Groups {
		return nil, nil
	}
	var ids []string
	for _, u := range users {
		if !u.SoftDeleted { // its edges are hidden
			ids = append(ids, u.ID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := b.store.GroupsOf(ctx, b.directory.ID, ids)
	groups := make(map[string][]scim.GroupOf, len(ids))
	for _, g := range found {
		kind := "indirect"
		if g.Direct {
			kind = "direct"
		}
		groups[g.UserID] = append(groups[g.UserID], scim.GroupOf{Value: g.GroupID, Display: g.Display, Type: kind})
	}
	return groups, err
}

func (b *backend) groupResource(ctx context.Context, g models.Group, want scim.Want) (scim.Resource, error) {
	resources, err := b.groupResources(ctx, []models.Group{g}, want)
	if err != nil {
		return scim.Resource{}, err
	}
	return resources[0], nil
}

// groupResources shows a page of groups; excludedAttributes=members never reads a member.
func (b *backend) groupResources(ctx context.Context, groups []models.Group, want scim.Want) ([]scim.Resource, error) {
	members := make(map[string][]scim.Member)
	if want.Members && len(groups) > 0 {
		ids := make([]string, len(groups))
		for i, g := range groups {
			ids[i] = g.ID
		}
		found, err := b.store.Members(ctx, b.directory.ID, ids)
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			members[m.GroupID] = append(members[m.GroupID], scim.Member{Value: m.MemberID, Type: memberType(m.MemberKind), Display: m.Display})
		}
	}
	resources := make([]scim.Resource, len(groups))
	for i, g := range groups {
		resources[i] = scim.Resource{
			ID:         g.ID,
			Attributes: g.Attributes,
			Members:    members[g.ID],
			Meta:       meta(g.CreatedAt, g.UpdatedAt, g.Version),
		}
	}
	return resources, nil
}

func memberType(kind models.MemberKind) string {
	if kind == models.GroupMember {
		return schema.Group.Name
	}
	return schema.User.Name
}
