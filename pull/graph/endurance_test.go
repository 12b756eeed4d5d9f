package graph

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scimbridge/pull"
	"scimbridge/pull/graphemu"
)

func TestARunHasATimeLimit(t *testing.T) {
	o := newOffice(t, graphemu.Demo, small)
	o.dialer.Limits.Run = 10 * time.Minute
	o.emu.Inject(graphemu.Fault{Every: 2, Effect: graphemu.Throttle("50")})
	source := o.dial(t)
	started := o.clock.now()
	err := newCompany().tryRead(t, source)
	if e := sourceError(t, err); !e.Passing || e.Code != codeTimeout && e.Code != codeThrottled {
		t.Errorf("got %+v", e)
	}
	if took := o.clock.now().Sub(started); took > 10*time.Minute {
		t.Errorf("read for %v", took)
	}
	before := source.Usage().Requests
	_ = o.clock.wait(t.Context(), time.Hour)
	_, err = source.UsersDelta(t.Context(), "")
	if e := sourceError(t, err); e.Code != codeTimeout || source.Usage().Requests != before {
		t.Errorf("got %+v: nothing is asked once the time is over", e)
	}
}

// With the real clock: a run that waits for an hour stops when it is told to.
func TestCancelEndsAWaitAtOnce(t *testing.T) {
	s := newStub(t, refuse(429, `{}`, "Retry-After", "1200"))
	ctx, cancel := context.WithCancel(t.Context())
	dialer := &Dialer{Roots: s.rootPool()}
	dialer.Wait = func(ctx context.Context, d time.Duration) error {
		cancel()
		return waitFor(ctx, d)
	}
	started := time.Now()
	source := dial(t, dialer, s.connection())
	_, err := source.(pull.Presence).ReadUsers(ctx, []string{"00000000-0000-4000-8000-000000000001"})
	if e := sourceError(t, err); e.Code != codeCancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v", e)
	}
	if took := time.Since(started); took > time.Second {
		t.Errorf("stopped after %v", took)
	}
}

func TestCancelEndsRequestsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newStub(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does a server notice who hangs up
		cancel()
		<-r.Context().Done()
	})
	source, _ := s.dial(t)
	started := time.Now()
	_, err := scoper(source).ScopedGroups(ctx, strings.Fields(strings.Repeat("00000000-0000-4000-8000-000000000001 ", 9)), nil)
	if e := sourceError(t, err); e.Code != codeCancelled || time.Since(started) > time.Second {
		t.Errorf("got %+v after %v", e, time.Since(started))
	}
}

func TestHiddenPropertiesAreNoAnswer(t *testing.T) {
	o := newOffice(t, graphemu.Demo, small)
	ids, _ := o.missing(t)
	o.emu.Inject(graphemu.Fault{Effect: graphemu.Null("accountEnabled")})
	source := o.dial(t)
	page, delta := source.UsersDelta(t.Context(), "")
	scoped, lists := scoper(source).ScopedUsers(t.Context(), ids)
	for _, err := range []error{delta, lists} {
		if e := sourceError(t, err); e.Code != codeNulls || e.Passing || !strings.Contains(e.Hint, "is granted") {
			t.Errorf("got %+v", e)
		}
	}
	if page.Items != nil || page.Next != "" || scoped.Items != nil {
		t.Error("a part of the answer was handed on")
	}
}

func TestHiddenPropertiesNameTheMissingPermission(t *testing.T) {
	user := `{"id":"00000000-0000-4000-8000-000000000001","userPrincipalName":"ann@contoso.example","accountEnabled":null}`
	for n, isHidden := range map[int]bool{fewUsers - 1: false, fewUsers: true} {
		var s *stub
		s = newStub(t, func(w http.ResponseWriter, _ *http.Request) {
			users := strings.TrimSuffix(strings.Repeat(user+",", n), ",")
			reply(w, http.StatusOK, `{"value":[`+users+`],"@odata.deltaLink":"`+s.URL+`/v1.0/users/delta?$deltatoken=1"}`)
		})
		s.roles = []string{"User.ReadBasic.All"}
		source, _ := s.dial(t)
		_, err := source.UsersDelta(t.Context(), "")
		if !isHidden {
			if err != nil {
				t.Errorf("%d users: %v", n, err)
			}
			continue
		}
		if e := sourceError(t, err); e.Code != codeNulls || !strings.Contains(e.Hint, "User.Read.All") || strings.Contains(e.Hint, "is granted") {
			t.Errorf("got %+v", e)
		}
	}
}

// Whatever happens to a batch as a whole happens to its parts.
func TestABatchSurvivesEveryPassingFault(t *testing.T) {
	for name, effect := range map[string]graphemu.Effect{
		"throttled":            graphemu.Throttle("7"),
		"unavailable":          graphemu.Unavailable(""),
		"HTML with 200":        graphemu.HTML(200),
		"cut off":              graphemu.CutBody(),
		"the JSON is cut":      graphemu.TruncateJSON(),
		"another content type": graphemu.ContentType("text/plain"),
		"closed":               graphemu.CloseConnection(),
		"the token is refused": graphemu.Refuse(401, "InvalidAuthenticationToken", "Access token has expired."),
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, graphemu.Demo, graphemu.Config{})
			ids, _ := o.missing(t)
			include := []string{o.tenant.Groups()[0].ID, o.tenant.Groups()[5].ID}
			want, err := scoper(o.dial(t)).ScopedGroups(t.Context(), include, nil)
			o.must(t, err)
			people, err := presence(o.dial(t)).ReadUsers(t.Context(), ids)
			o.must(t, err)
			o.dialer = o.clock.dialer(o.dialer.Roots) // a gate of its own
			o.dialer.Limits.Parallel = 1              // so that no request is refused twice by chance
			o.emu.Inject(graphemu.Fault{Route: "POST /$batch", Every: 2, Effect: effect})
			got, err := scoper(o.dial(t)).ScopedGroups(t.Context(), include, nil)
			o.must(t, err)
			again, err := presence(o.dial(t)).ReadUsers(t.Context(), ids)
			o.must(t, err)
			ignoreTimes := cmpopts.IgnoreTypes(time.Time{})
			if diff := gocmp.Diff(want, got, ignoreTimes); diff != "" {
				t.Errorf("the scope differs:\n%s", clip(diff))
			}
			if diff := gocmp.Diff(people, again, ignoreTimes); diff != "" {
				t.Errorf("users differ:\n%s", clip(diff))
			}
		})
	}
}
