package graph

import (
	"context"
	"time"
)

// attempt is what the layers below learn of one attempt; it rides in the context
// since the SDK stands between them and ask.
type attempt struct {
	sentAt time.Time
	signIn error // why a token request could not be sent
}

type attemptKey struct{}

func withAttempt(ctx context.Context) (context.Context, *attempt) {
	a := &attempt{}
	return context.WithValue(ctx, attemptKey{}, a), a
}

// attemptOf never returns nil: a request that is no attempt of ours is not watched.
func attemptOf(ctx context.Context) *attempt {
	if a, ok := ctx.Value(attemptKey{}).(*attempt); ok {
		return a
	}
	return &attempt{}
}
