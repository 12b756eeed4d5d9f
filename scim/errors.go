package scim

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	scimerrors "github.com/elimity-com/scim/errors"

	"scimbridge/models"
	"scimbridge/scim/filter"
	"scimbridge/scim/schema"
)

// scimTypes of RFC 9865 section 2.1, which the library does not list.
const (
	invalidCursor scimerrors.ScimType = "invalidCursor"
	expiredCursor scimerrors.ScimType = "expiredCursor"
	invalidCount  scimerrors.ScimType = "invalidCount"
)

// Error turns an error into the one that the client may see (RFC 7644 section
// 3.12, Table 9). known is false if err is none that a client can do anything
// about; the caller logs it then, and the client learns nothing of its text.
//
// A Backend refuses a list's cursor, sortBy or filter with an InvalidError whose
// Attribute is that parameter's name.
func Error(err error) (e scimerrors.ScimError, known bool) {
	var conflict *models.ConflictError
	var invalid *models.InvalidError
	var busy *models.BusyError
	var value *schema.ValueError
	var badFilter *filter.Error
	switch {
	case errors.As(err, &e):
		return e, true
	case errors.As(err, &conflict):
		return failure(http.StatusConflict, scimerrors.ScimTypeUniqueness, "%s", conflict), true
	case errors.As(err, &invalid):
		return failure(http.StatusBadRequest, invalidType(invalid.Attribute), "%s", invalid), true
	case errors.As(err, &value):
		return failure(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, "%s", value), true
	case errors.As(err, &badFilter):
		return failure(http.StatusBadRequest, scimerrors.ScimTypeInvalidFilter, "The filter is not valid: %s", badFilter), true
	case errors.Is(err, ErrInvalidCursor):
		return failure(http.StatusBadRequest, invalidCursor, "%s", ErrInvalidCursor), true
	case errors.Is(err, ErrExpiredCursor):
		return failure(http.StatusBadRequest, expiredCursor, "%s", ErrExpiredCursor), true
	case errors.Is(err, ErrChangedCount):
		return failure(http.StatusBadRequest, invalidCount, "%s", ErrChangedCount), true
	case errors.As(err, &busy):
		return failure(http.StatusConflict, "", "%s; try again when it has ended", busy), true
	case errors.Is(err, models.ErrNotFound):
		return failure(http.StatusNotFound, "", "The resource does not exist"), true
	case errors.Is(err, models.ErrUnauthorized):
		return failure(http.StatusUnauthorized, "", "The token is missing, invalid or expired"), true
	case errors.Is(err, models.ErrForbidden):
		return failure(http.StatusForbidden, "", "The token does not allow this operation"), true
	case errors.Is(err, models.ErrPrecondition):
		return failure(http.StatusPreconditionFailed, "", "The resource has changed since it was read; read it again and repeat the change"), true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return failure(http.StatusServiceUnavailable, "", "The request took too long and was abandoned; repeat it"), true
	}
	return failure(http.StatusInternalServerError, "", "The server could not do this because of a fault of its own. Repeat the request later; if it fails again, give the operator its time and path"), false
}

// invalidType is the scimType of an InvalidError by what it is about.
func invalidType(attribute string) scimerrors.ScimType {
	switch attribute {
	case "cursor":
		return invalidCursor
	case "filter":
		return scimerrors.ScimTypeInvalidFilter
	}
	return scimerrors.ScimTypeInvalidValue
}

func failure(status int, t scimerrors.ScimType, format string, args ...any) scimerrors.ScimError {
	return scimerrors.ScimError{Status: status, ScimType: t, Detail: fmt.Sprintf(format, args...)}
}

func badRequest(t scimerrors.ScimType, format string, args ...any) error {
	return failure(http.StatusBadRequest, t, format, args...)
}

// valueError is for a value that does not fit, at the place that name tells.
func valueError(name, format string, args ...any) error {
	return &schema.ValueError{Attribute: name, Reason: fmt.Sprintf(format, args...)}
}
