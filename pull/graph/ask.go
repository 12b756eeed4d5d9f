package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"scimbridge/pull"
)

// client asks one tenant's Graph.
type client struct {
	tenant      tenant
	limits      Limits
	gate        *gate
	connections *connections
	meter       *meter
	pages       *pageSize
	// ends is when the run has taken too long.
	ends       time.Time
	credential *credential
	adapter    abstractions.RequestAdapter
	now        func() time.Time
	sleep      func(context.Context, time.Duration) error
	log        *slog.Logger
	// isBackground lets others of the application go first (section 3.1).
	isBackground bool
}

// question is one thing to ask, as often as it takes.
type question struct {
	// name says what is read, for the log.
	name string
	// needs are the permissions without which the answer is 403.
	needs []permission
	// once is one attempt.
	once func(ctx context.Context) error
}

// ask sends a question until it is answered, refused for good, or patience ends. It
// returns the time at which the attempt that succeeded was sent.
func (c *client) ask(ctx context.Context, q question) (time.Time, error) {
	patience := newPatience(ctx, c)
	var last *fault
	for {
		if err := c.enter(ctx, patience); err != nil {
			return time.Time{}, c.kept(ctx, err, last)
		}
		sentAt, failed := c.try(ctx, q)
		if failed == nil {
			return sentAt, nil
		}
		if ctx.Err() != nil {
			return time.Time{}, ended(ctx, failed)
		}
		wait, again := patience.next(failed)
		if err := c.heed(failed, wait); err != nil || !again {
			return time.Time{}, c.refuse(ctx, q, failed)
		}
		c.note(ctx, q, failed, wait)
		if !failed.holdsAll() && c.wait(ctx, wait) != nil {
			return time.Time{}, ended(ctx, failed)
		}
		last = failed
	}
}

// kept explains why a question was not asked.
func (c *client) kept(ctx context.Context, err error, last *fault) error {
	if errors.Is(err, errRunOver) {
		return runOver(last)
	}
	if f, ok := asFault(err); ok {
		return f.sourceError()
	}
	return ended(ctx, last)
}

// refuse puts the last fault into words. A 403 does not say what is missing; the token
// does (section 4.2).
func (c *client) refuse(ctx context.Context, q question, failed *fault) error {
	e := failed.sourceError()
	if failed.status != http.StatusForbidden {
		return e
	}
	said, ok, err := c.claims(ctx)
	if err != nil || !ok {
		return e
	}
	if missing := missingIn(said.Roles, q.needs); missing != "" {
		e.Message = "the application may not read this: the permission " + missing + " is missing"
		e.Hint = grantHint(missing)
	}
	return e
}

// enter passes the gate: a slot, and nobody told to wait. Who would have to wait for
// longer than there is patience hears so at once.
func (c *client) enter(ctx context.Context, p *patience) error {
	for {
		if !c.now().Before(c.ends) {
			return errRunOver
		}
		if err := c.gate.enter(ctx); err != nil {
			return err
		}
		wait := c.gate.remaining(c.now())
		if wait <= 0 {
			return nil
		}
		c.gate.leave()
		if !p.affords(wait) {
			return refused(http.StatusTooManyRequests, odataError{})
		}
		if err := c.wait(ctx, wait); err != nil {
			return err
		}
	}
}

func (c *client) wait(ctx context.Context, d time.Duration) error {
	c.meter.add(pull.Usage{Waited: d})
	return c.sleep(ctx, d)
}

// heed does what a fault asks for, even if this question is not asked again: others
// are, and what is sent before Retry-After is over counts against all.
func (c *client) heed(failed *fault, wait time.Duration) error {
	if failed.status == http.StatusServiceUnavailable {
		c.connections.renew()
	}
	if failed.holdsAll() {
		c.gate.shut(c.now().Add(wait))
	}
	if failed.nature == unauthorized {
		return c.credential.forget()
	}
	return nil
}

// note logs an attempt that is repeated; one that ends a question is logged by
// whoever answers for it.
func (c *client) note(ctx context.Context, q question, failed *fault, wait time.Duration) {
	c.log.LogAttrs(ctx, slog.LevelInfo, "graph: trying again",
		slog.String("reading", q.name), slog.String("code", failed.code),
		slog.Int("status", failed.status), slog.Duration("after", wait),
		slog.String("graphRequest", failed.request))
}

// try is one attempt. It leaves the gate.
func (c *client) try(ctx context.Context, q question) (time.Time, *fault) {
	defer c.gate.leave()
	ctx, cancel := context.WithTimeout(ctx, c.limits.Try)
	defer cancel()
	ctx, attempt := withAttempt(ctx)
	if err := q.once(ctx); err != nil {
		return time.Time{}, c.diagnose(ctx, attempt, err)
	}
	return attempt.sentAt, nil
}

// diagnose finds out what kind of error an attempt ended with.
func (c *client) diagnose(ctx context.Context, a *attempt, err error) *fault {
	var known *fault
	if errors.As(err, &known) {
		return known
	}
	if a.signIn != nil {
		return connectionFault(ctx, "the sign-in host "+hostOf(c.tenant.authority), a.signIn)
	}
	if f := signInFault(err); f != nil {
		return f
	}
	return connectionFault(ctx, c.tenant.graph.Host, err)
}
