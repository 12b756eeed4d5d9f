package graph

import (
	"context"
	"errors"
	"time"

	"scimbridge/pull"
)

// nature says what may be done about a fault.
type nature int

const (
	lasting      nature = iota // it stays until somebody does something
	passing                    // the same request may be answered a little later
	throttled                  // everybody is to wait
	unauthorized               // once with a new token
)

// fault is one failed attempt. It holds nothing that must not be shown.
type fault struct {
	nature  nature
	status  int    // of Graph's answer; 0 if there was none
	code    string // Microsoft's, or one of ours below
	message string // in plain words
	hint    string
	after   time.Duration // what Retry-After asks for; 0 if nothing
	request string        // request-id, for Microsoft's support; logged only
	err     error
}

// Codes of our own, where Microsoft has none.
const (
	codeSettings     = "settings"
	codeUnreachable  = "unreachable"
	codeCertificate  = "certificate"
	codeNoTLS        = "no-tls"
	codeTimeout      = "timeout"
	codeBadAnswer    = "bad-answer"
	codeForeignLink  = "foreign-link"
	codeLoop         = "loop"
	codeRedirect     = "redirect"
	codeThrottled    = "TooManyRequests"
	codeCancelled    = "cancelled"
	codeSignIn       = "sign-in"
	codeUnavailable  = "unavailable"
	codeUnauthorized = "InvalidAuthenticationToken"
)

func (f *fault) Error() string { return f.code + ": " + f.message }

func (f *fault) Unwrap() error { return f.err }

// holdsAll tells whether all requests are to wait, not only the one that failed.
func (f *fault) holdsAll() bool { return f.nature == throttled || f.after > 0 }

// sourceError is what leaves the package.
func (f *fault) sourceError() *pull.SourceError {
	e := &pull.SourceError{
		Code: f.code, Message: f.message, Hint: f.hint,
		Passing: f.nature == passing || f.nature == throttled || isExpiredPage(f.code),
		Err:     f,
	}
	if known, ok := remedyFor(f.code); ok {
		e.Message, e.Hint = known.message, known.hint
	}
	return e
}

// asFault finds what an error of this package was before it was put into words.
func asFault(err error) (*fault, bool) {
	var f *fault
	ok := errors.As(err, &f)
	return f, ok
}

// ended says that the caller's context ended, and what was being waited for.
func ended(ctx context.Context, last *fault) error {
	e := &pull.SourceError{
		Code: codeCancelled, Message: "reading from Microsoft Graph was stopped",
		Passing: true, Err: ctx.Err(),
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Code = codeTimeout
		e.Message = "the time for reading from Microsoft Graph was over"
		e.Hint = "Run it again. If it happens every time, allow the run more time."
	}
	if last != nil {
		e.Message += "; the last try ended with " + last.Error()
	}
	return e
}

var errRunOver = errors.New("the run has taken too long")

// runOver says that a source has read for as long as one run may.
func runOver(last *fault) error {
	e := &pull.SourceError{Code: codeTimeout, Passing: true, Err: errRunOver,
		Message: "the time for reading from Microsoft Graph was over",
		Hint:    "Run it again. If it happens every time, allow the run more time, or see what slows it down."}
	if last != nil {
		e.Message += "; the last try ended with " + last.Error()
	}
	return e
}

func badAnswer(err error) *fault {
	return &fault{
		nature: passing, code: codeBadAnswer, err: err,
		message: "the answer was cut off or is not what Microsoft Graph sends: " + err.Error(),
		hint:    "A proxy or firewall may change what passes through it. Try again; if it stays, let the host of Graph pass untouched.",
	}
}
