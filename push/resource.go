package push

import (
	"context"
	"strconv"

	"scimbridge/models"
	"scimbridge/scim"
	"scimbridge/scim/schema"
	"scimbridge/store"
)

// userResource shows a user who has just been written.
func (b *backend) userResource(ctx context.Context, u models.User, want scim.Want) (scim.Resource, error) {
	users := []store.ShownUser{store.ShowUser(u)}
	around, err := b.store.Around(ctx, b.directory.ID, users, want.Groups)
	if err != nil {
		return scim.Resource{}, err
	}
	return userResources(users, around)[0], nil
}

// userResources shows users with what is around them.
func userResources(users []store.ShownUser, around store.Around) []scim.Resource {
	managers, groups := byBothIDs(around.Managers), byUser(around.Groups)
	resources := make([]scim.Resource, len(users))
	for i, u := range users {
		resources[i] = scim.Resource{
			ID:         u.ID,
			Attributes: withShownManager(u, managers),
			Groups:     groups[u.ID],
			Meta:       meta(u.CreatedAt, u.UpdatedAt, u.Version),
		}
	}
	return resources
}

func meta(created, updated models.Instant, version int64) scim.Meta {
	return scim.Meta{Created: created.Time(), LastModified: updated.Time(), Version: strconv.FormatInt(version, 10)}
}

// managers are records that others name as manager, by SCIM id and by object id.
type managers map[string]store.Manager

func byBothIDs(found []store.Manager) managers {
	known := make(managers, len(found))
	for _, m := range found {
		known[m.ID] = m
		if m.ObjectID != "" {
			known[string(m.ObjectID)] = m
		}
	}
	return known
}

// withShownManager adds the manager as the id of the manager's record. One that push
// names and nobody knows yet shows as said; one who has been removed does not show.
func withShownManager(u store.ShownUser, known managers) models.Attributes {
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

func byUser(found []store.GroupOf) map[string][]scim.GroupOf {
	groups := make(map[string][]scim.GroupOf)
	for _, g := range found {
		kind := "indirect"
		if g.Direct {
			kind = "direct"
		}
		groups[g.UserID] = append(groups[g.UserID], scim.GroupOf{Value: g.GroupID, Display: g.Display, Type: kind})
	}
	return groups
}

func (b *backend) groupResource(ctx context.Context, g store.ShownGroup, want scim.Want) (scim.Resource, error) {
	resources, err := b.groupResources(ctx, []store.ShownGroup{g}, want)
	if err != nil {
		return scim.Resource{}, err
	}
	return resources[0], nil
}

// groupResources shows a page of groups; excludedAttributes=members never reads a member.
func (b *backend) groupResources(ctx context.Context, groups []store.ShownGroup, want scim.Want) ([]scim.Resource, error) {
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
