package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"scimbridge/models"
)

// kind is a kind of problem. Its name is stable: scripts tell problems apart by it.
type kind struct {
	status      int
	name, title string
}

var (
	malformedBody    = kind{http.StatusBadRequest, "malformed-body", "The body is not readable"}
	invalidRequest   = kind{http.StatusBadRequest, "invalid", "The request has a value that cannot be taken"}
	unauthorized     = kind{http.StatusUnauthorized, "unauthorized", "The admin token is missing or wrong"}
	forbidden        = kind{http.StatusForbidden, "forbidden", "The admin token does not allow this"}
	notFound         = kind{http.StatusNotFound, "not-found", "There is no such thing"}
	methodNotAllowed = kind{http.StatusMethodNotAllowed, "method-not-allowed", "The path does not know this method"}
	conflict         = kind{http.StatusConflict, "conflict", "The value is taken"}
	runUnderWay      = kind{http.StatusConflict, "run-under-way", "A sync run is under way"}
	runNotHeld       = kind{http.StatusConflict, "run-not-held", "The run is not held"}
	runEnded         = kind{http.StatusConflict, "run-ended", "The run has ended"}
	graphNotSet      = kind{http.StatusConflict, "graph-not-set", "The directory has no Graph settings"}
	graphRefused     = kind{http.StatusConflict, "graph-refused", "Microsoft Graph cannot be asked"}
	pathInUse        = kind{http.StatusConflict, "path-in-use", "The path is in use"}
	takesNoSecret    = kind{http.StatusConflict, "takes-no-secret", "The client has no secrets"}
	feedGone         = kind{http.StatusGone, "feed-gone", "The feed no longer goes back so far"}
	changedMeanwhile = kind{http.StatusPreconditionFailed, "changed-meanwhile", "It has changed since it was read"}
	bodyTooLarge     = kind{http.StatusRequestEntityTooLarge, "body-too-large", "The body is too large"}
	unsupportedMedia = kind{http.StatusUnsupportedMediaType, "unsupported-media-type", "The body is not declared as JSON"}
	internalFault    = kind{http.StatusInternalServerError, "internal", "A fault of the bridge"}
	abandoned        = kind{http.StatusServiceUnavailable, "abandoned", "The request took too long"}
)

// problem is an error that already is what the client may see.
type problem struct {
	kind
	detail string
	field  string
}

func (p problem) Error() string { return p.name + ": " + p.detail }

// problemOf turns an error into what the client may see of it, in this one place. Of an
// error that is not listed, the client learns nothing.
func problemOf(err error) problem {
	var ready problem
	var invalid *models.InvalidError
	var taken *models.ConflictError
	var busy *models.BusyError
	var refused *GraphRefusal
	var tooLarge *http.MaxBytesError
	var framework *echo.HTTPError
	switch {
	case errors.As(err, &ready):
		return ready.completed()
	case errors.As(err, &tooLarge):
		return problem{kind: bodyTooLarge, detail: fmt.Sprintf("A body has at most %d bytes.", tooLarge.Limit)}
	case errors.As(err, &invalid):
		return problem{kind: invalidRequest, detail: invalid.Error() + ".", field: invalid.Attribute}
	case errors.As(err, &taken):
		return problem{kind: conflict, detail: taken.Error() + ".", field: taken.Attribute}
	case errors.As(err, &busy):
		return problem{kind: runUnderWay, detail: fmt.Sprintf("The %s. Wait until it has ended, or cancel it.", busy.Error())}
	case errors.As(err, &refused):
		return problem{kind: graphRefused, detail: refused.Error()}
	case errors.Is(err, io.EOF):
		return problem{kind: malformedBody, detail: "The body is empty; send a JSON object."}
	case errors.Is(err, models.ErrNotFound):
		return problem{kind: notFound, detail: "Nothing has this id here. Check the ids in the path: one of another directory names nothing in this one."}
	case errors.Is(err, models.ErrUnauthorized):
		return problem{kind: unauthorized, detail: "Send the header Authorization: Bearer <admin token>. The first admin's token is the one that the bridge was started with."}
	case errors.Is(err, models.ErrForbidden):
		return problem{kind: forbidden, detail: "Ask the operator of the bridge for a token that allows it."}
	case errors.Is(err, models.ErrPrecondition):
		return problem{kind: changedMeanwhile, detail: "Read it again, and repeat the change with the new ETag.", field: "If-Match"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problem{kind: abandoned, detail: "It was abandoned; repeat it."}
	case errors.As(err, &framework):
		return frameworkProblem(framework)
	}
	return problem{kind: internalFault}.completed()
}

func (p problem) completed() problem {
	if p.kind == internalFault {
		p.detail = "The bridge could not do this because of a fault of its own. Repeat it later; if it fails again, give the operator its time and path."
	}
	return p
}

// frameworkProblem is for what Echo and the generated code refuse before a handler runs.
func frameworkProblem(err *echo.HTTPError) problem {
	switch err.Code {
	case http.StatusNotFound:
		return problem{kind: notFound, detail: "The API has no such path; " + documentPath + " lists what it has."}
	case http.StatusMethodNotAllowed:
		return problem{kind: methodNotAllowed, detail: "The header Allow lists the methods that it knows."}
	case http.StatusBadRequest:
		return parameterProblem(fmt.Sprint(err.Message))
	}
	return problem{kind: internalFault}.completed()
}

// parameterProblem names the parameter that the generated code could not read. What it was
// given is not repeated.
func parameterProblem(message string) problem {
	if named, is := strings.CutPrefix(message, "Invalid format for parameter "); is {
		name, _, _ := strings.Cut(named, ":")
		return problem{kind: invalidRequest, field: name, detail: fmt.Sprintf("%s has a wrong form; %s tells what it takes.", name, documentPath)}
	}
	return problem{kind: invalidRequest, detail: message}
}

// answerError answers an error, and logs it if it is a fault of ours.
func (a *api) answerError(err error, c echo.Context) {
	ctx := c.Request().Context()
	p := problemOf(err)
	if p.kind == internalFault {
		a.Log.ErrorContext(ctx, "the admin API failed", "method", c.Request().Method, "route", c.Path(), "error", err.Error())
	}
	if c.Response().Committed {
		return // the client has part of an answer; there is nothing left to say
	}
	body := Problem{Type: "urn:scimbridge:problem:" + p.name, Title: p.title, Status: p.status, Detail: p.detail, Field: optional(p.field)}
	text, err := json.Marshal(body)
	if err == nil {
		err = c.Blob(p.status, "application/problem+json", text)
	}
	if err != nil {
		a.Log.DebugContext(ctx, "the answer was not delivered", "error", err.Error())
	}
}
