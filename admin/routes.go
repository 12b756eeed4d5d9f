package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/internal/logging"
	"scimbridge/models"
)

// Path is where the API is mounted, and documentPath its own description.
const (
	Path         = "/api/v1/"
	documentPath = Path + "openapi.json"
	// referencePath is the same to read.
	referencePath = Path + "reference"
)

// routes is the only place that knows Echo, but for the binder and the answer to an
// error. The API has an Echo of its own, because both are settings of a whole Echo.
func (a *api) routes() http.Handler {
	e := echo.New()
	e.Binder = strictBinder{}
	e.HTTPErrorHandler = a.answerError
	e.Use(a.catchPanics, a.frame, a.signIn, checkLimit, a.repeatable)
	e.GET(documentPath, func(c echo.Context) error {
		return c.JSONBlob(http.StatusOK, document())
	})
	e.GET(referencePath, func(c echo.Context) error {
		c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		return c.HTMLBlob(http.StatusOK, reference())
	})
	RegisterHandlers(e, NewStrictHandler(a, nil))
	return e
}

// catchPanics makes a fault of ours a problem like any other: logged here, 500 there.
func (a *api) catchPanics(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			if fault := recover(); fault != nil {
				a.Log.ErrorContext(c.Request().Context(), "panic in the admin API",
					"panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
				err = problem{kind: internalFault}
			}
		}()
		return next(c)
	}
}

// frame sets what all answers have and bounds what is read.
func (a *api) frame(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r, header := c.Request(), c.Response().Header()
		header.Set("Cache-Control", "no-store") // an answer may show a token
		header.Set("X-Content-Type-Options", "nosniff")
		if r.ContentLength > a.BodyLimit {
			return &http.MaxBytesError{Limit: a.BodyLimit}
		}
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, a.BodyLimit)
		return next(c)
	}
}

// signIn finds out who asks and whether the directory of the path is theirs. It runs for
// unknown paths too, so that a stranger does not learn which exist.
func (a *api) signIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Path() == documentPath || c.Path() == referencePath {
			return next(c)
		}
		r := c.Request()
		rights, err := a.bearer(r)
		if errors.Is(err, models.ErrUnauthorized) {
			c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="scimbridge admin API"`)
		}
		if err != nil {
			return err
		}
		access.NoteAdmitted(r.Context())
		directory := c.Param("directory")
		// For a method that the path does not know, Echo fills no parameters; the answer
		// tells nothing of what is stored.
		if known := c.Get(echo.ContextKeyHeaderAllow) == nil; !known && rights.SeesAnything() {
			return next(c)
		}
		if err := allow(rights, r.Method, c.Path(), directory); err != nil {
			return err
		}
		ctx := access.With(r.Context(), rights)
		if directory != "" {
			ctx = logging.With(ctx, slog.String("directory", directory))
		}
		c.SetRequest(r.WithContext(ctx))
		return next(c)
	}
}

// bearer tells what the bearer of a request's token may do.
func (a *api) bearer(r *http.Request) (access.Rights, error) {
	token, given := access.Bearer(r.Header.Get(echo.HeaderAuthorization))
	if !given {
		return access.Rights{}, models.ErrUnauthorized
	}
	return a.SignIn.Admit(r.Context(), token)
}

// allow checks a route by its method and directory. What is not to be seen is not found,
// rather than forbidden, so that its existence is not told.
func allow(rights access.Rights, method, route, directory string) error {
	switch {
	case !strings.Contains(route, ":directory"):
		return allowOnBridge(rights, method, route)
	case len(directory) != idLength || uuid.Validate(directory) != nil:
		return models.ErrNotFound // and what is no id, such as a zero character, gets no further
	case !rights.ReadsDirectory(directory):
		return models.ErrNotFound
	case method != http.MethodGet && !rights.WritesDirectory(directory):
		return models.ErrForbidden
	case method == http.MethodDelete && strings.HasSuffix(route, ":directory") && !rights.CreatesDirectories():
		return models.ErrForbidden // who is for one directory must not end it
	}
	return nil
}

// allowOnBridge checks a route that names no directory.
func allowOnBridge(rights access.Rights, method, route string) error {
	reads := method == http.MethodGet || method == http.MethodHead
	switch {
	case reads && rights.SeesAnything() && slices.Contains(listsOfOnesOwn, route):
		return nil
	case reads && rights.ReadsBridge(), rights.CreatesDirectories():
		return nil
	}
	return models.ErrForbidden
}

// listsOfOnesOwn answer what the asker may see of them.
var listsOfOnesOwn = []string{Path + "directories", Path + "audit-events", Path + "audit-events/export"}

// idLength is that of a UUID as we write it; Validate takes other forms as well.
const idLength = 36

// checkLimit reads the page size before the generated code does, whose error would not
// name the parameter.
func checkLimit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		for _, text := range c.QueryParams()["limit"] {
			if limit, err := strconv.Atoi(text); err != nil || limit < 1 || limit > maxPage {
				return &models.InvalidError{Attribute: "limit", Reason: fmt.Sprintf("must be a whole number from 1 to %d", maxPage)}
			}
		}
		return next(c)
	}
}

// directory reads the directory that a path names, so that what hangs below an unknown
// one is not found, rather than an empty list.
func (a *api) directory(ctx context.Context, id string) (models.Directory, error) {
	return a.Store.Directory(ctx, id)
}
