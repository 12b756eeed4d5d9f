package admin

import (
	"context"
	"strconv"
	"time"

	"scimbridge/access"
	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) SetGraph(ctx context.Context, r SetGraphRequestObject) (SetGraphResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rights := access.From(ctx)
	settings, err := readGraph(*r.Body, rights.ChoosesHosts())
	if err != nil {
		return nil, err
	}
	settings.DirectoryID = d.ID
	credential, err := a.readEntry(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	var before any
	settings, err = a.Store.ChangeGraphSettings(ctx, d.ID, func(stored *models.GraphSettings) (models.GraphSettings, error) {
		if !matches(r.Params.IfMatch, graphETag(stored)) {
			return settings, models.ErrPrecondition
		}
		if stored != nil {
			before = showGraph(*stored)
		}
		changed := settings
		return changed, a.putCredential(&changed, stored, credential, rights.SignsInAsBridge())
	}, told(ctx, a, "graph.set", func(g models.GraphSettings) act {
		return act{directory: d.ID, target: d.ID, before: before, after: graphSet{showGraph(g), credential.isNew}}
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
	NewCredential bool `json:"newCredential"`
}

// graphETag is the version of Graph settings; "" of none, which only * would match.
func graphETag(s *models.GraphSettings) string {
	if s == nil {
		return ""
	}
	return strconv.Quote(strconv.FormatInt(int64(s.UpdatedAt), 36))
}

func (a *api) GetGraph(ctx context.Context, r GetGraphRequestObject) (GetGraphResponseObject, error) {
	settings, err := a.Store.GraphSettings(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	return GetGraph200JSONResponse{Body: showGraph(settings), Headers: GetGraph200ResponseHeaders{ETag: graphETag(&settings)}}, nil
}

func (a *api) DeleteGraph(ctx context.Context, r DeleteGraphRequestObject) (DeleteGraphResponseObject, error) {
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	var run models.SyncRun
	err = a.Store.DeleteGraphSettings(ctx, d.ID, func(_ *store.Tx, g models.GraphSettings) error {
		if !matches(r.Params.IfMatch, graphETag(&g)) {
			return models.ErrPrecondition
		}
		return nil
	}, told(ctx, a, "graph.deleted", func(g models.GraphSettings) act {
		return act{directory: g.DirectoryID, target: g.DirectoryID, before: showGraph(g)}
	}), func(tx *store.Tx, _ models.GraphSettings) error {
		var err error
		run, err = a.endPath(ctx, tx, d, models.EndPullRun)
		return err
	})
	if err != nil {
		return nil, err
	}
	return DeleteGraph202JSONResponse{
		Body:    showRun(run, run.RequestedAt.Time()),
		Headers: DeleteGraph202ResponseHeaders{Location: directoryPath(d.ID) + "/sync-runs/" + run.ID},
	}, nil
}

// testTime bounds what an admin waits for: a host that does not answer is a result too.
const testTime = time.Minute

func showGraph(s models.GraphSettings) Graph {
	endpoints := s.Endpoints()
	shown := Graph{
		TenantID: s.TenantID, ClientID: s.ClientID, Credential: CredentialKind(s.Credential.Named()), CredentialEndsAt: moment(s.CredentialEndsAt),
		ApplicationIDURI: s.ApplicationIDURI, Cloud: Cloud(s.Cloud),
		AuthorityHost: endpoints.Authority, GraphHost: endpoints.Graph, UpdatedAt: s.UpdatedAt.Time(),
	}
	if c := s.Certificate; c != nil {
		shown.Certificate = &Certificate{Thumbprint: c.Thumbprint, Subject: c.Subject, EndsAt: c.EndsAt.Time(), SendChain: c.SendChain}
	}
	if s.Credential != models.ManagedIdentityCredential {
		consent := s.ConsentURL()
		shown.ConsentURL = &consent
	}
	return shown
}
