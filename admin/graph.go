package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"scimbridge/access"
	"scimbridge/internal/seal"
	"scimbridge/models"
)

func (a *api) SetGraph(ctx context.Context, r SetGraphRequestObject) (SetGraphResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	settings, err := readGraph(*r.Body, access.From(ctx).ChoosesHosts())
	if err != nil {
		return nil, err
	}
	settings.DirectoryID = d.ID
	var before any
	settings, err = a.Store.ChangeGraphSettings(ctx, d.ID, func(stored *models.GraphSettings) (models.GraphSettings, error) {
		if !matches(ifMatch(ctx), graphETag(stored)) {
			return settings, models.ErrPrecondition
		}
		if stored != nil {
			before = showGraph(*stored)
		}
		changed := settings
		changed.SealedSecret, err = a.sealedSecret(changed, stored, r.Body.ClientSecret)
		return changed, err
	}, told(ctx, a, "graph.set", func(g models.GraphSettings) act {
		return act{directory: d.ID, target: d.ID, before: before, after: graphSet{showGraph(g), r.Body.ClientSecret != nil}}
	}))
	if err != nil {
		return nil, err
	}
	return SetGraph200JSONResponse{Body: showGraph(settings), Headers: SetGraph200ResponseHeaders{ETag: graphETag(&settings)}}, nil
}

// graphSet is what the audit trail tells of Graph settings: never the secret, but whether
// there was a new one.
type graphSet struct {
	Graph
	NewClientSecret bool `json:"newClientSecret"`
}

// graphETag is the version of Graph settings; "" of none, which only * would match.
func graphETag(s *models.GraphSettings) string {
	if s == nil {
		return ""
	}
	return strconv.Quote(strconv.FormatInt(int64(s.UpdatedAt), 36))
}

// sealedSecret seals a new secret, or keeps the stored one where it would go nowhere new:
// whoever may change the host must not have a secret sent there that they do not know.
func (a *api) sealedSecret(settings models.GraphSettings, stored *models.GraphSettings, given *string) (string, error) {
	if given != nil {
		if err := checkSecret(*given); err != nil {
			return "", err
		}
		return a.Sealer.Seal([]byte(*given), settings.SealContext())
	}
	switch {
	case stored == nil:
		return "", &models.InvalidError{Attribute: "clientSecret", Reason: "is missing, and none is stored yet"}
	case stored.TenantID != settings.TenantID || stored.ClientID != settings.ClientID || stored.Endpoints() != settings.Endpoints():
		return "", &models.InvalidError{Attribute: "clientSecret", Reason: "is missing; enter it again, since tenant, application or hosts change"}
	}
	return stored.SealedSecret, nil
}

func (a *api) GetGraph(ctx context.Context, r GetGraphRequestObject) (GetGraphResponseObject, error) {
	settings, err := a.Store.GraphSettings(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	return GetGraph200JSONResponse{Body: showGraph(settings), Headers: GetGraph200ResponseHeaders{ETag: graphETag(&settings)}}, nil
}

func (a *api) DeleteGraph(ctx context.Context, r DeleteGraphRequestObject) (DeleteGraphResponseObject, error) {
	err := a.Store.DeleteGraphSettings(ctx, r.Directory, told(ctx, a, "graph.deleted", func(g models.GraphSettings) act {
		return act{directory: g.DirectoryID, target: g.DirectoryID, before: showGraph(g)}
	}))
	if err != nil {
		return nil, err
	}
	return DeleteGraph204Response{}, nil
}

// testTime bounds a test: an admin waits for it, and a host that does not answer is a
// result too.
const testTime = time.Minute

func (a *api) TestGraph(ctx context.Context, r TestGraphRequestObject) (TestGraphResponseObject, error) {
	d, settings, err := a.graphOf(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	secret, err := a.Sealer.Open(settings.SealedSecret, settings.SealContext())
	if err != nil { // its text holds nothing of the secret, and says what to do
		return TestGraph200JSONResponse(showTest([]models.Check{{Name: "secret", Detail: err.Error()}})), nil
	}
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	return TestGraph200JSONResponse(showTest(a.Graph.TestGraph(ctx, d, settings, seal.Secret(secret)))), nil
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

func showGraph(s models.GraphSettings) Graph {
	endpoints := s.Endpoints()
	return Graph{
		TenantID: s.TenantID, ClientID: s.ClientID, ApplicationIDURI: s.ApplicationIDURI, Cloud: Cloud(s.Cloud),
		AuthorityHost: endpoints.Authority, GraphHost: endpoints.Graph, UpdatedAt: s.UpdatedAt.Time(),
	}
}

func showTest(checks []models.Check) GraphTest {
	test := GraphTest{Ok: true, Checks: make([]Check, len(checks))}
	for i, c := range checks {
		test.Checks[i] = Check{Name: c.Name, Ok: c.OK, Detail: c.Detail, Optional: c.Optional}
		test.Ok = test.Ok && (c.OK || c.Optional)
	}
	return test
}
