package graphemu

import (
	"net/http"
	"time"
)

// Effect is what a fault does: it answers in place of the emulator, or changes
// what next answers. Effects are combined with Together.
type Effect func(c *call, next func() *answer) *answer

// Together applies effects from the outside to the inside, such as
// Together(Slow(time.Second), Throttle("1")).
func Together(effects ...Effect) Effect {
	return func(c *call, next func() *answer) *answer {
		for i := len(effects) - 1; i >= 0; i-- {
			effect, inner := effects[i], next
			next = func() *answer { return effect(c, inner) }
		}
		return next()
	}
}

// Refuse answers with an error of Graph's shape.
func Refuse(status int, code, message string) Effect {
	return func(c *call, _ func() *answer) *answer {
		return c.refuse(&Error{Status: status, Code: code, Message: message})
	}
}

// Throttle answers 429. retryAfter is the header as it stands: whole seconds, a
// fraction, as in Microsoft's sample of 2020, or "" for none.
//
// Source: https://learn.microsoft.com/graph/throttling
func Throttle(retryAfter string) Effect {
	return func(c *call, _ func() *answer) *answer { return c.throttled(retryAfter) }
}

func (c *call) throttled(retryAfter string) *answer {
	a := c.refuse(&Error{Status: 429, Code: "TooManyRequests", Message: "Too many requests."})
	a.retryAfter(retryAfter)
	a.header.Set("x-ms-throttle-information", "ResourceUnitLimitExceeded")
	if c.tenant != nil {
		a.header.Set("x-ms-throttle-scope", "Tenant_Application/ReadWrite/"+c.config.App.ID+"/"+c.tenant.id)
	}
	return a
}

func (a *answer) retryAfter(value string) {
	if value != "" {
		a.header.Set("Retry-After", value)
	}
}

// Unavailable answers 503 serviceNotAvailable, with Retry-After unless "".
func Unavailable(retryAfter string) Effect {
	return func(c *call, _ func() *answer) *answer {
		a := c.refuse(&Error{Status: 503, Code: "serviceNotAvailable", Message: "The service is temporarily unavailable. Please retry later."})
		a.retryAfter(retryAfter)
		return a
	}
}

// InternalError answers 500 generalException.
func InternalError() Effect {
	return Refuse(500, "generalException", "An unspecified error has occurred.")
}

// GatewayTimeout answers 504 UnknownError with an empty message, as Graph's
// gateway does.
func GatewayTimeout() Effect { return Refuse(504, "UnknownError", "") }

// WithoutMessage answers an error that has a code and nothing else. The SDK's
// Error() panics on it.
func WithoutMessage(status int) Effect {
	return func(*call, func() *answer) *answer {
		a := newAnswer(status)
		a.body = append(a.body, `{"error":{"code":"generalException"}}`...)
		return a
	}
}

// HTML answers with a page, as proxies and gateways do, with any status.
func HTML(status int) Effect {
	return func(*call, func() *answer) *answer {
		a := newAnswer(status)
		a.header.Set("Content-Type", "text/html; charset=utf-8")
		a.body = append(a.body, "<!DOCTYPE html>\n<html><head><title>"+http.StatusText(status)+
			"</title></head><body><h1>The proxy has something to say</h1></body></html>\n"...)
		return a
	}
}

// Slow delays an answer.
func Slow(d time.Duration) Effect {
	return func(c *call, next func() *answer) *answer {
		if err := c.config.Wait(c.ctx(), d); err != nil {
			return closedConnection()
		}
		return next()
	}
}

// CloseConnection answers nothing and closes the connection.
func CloseConnection() Effect {
	return func(*call, func() *answer) *answer { return closedConnection() }
}

// CutBody sends half of the body under the length of all of it, and closes the
// connection.
func CutBody() Effect {
	return func(_ *call, next func() *answer) *answer {
		a := next()
		a.cutAfter = len(a.body) / 2
		return a
	}
}

// TruncateJSON sends the first half of the body as if it were all.
func TruncateJSON() Effect {
	return func(_ *call, next func() *answer) *answer {
		a := next()
		a.body = a.body[:len(a.body)/2]
		return a
	}
}

// ContentType declares the body to be something else.
func ContentType(contentType string) Effect {
	return func(_ *call, next func() *answer) *answer {
		a := next()
		a.header.Set("Content-Type", contentType)
		return a
	}
}

// SignIn refuses a token with an AADSTS code, such as 53003. Its route is
// "POST /{tenant}/oauth2/v2.0/token".
func SignIn(code int) Effect {
	return func(c *call, _ func() *answer) *answer { return signInError(code, "").answer(c) }
}

// MaxPageSize refuses pages of more than a number of objects, as some tenants did
// in 2023 (msgraph-sdk-powershell #1898).
func MaxPageSize(most int) Effect {
	return func(c *call, next func() *answer) *answer {
		if asked, err := c.pageSize(); err == nil && asked > most {
			return c.refuse(pageSizeError(c.query.get("top"), most))
		}
		return next()
	}
}

// ExpiredToken refuses a next link as too old.
func ExpiredToken() Effect {
	return func(c *call, _ func() *answer) *answer { return c.refuse(expiredPageToken()) }
}

// SyncStateNotFound refuses a delta link as too old, with 400.
func SyncStateNotFound() Effect {
	return func(c *call, _ func() *answer) *answer { return c.refuse(syncStateNotFound()) }
}

// Gone answers 410 with a Location: start over, and replace what you have.
//
// Source: https://learn.microsoft.com/graph/delta-query-overview, "Synchronization reset"
func Gone() Effect {
	return func(c *call, _ func() *answer) *answer {
		a := c.refuse(&Error{Status: 410, Code: "resyncRequired", Message: "Resync required. Any new delta token will start a fresh sync."})
		a.header.Set("Location", c.freshRound())
		return a
	}
}

// freshRound is the URL of a new first round with the selection of the old.
func (c *call) freshRound() string {
	f := usersFeed
	if len(c.path) > 1 && c.path[1] == groupsFeed.name {
		f = groupsFeed
	}
	fresh := c.origin + "/v1.0/" + f.name + "/delta?$deltatoken="
	var r round
	for _, option := range []string{"deltatoken", "skiptoken"} {
		if err := c.emulator.signer.open(c.query.get(option), &r); err == nil {
			return fresh + "&$select=" + f.selectNames(r.Select)
		}
	}
	return fresh
}

// Empty answers a listing or round with no objects, and as its last page.
func Empty() Effect { return bent(func(b *bend) { b.empty = true }) }

// Duplicate tells every object of a delta page twice.
func Duplicate() Effect { return bent(func(b *bend) { b.duplicate = true }) }

// Replay makes a delta link tell the changes of the round before once more.
func Replay() Effect { return bent(func(b *bend) { b.replay = true }) }

// Strangers begins a first round with tombstones of objects that nobody knows.
func Strangers(n int) Effect { return bent(func(b *bend) { b.strangers = n }) }

// Null makes properties null, or empty, on every object.
func Null(properties ...string) Effect {
	return bent(func(b *bend) { b.withoutValueOf = append(b.withoutValueOf, properties...) })
}

func bent(change func(*bend)) Effect {
	return func(c *call, next func() *answer) *answer {
		change(&c.bend)
		return next()
	}
}
