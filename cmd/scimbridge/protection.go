package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"scimbridge/access"
	"scimbridge/admin"
	"scimbridge/models"
	"scimbridge/store"
)

// minRate is the least that a directory's SCIM client must be able to send: Microsoft
// wants 25 requests a second of an application in its gallery.
const minRate = 25

// What is allowed where nothing is configured: a token far more than its customer needs,
// so that only what runs wild is stopped; a stranger's address enough to begin with.
const (
	defaultRate  = 5000
	strangerRate = 100
)

// newGate limits requests before all doors, and tells the audit trail of failed sign-ins.
func newGate(db *store.Store, log *slog.Logger, rate float64, trusted []netip.Prefix) *access.Gate {
	return access.NewGate(access.GateConfig{
		Rate: cmp.Or(rate, defaultRate), Strangers: strangerRate, Trusted: trusted, Now: time.Now,
		// Not SCIM: many customers come to it from the same addresses of Entra's.
		Slows: func(r *http.Request) bool {
			return strings.HasPrefix(r.URL.Path, admin.Path) || r.URL.Path == access.TokenPath
		},
		Refuse: refuseBusy,
		Failed: func(ctx context.Context, f access.Failure) {
			e := models.AuditEvent{
				DirectoryID: directoryInPath(f.Request.URL.Path), ActorKind: models.Stranger, Action: "sign-in.failed",
				TargetID: doorOf(f.Request.URL.Path), Address: f.Address, RequestID: requestID(ctx),
			}
			if err := db.AppendAudit(ctx, e); err != nil {
				log.ErrorContext(ctx, "a failed sign-in could not be told to the audit trail", "error", err.Error())
			}
		},
	})
}

// doorOf is where somebody tried to get in; the rest of the path is theirs to write.
func doorOf(path string) string {
	for _, door := range []string{admin.Path, "/scim/", access.TokenPath} {
		if strings.HasPrefix(path, door) {
			return door
		}
	}
	return "/"
}

// directoryInPath is the directory that a path names, if it names one at all.
func directoryInPath(path string) models.Optional {
	for segment := range strings.SplitSeq(path, "/") {
		if len(segment) == 36 && uuid.Validate(segment) == nil {
			return models.Optional(strings.ToLower(segment))
		}
	}
	return ""
}

// refuseBusy answers in the words of the door that was asked.
func refuseBusy(w http.ResponseWriter, r *http.Request) {
	const detail = "There are too many requests, or too many failed sign-ins. Wait for as many seconds as Retry-After says."
	media, body := "application/problem+json", any(map[string]any{
		"type": "urn:scimbridge:problem:too-many-requests", "title": "Too many requests", "status": http.StatusTooManyRequests, "detail": detail,
	})
	switch doorOf(r.URL.Path) {
	case "/scim/":
		media, body = "application/scim+json", map[string]any{
			"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:Error"}, "status": "429", "detail": detail,
		}
	case access.TokenPath:
		media, body = "application/json", map[string]string{"error": "temporarily_unavailable", "error_description": detail}
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(http.StatusTooManyRequests)
	_ = json.NewEncoder(w).Encode(body) // the client has gone; there is nobody to tell
}

// armoured sets the headers that keep browsers from what is not meant for them. There is
// none of CORS: a page from elsewhere reads nothing here.
func armoured(secure bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // pages bring their own
		if secure || r.TLS != nil {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
