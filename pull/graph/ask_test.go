package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

const emptyRound = `{"@odata.deltaLink":"%s/v1.0/users/delta?$deltatoken=d","value":[]}`

// flaky answers the first requests with the given handlers and the rest well.
func flaky(t *testing.T, faults ...http.HandlerFunc) (*stub, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	var s *stub
	s = newStub(t, func(w http.ResponseWriter, r *http.Request) {
		if n := int(asked.Add(1)); n <= len(faults) {
			faults[n-1](w, r)
			return
		}
		reply(w, http.StatusOK, fmt.Sprintf(emptyRound, s.URL))
	})
	return s, &asked
}

func refuse(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		reply(w, status, body)
	}
}

func sourceError(t *testing.T, err error) *pull.SourceError {
	t.Helper()
	var e *pull.SourceError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a *pull.SourceError", err)
	}
	return e
}

func TestThrottlingIsHonouredToTheSecond(t *testing.T) {
	const body = `{"error":{"code":"TooManyRequests"}}`
	for name, tc := range map[string]struct {
		headers []string
		want    time.Duration
	}{
		"whole seconds":                      {[]string{"Retry-After", "7"}, 7 * time.Second},
		"a fraction is rounded up":           {[]string{"Retry-After", "2.128"}, 3 * time.Second},
		"less than a second is a second":     {[]string{"Retry-After", "0.2"}, time.Second},
		"a date counts by the sender's own":  {[]string{"Date", "Mon, 02 Mar 2026 09:00:00 GMT", "Retry-After", "Mon, 02 Mar 2026 09:00:11 GMT"}, 11 * time.Second},
		"longer than any back-off, too":      {[]string{"Retry-After", "120"}, 2 * time.Minute},
		"a date without the sender's: ours ": {[]string{"Date", "-", "Retry-After", "Mon, 02 Mar 2026 06:15:14 GMT"}, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s, asked := flaky(t, refuse(http.StatusTooManyRequests, body, tc.headers...))
			source, clock := s.dial(t)
			if _, err := source.UsersDelta(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if got := clock.waited(); !slices.Equal(got, []time.Duration{tc.want}) {
				t.Errorf("waited %v, want %v", got, tc.want)
			}
			usage := source.Usage()
			if asked.Load() != 2 || usage.Requests != 2 || usage.Throttled != 1 || usage.Waited != tc.want {
				t.Errorf("asked %d times, usage %+v", asked.Load(), usage)
			}
		})
	}
}

func TestThrottlingWithoutRetryAfterBacksOff(t *testing.T) {
	fault := refuse(http.StatusTooManyRequests, `{"error":{"code":"activityLimitReached"}}`)
	s, _ := flaky(t, slices.Repeat([]http.HandlerFunc{fault}, 12)...)
	source, clock := s.dial(t)
	if _, err := source.UsersDelta(t.Context(), ""); err != nil {
		t.Fatal("throttling is an answer, not a fault to count: ", err)
	}
	for i, wait := range clock.waited() {
		if most := min(time.Minute, time.Second<<i); wait <= 0 || wait > most {
			t.Errorf("wait %d took %v, want at most %v", i, wait, most)
		}
	}
}

