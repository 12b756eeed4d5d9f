package admin

import (
	"context"
	"errors"
	"fmt"

	"scimbridge/internal/seal"
	"scimbridge/models"
)

// Tenants asks Microsoft Graph for an admin who sets a directory up. cmd fills it.
type Tenants interface {
	// TestGraph tests the way to a directory's tenant, step by step. material is what the
	// settings have sealed.
	TestGraph(ctx context.Context, d models.Directory, settings models.GraphSettings, material seal.Secret) []models.Check
	// FindGroups searches groups by the beginnings of words; next is the cursor of what
	// follows, "" at the end. It answers a *GraphRefusal where Graph cannot be asked.
	FindGroups(ctx context.Context, d models.Directory, settings models.GraphSettings, material seal.Secret, search, cursor string) (found []models.GroupChoice, next string, err error)
	// ReadCertificate reads a certificate with its key as a sign-in would. It answers a
	// *models.InvalidError that names "certificate" or "password".
	ReadCertificate(ctx context.Context, c models.Credential) (models.Certificate, error)
}

// GraphRefusal is why Graph could not be asked.
type GraphRefusal struct {
	Code    string // AADSTS7000215, Authorization_RequestDenied, or one of ours
	Message string
	Hint    string
}

func (r *GraphRefusal) Error() string {
	text := r.Code + ": " + r.Message
	if r.Hint != "" {
		text += ". " + r.Hint
	}
	return text
}

// graphOf reads a directory with its Graph settings, which it must have by now.
func (a *api) graphOf(ctx context.Context, directoryID string) (models.Directory, models.GraphSettings, error) {
	d, err := a.directory(ctx, directoryID)
	if err != nil {
		return d, models.GraphSettings{}, err
	}
	settings, err := a.Store.GraphSettings(ctx, directoryID)
	if errors.Is(err, models.ErrNotFound) {
		err = problem{kind: graphNotSet, detail: fmt.Sprintf("Set them first: PUT %s/graph.", directoryPath(d.ID))}
	}
	return d, settings, err
}

// material opens what the settings have sealed; some kinds of credential seal nothing.
func (a *api) material(settings models.GraphSettings) (seal.Secret, error) {
	if settings.SealedSecret == "" && !settings.Credential.Needs() {
		return "", nil
	}
	text, err := a.Sealer.Open(settings.SealedSecret, settings.SealContext())
	return seal.Secret(text), err // the error holds nothing of the secret, and says what to do
}

func (a *api) TestGraph(ctx context.Context, r TestGraphRequestObject) (TestGraphResponseObject, error) {
	d, settings, err := a.graphOf(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	material, err := a.material(settings)
	if err != nil {
		return TestGraph200JSONResponse(showTest([]models.Check{{Name: "secret", Detail: err.Error()}})), nil
	}
	asked, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	checks := a.Tenants.TestGraph(asked, d, settings, material)
	for _, check := range checks {
		if err := a.Store.NoteCredentialEnd(ctx, settings, check.EndsAt); err != nil {
			return nil, err
		}
	}
	return TestGraph200JSONResponse(showTest(checks)), nil
}

func (a *api) FindGraphGroups(ctx context.Context, r FindGraphGroupsRequestObject) (FindGraphGroupsResponseObject, error) {
	search, cursor := value(r.Params.Search, ""), value(r.Params.Cursor, "")
	if err := checkFilter("search", search); err != nil {
		return nil, err
	}
	if len(cursor) > maxGraphCursor {
		return nil, badCursor()
	}
	d, settings, err := a.graphOf(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	material, err := a.material(settings)
	if err != nil {
		return nil, &GraphRefusal{Code: "secret", Message: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	found, next, err := a.Tenants.FindGroups(ctx, d, settings, material, search, cursor)
	if err != nil {
		return nil, err
	}
	page := FindGraphGroups200JSONResponse{Items: make([]GraphGroup, len(found)), NextCursor: optional(next)}
	for i, g := range found {
		page.Items[i] = showGroupChoice(g)
	}
	return page, nil
}

// maxGraphCursor bounds what is handed on to Graph.
const maxGraphCursor = 4096

func showGroupChoice(g models.GroupChoice) GraphGroup {
	shown := GraphGroup{ID: g.ObjectID, DisplayName: g.DisplayName, Description: g.Description, Mail: g.Mail, Kind: g.Kind, Dynamic: g.Dynamic}
	if g.Members >= 0 {
		shown.Members = &g.Members
	}
	return shown
}

func showTest(checks []models.Check) GraphTest {
	test := GraphTest{Ok: true, Checks: make([]Check, len(checks))}
	for i, c := range checks {
		test.Checks[i] = Check{Name: c.Name, Ok: c.OK, Detail: c.Detail, Optional: c.Optional}
		test.Ok = test.Ok && (c.OK || c.Optional)
	}
	return test
}
