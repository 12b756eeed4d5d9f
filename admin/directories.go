package admin

import (
	"context"
	"strconv"
	"strings"

	"scimbridge/models"
)

func (a *api) CreateDirectory(ctx context.Context, r CreateDirectoryRequestObject) (CreateDirectoryResponseObject, error) {
	name, err := checkName(r.Body.Name)
	if err != nil {
		return nil, err
	}
	settings := models.DefaultSettings()
	if err := changeSettings(&settings, DirectoryPatch{
		Scope:           r.Body.Scope,
		Schedule:        r.Body.Schedule,
		Guard:           r.Body.Guard,
		Settle:          r.Body.Settle,
		UserNameFrom:    r.Body.UserNameFrom,
		UpnAsMail:       r.Body.UpnAsMail,
		AdditiveMembers: r.Body.AdditiveMembers,
	}); err != nil {
		return nil, err
	}
	d, err := a.Store.CreateDirectory(ctx, name, settings)
	if err != nil {
		return nil, err
	}
	return CreateDirectory201JSONResponse{
		Body:    a.showDirectory(d),
		Headers: CreateDirectory201ResponseHeaders{Location: directoryPath(d.ID), ETag: etag(d)},
	}, nil
}

func (a *api) ListDirectories(ctx context.Context, r ListDirectoriesRequestObject) (ListDirectoriesResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	after, err := page.afterID()
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Directories(ctx, after, page.limit+1)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(d models.Directory) string { return d.ID }, a.showDirectory)
	return ListDirectories200JSONResponse{Items: items, NextCursor: next}, nil
}

func (a *api) GetDirectory(ctx context.Context, r GetDirectoryRequestObject) (GetDirectoryResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	return GetDirectory200JSONResponse{a.directoryAnswer(d)}, nil
}

func (a *api) UpdateDirectory(ctx context.Context, r UpdateDirectoryRequestObject) (UpdateDirectoryResponseObject, error) {
	d, err := a.Store.UpdateDirectory(ctx, r.Directory, func(d *models.Directory) error {
		if r.Params.IfMatch != nil && !matches(*r.Params.IfMatch, *d) {
			return models.ErrPrecondition
		}
		return changeDirectory(d, *r.Body)
	})
	if err != nil {
		return nil, err
	}
	return UpdateDirectory200JSONResponse{a.directoryAnswer(d)}, nil
}

func (a *api) DeleteDirectory(ctx context.Context, r DeleteDirectoryRequestObject) (DeleteDirectoryResponseObject, error) {
	if err := a.Store.DeleteDirectory(ctx, r.Directory); err != nil {
		return nil, err
	}
	return DeleteDirectory204Response{}, nil
}

func (a *api) directoryAnswer(d models.Directory) DirectoryAnswerJSONResponse {
	return DirectoryAnswerJSONResponse{Body: a.showDirectory(d), Headers: DirectoryAnswerResponseHeaders{ETag: etag(d)}}
}

func (a *api) showDirectory(d models.Directory) Directory {
	s := d.Settings
	return Directory{
		ID:          d.ID,
		Name:        d.Name,
		Mode:        Mode(d.Mode),
		ScimBaseURL: a.PublicURL + "/scim/" + d.ID + "/v2",
		Scope: Scope{
			Kind:          ScopeKind(s.Scope.Kind),
			IncludeGroups: s.Scope.IncludeGroups,
			ExcludeGroups: s.Scope.ExcludeGroups,
		},
		Schedule:        Schedule{Enabled: s.Schedule.Enabled, At: s.Schedule.At, TimeZone: s.Schedule.TimeZone},
		Guard:           Guard{Users: showLimit(s.Guard.Users), Groups: showLimit(s.Guard.Groups), Memberships: showLimit(s.Guard.Memberships)},
		Settle:          compact(s.Settle),
		UserNameFrom:    UserNameFrom(s.UserNameFrom),
		UpnAsMail:       s.UPNAsMail,
		AdditiveMembers: s.AdditiveMembers,
		CreatedAt:       d.CreatedAt.Time(),
		UpdatedAt:       d.UpdatedAt.Time(),
	}
}

func showLimit(l models.Limit) Limit {
	return Limit{Max: l.Max, Percent: l.Percent, Ceiling: l.Ceiling}
}

func directoryPath(id string) string { return Path + "directories/" + id }

// etag is the version of a directory (RFC 9110 section 8.8.3).
func etag(d models.Directory) string { return strconv.Quote(strconv.FormatInt(d.Version, 10)) }

// matches reads If-Match (RFC 9110 section 13.1.1). A weak tag is taken as well: proxies
// that compress weaken the ETag of an answer.
func matches(ifMatch string, d models.Directory) bool {
	for tag := range strings.SplitSeq(ifMatch, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag(d) {
			return true
		}
	}
	return false
}