// The second source of the same application begins to read while the first waits.
func TestOneThrottledRequestHoldsAllOfTheApplication(t *testing.T) {
	o := newOffice(t, graphemu.Demo, graphemu.Config{})
	o.emu.Inject(graphemu.Fault{Times: 1, Effect: graphemu.Throttle("30")})
	waits := 0
	o.dialer.Wait = func(ctx context.Context, d time.Duration) error {
		if waits++; waits == 1 {
			if _, err := o.dial(t).UsersDelta(ctx, ""); err != nil {
				t.Error(err)
			}
		}
		return o.clock.wait(ctx, d)
	}
	if _, err := o.dial(t).UsersDelta(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if early := o.emu.Meter().Early; waits != 2 || early != 0 {
		t.Errorf("%d waits, %d requests before Retry-After was over", waits, early)
	}
}

func TestAWaitBeyondPatienceIsNotBegun(t *testing.T) {
	s, asked := flaky(t, refuse(429, `{}`, "Retry-After", "3600"))
	clock := newFakeClock()
	dialer := clock.dialer(s.rootPool())
	for range 2 { // told so, and told so by the gate
		_, err := dial(t, dialer, s.connection()).UsersDelta(t.Context(), "")
		if e := sourceError(t, err); e.Code != codeThrottled || !e.Passing {
			t.Errorf("got %+v", e)
		}
	}
	if len(clock.waited()) != 0 || asked.Load() != 1 {
		t.Errorf("waited %v, asked %d times", clock.waited(), asked.Load())
	}
	_ = clock.wait(t.Context(), time.Hour)
	if _, err := dial(t, dialer, s.connection()).UsersDelta(t.Context(), ""); err != nil {
		t.Errorf("after the hour: %v", err)
	}
}

func TestPassingFaultsAreTriedAgain(t *testing.T) {
	html := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>Sign in to the guest network</html>")
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"value":[`)
	}
	hangUp := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, fault := range map[string]http.HandlerFunc{
		"500":                   refuse(500, `{"error":{"code":"generalException"}}`),
		"502 with HTML":         refuse(502, `<html>`),
		"503":                   refuse(503, `{"error":{"code":"serviceNotAvailable"}}`),
		"503 with Retry-After":  refuse(503, `{}`, "Retry-After", "3"),
		"504":                   refuse(504, ``),
		"HTML with 200":         html,
		"a body cut off":        cut,
		"a connection cut off":  hangUp,
		"JSON cut off":          refuse(200, `{"@odata.deltaLink":"x","value":[{"id":"1"}`),
		"an empty body":         refuse(200, ``),
		"no value":              refuse(200, `{"@odata.deltaLink":"x"}`),
		"value is null":         refuse(200, `{"@odata.deltaLink":"x","value":null}`),
		"an error with 200":     refuse(200, `{"error":{"code":"UnknownError"}}`),
		"no link":               refuse(200, `{"value":[]}`),
		"an entry without id":   refuse(200, `{"@odata.deltaLink":"x","value":[{"displayName":"x"}]}`),
		"text that is no UTF-8": refuse(200, "{\"value\":[{\"id\":\"\xff\"}]}"),
		"more behind the page":  refuse(200, `{"@odata.deltaLink":"x","value":[]}{}`),
	} {
		t.Run(name, func(t *testing.T) {
			s, asked := flaky(t, fault, fault)
			source, clock := s.dial(t)
			page, err := source.UsersDelta(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			// net/http itself repeats a GET once when a used connection was cut, without a wait.
			if asked.Load() != 3 || len(clock.waited()) == 0 || page.Delta == "" {
				t.Errorf("asked %d times, waited %v, page %+v", asked.Load(), clock.waited(), page)
			}
		})
		t.Run(name+" for ever", func(t *testing.T) {
			s, _ := flaky(t, slices.Repeat([]http.HandlerFunc{fault}, 100)...)
			source, _ := s.dial(t)
			page, err := source.UsersDelta(t.Context(), "")
			if e := sourceError(t, err); !e.Passing || e.Message == "" || e.Hint == "" {
				t.Errorf("got %+v", e)
			}
			if page.Items != nil || source.Usage().Requests != defaultTries {
				t.Errorf("page %+v after %d requests", page, source.Usage().Requests)
			}
		})
	}
}

func TestANewConnectionAfterServiceUnavailable(t *testing.T) {
	var from []string
	note := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			from = append(from, r.RemoteAddr)
			next(w, r)
		}
	}
	s, _ := flaky(t, note(refuse(500, `{}`)), note(refuse(503, `{}`)), note(refuse(500, `{}`)))
	source, _ := s.dial(t)
	if _, err := source.UsersDelta(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if from[0] != from[1] || from[1] == from[2] {
		t.Errorf("requests came from %v: the first two should share a connection, the third not", from)
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	refused := refuse(401, `{"error":{"code":"InvalidAuthenticationToken"}}`, "WWW-Authenticate", "Bearer claims=unquoted")
	s, asked := flaky(t, refused)
	source, _ := s.dial(t)
	if _, err := source.UsersDelta(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if s.tokens != 2 || asked.Load() != 2 {
		t.Errorf("%d tokens, %d requests; want 2 and 2", s.tokens, asked.Load())
	}

	s, asked = flaky(t, refused, refused, refused)
	source, _ = s.dial(t)
	_, err := source.UsersDelta(t.Context(), "")
	if e := sourceError(t, err); e.Code != "InvalidAuthenticationToken" || e.Passing || asked.Load() != 2 {
		t.Errorf("got %+v after %d requests", e, asked.Load())
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	s, asked := flaky(t, slices.Repeat([]http.HandlerFunc{refuse(429, `{}`, "Retry-After", "600")}, 9)...)
	source, _ := s.dial(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := source.UsersDelta(ctx, "")
	e := sourceError(t, err)
	if e.Code != codeThrottled || !e.Passing || asked.Load() != 1 {
		t.Errorf("got %+v after %d requests: a wait beyond the deadline is not begun", e, asked.Load())
	}
}

func TestCancelStopsARequestUnderWay(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newStub(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	source, _ := s.dial(t)
	_, err := source.UsersDelta(ctx, "")
	if e := sourceError(t, err); !errors.Is(err, context.Canceled) || e.Code != codeCancelled {
		t.Errorf("got %+v", e)
	}
}

func TestAnAttemptHasATimeLimit(t *testing.T) {
	s := newStub(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	clock := newFakeClock()
	dialer := clock.dialer(s.rootPool())
	dialer.Limits = Limits{Try: 100 * time.Millisecond, Tries: 2}
	_, err := dial(t, dialer, s.connection()).UsersDelta(t.Context(), "")
	if e := sourceError(t, err); e.Code != codeTimeout || !e.Passing {
		t.Errorf("got %+v", e)
	}
}

func TestRunsGiveWayToOthers(t *testing.T) {
	var priorities []string
	var s *stub
	s = newStub(t, func(w http.ResponseWriter, r *http.Request) {
		priorities = append(priorities, r.Header.Get("x-ms-throttle-priority"))
		reply(w, http.StatusOK, fmt.Sprintf(emptyRound, s.URL))
	})
	source, _ := s.dial(t)
	if _, err := source.UsersDelta(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	newFakeClock().dialer(s.rootPool()).Test(t.Context(), s.connection())
	if priorities[0] != "low" || slices.Contains(priorities[1:], "low") {
		t.Errorf("priorities %q: low for the run alone", priorities)
	}
}
