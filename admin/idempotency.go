package admin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"scimbridge/access"
	"scimbridge/models"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 200
)

var (
	keyOfAnother = kind{http.StatusUnprocessableEntity, "idempotency-key-reused", "The Idempotency-Key belongs to another request"}
	keyUnderWay  = kind{http.StatusConflict, "idempotency-key-under-way", "The first request with this Idempotency-Key is under way"}
	keyUnread    = kind{http.StatusConflict, "idempotency-key-unreadable", "The first answer to this Idempotency-Key cannot be read any more"}
)

// repeatable lets a POST that its sender has named be sent again: it is done once, and
// whoever repeats it gets the first answer.
func (a *api) repeatable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		key := r.Header.Get(idempotencyHeader)
		if r.Method != http.MethodPost || key == "" {
			return next(c)
		}
		if len(key) > maxIdempotencyKey || hasControls(key) {
			return &models.InvalidError{Attribute: idempotencyHeader, Reason: "must be a text of at most 200 characters"}
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		claim := models.IdempotencyKey{Actor: actorKey(r.Context()), Key: key, Fingerprint: fingerprint(r, body)}
		known, mine, err := a.Store.ClaimAnswer(r.Context(), claim)
		switch {
		case err != nil:
			return err
		case !mine:
			return a.answerAgain(c, known, claim.Fingerprint)
		}
		return a.answerOnce(c, next, claim)
	}
}

// actorKey keeps the keys of one token apart from those of another.
func actorKey(ctx context.Context) string {
	actor := access.From(ctx).Actor
	return string(actor.Kind) + " " + actor.ID
}

func fingerprint(r *http.Request, body []byte) string {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(r.URL.Path), {0}, body} {
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (a *api) answerAgain(c echo.Context, known models.IdempotencyKey, fingerprint string) error {
	switch {
	case known.Fingerprint != fingerprint:
		return problem{kind: keyOfAnother, field: idempotencyHeader, detail: "Give every request a key of its own."}
	case known.Status == 0:
		return problem{kind: keyUnderWay, field: idempotencyHeader, detail: "Ask again in a moment."}
	}
	body, err := a.Sealer.Open(known.SealedBody, known.SealContext())
	if err != nil {
		return problem{kind: keyUnread, field: idempotencyHeader, detail: "It was done; look for its result, or repeat it with another key."}
	}
	header := c.Response().Header()
	header.Set("Idempotency-Replayed", "true")
	for name, value := range map[string]string{echo.HeaderLocation: known.Location, "ETag": known.ETag} {
		if value != "" {
			header.Set(name, value)
		}
	}
	return c.Blob(known.Status, echo.MIMEApplicationJSON, body)
}

// answerOnce keeps an answer that tells of something done. A refusal did nothing, so the
// key is free for the corrected request.
func (a *api) answerOnce(c echo.Context, next echo.HandlerFunc, claim models.IdempotencyKey) error {
	// The answer is kept even if the client has hung up: that is when it will ask again.
	ctx := context.WithoutCancel(c.Request().Context())
	response := c.Response()
	copied := &copier{ResponseWriter: response.Writer}
	response.Writer = copied
	done := false
	defer func() {
		if !done { // refused, or a panic on its way up
			if err := a.Store.ForgetAnswer(ctx, claim.Actor, claim.Key); err != nil {
				a.Log.WarnContext(ctx, "an idempotency key stays taken", "error", err.Error())
			}
		}
	}()
	if err := next(c); err != nil || response.Status >= 300 {
		return err
	}
	sealed, err := a.Sealer.Seal(copied.body.Bytes(), claim.SealContext())
	if err != nil {
		return err
	}
	done = true // from here on it must not be done again, whether or not the answer is kept
	claim.Status, claim.SealedBody = response.Status, sealed
	claim.Location, claim.ETag = response.Header().Get(echo.HeaderLocation), response.Header().Get("ETag")
	if err := a.Store.KeepAnswer(ctx, claim); err != nil && !errors.Is(err, models.ErrNotFound) {
		a.Log.ErrorContext(ctx, "an answer could not be kept for its idempotency key", "error", err.Error())
	}
	return nil
}

// copier keeps what passes through it.
type copier struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (w *copier) Write(text []byte) (int, error) {
	w.body.Write(text)
	return w.ResponseWriter.Write(text)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *copier) Unwrap() http.ResponseWriter { return w.ResponseWriter }
