package admin

import (
	"time"

	"scimbridge/models"
)

// value is what a client sent, or what stands where it sent nothing.
func value[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

// optional is a text that JSON shows as null, or not at all, while it is empty.
func optional[T ~string](text T) *string {
	if text == "" {
		return nil
	}
	plain := string(text)
	return &plain
}

// moment is a time that JSON shows as null while it is never.
func moment(at models.Instant) *time.Time {
	if at == 0 {
		return nil
	}
	t := at.Time()
	return &t
}
