package admin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"scimbridge/access"
	"scimbridge/internal/seal"
	"scimbridge/models"
	"scimbridge/store"
)

// Runs starts and cancels sync runs. cmd fills it.
type Runs interface {
	// Start queues a run. It answers a *models.BusyError while one is queued or running.
	Start(ctx context.Context, directoryID string, kind models.RunKind, dryRun bool) (models.SyncRun, error)
	// End queues a run that ends a path, in the transaction of what calls for it.
	End(ctx context.Context, tx *store.Tx, directory models.Directory, kind models.RunKind) (models.SyncRun, error)
	// Cancel asks a run to stop. It answers a *models.InvalidError if it has ended.
	Cancel(ctx context.Context, directoryID, runID string) (models.SyncRun, error)
	// Decide notes an admin's decision about a held run and has it carried out. It
	// answers a *models.InvalidError if the run is not held, and a *models.BusyError
	// while another one is queued or running.
	Decide(ctx context.Context, directoryID, runID string, decision models.Decision) (models.SyncRun, error)
}

// SignIn tells what the bearer of an admin token may do, or models.ErrUnauthorized.
// *access.Admins is one.
type SignIn interface {
	Admit(ctx context.Context, token string) (access.Rights, error)
}

// Config is what the API stands on. RequestID and what has
// a default may be left out.
type Config struct {
	Store   *store.Store
	SignIn  SignIn
	Sealer  *seal.Sealer
	Runs    Runs
	Tenants Tenants
	// CheckExtensions tells whether a directory can have these extensions together: a
	// *models.InvalidError says what is wrong with one. cmd fills it.
	CheckExtensions func([]models.Extension) error
	// PublicURL is the origin under which Entra reaches the bridge, such as
	// https://scim.example.com.
	PublicURL string
	// RequestID names the request that a context belongs to, for the audit trail.
	RequestID func(context.Context) string
	Log       *slog.Logger
	BodyLimit int64 // in bytes; 1 MiB by default
	// WatchFor is how long the progress of a run is streamed before the client must
	// connect again: shorter than the time limits of servers and proxies; 50 s by default.
	WatchFor time.Duration
}

const defaultBodyLimit = 1 << 20

// New makes the handler of everything under Path.
func New(c Config) http.Handler {
	if c.BodyLimit == 0 {
		c.BodyLimit = defaultBodyLimit
	}
	if c.WatchFor == 0 {
		c.WatchFor = 50 * time.Second
	}
	if c.RequestID == nil {
		c.RequestID = func(context.Context) string { return "" }
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	return (&api{Config: c}).routes()
}

// api holds the handlers: plain functions from a request to an answer or an error.
type api struct{ Config }

var _ StrictServerInterface = (*api)(nil)
