package admin

import (
	"context"

	"scimbridge/models"
)

func (a *api) GetUser(ctx context.Context, r GetUserRequestObject) (GetUserResponseObject, error) {
	u, err := a.Store.User(ctx, r.Directory, r.User)
	if err != nil {
		return nil, err
	}
	return GetUser200JSONResponse(showUser(u)), nil
}

func showUser(u models.User) User {
	push, pull := showPush(u.Standing), showPull(u.Standing)
	push.Active, pull.Enabled = u.PushActive, u.PullEnabled
	return User{
		ID: u.ID, EntraObjectID: optional(u.EntraObjectID), ExternalID: optional(u.ExternalID),
		UserName: u.UserName, DisplayName: u.DisplayName, Active: u.Active, SoftDeleted: u.SoftDeleted,
		Push: push, Pull: pull, CreatedAt: u.CreatedAt.Time(), UpdatedAt: u.UpdatedAt.Time(),
	}
}

func (a *api) GetGroup(ctx context.Context, r GetGroupRequestObject) (GetGroupResponseObject, error) {
	g, err := a.Store.Group(ctx, r.Directory, r.Group)
	if err != nil {
		return nil, err
	}
	return GetGroup200JSONResponse(showGroup(g)), nil
}

func showGroup(g models.Group) Group {
	return Group{
		ID: g.ID, EntraObjectID: optional(g.EntraObjectID), ExternalID: optional(g.ExternalID), DisplayName: g.DisplayName,
		Push: showPush(g.Standing), Pull: showPull(g.Standing), CreatedAt: g.CreatedAt.Time(), UpdatedAt: g.UpdatedAt.Time(),
	}
}

func showPush(s models.Standing) PushWord {
	return PushWord{Says: showExistence(s.PushSays), At: moment(s.PushAt), SpokeAt: moment(s.PushSpokeAt)}
}

func showPull(s models.Standing) PullWord {
	return PullWord{Says: showExistence(s.PullSays), Since: moment(s.PullSince), At: moment(max(s.PullAt, s.PullDirectAt))}
}

func showExistence(e models.Existence) Existence {
	if e == models.Unheard {
		return ExistenceNothing
	}
	return Existence(e)
}
