package graph

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// odataError is the body of a refusal (section 4.1). The SDK's own type panics when
// the message is missing (section 6.7), and fails on a body that is not JSON.
type odataError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// refusal explains an answer that is not 2xx, by its status first (section 4.1).
func refusal(resp *http.Response, now time.Time) *fault {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	var said odataError
	_ = json.Unmarshal(body, &said) // HTML of a proxy leaves it empty
	f := refused(resp.StatusCode, said)
	f.request = resp.Header.Get("request-id")
	f.after = retryAfter(resp.Header, now)
	if location, err := resp.Location(); err == nil && f.code == codeRedirect {
		f.message = "instead of Graph's answer there was a redirect to " + location.Host
	}
	return f
}

// refused is the same for a part of a batch, which has a status and a body only.
func refused(status int, said odataError) *fault {
	f := &fault{status: status, code: said.Error.Code, nature: natureOf(status)}
	if !aCode.MatchString(f.code) {
		f.code = codeWithout(status)
	}
	f.message = "Microsoft Graph answered " + strconv.Itoa(status)
	if text := oneLine(said.Error.Message); text != "" {
		f.message += ": " + text
	}
	f.hint = hintFor(status)
	return f
}

// aCode is what a code looks like; anything else is somebody's text.
var aCode = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)

// natureOf is the table of section 4.2, by status.
func natureOf(status int) nature {
	switch status {
	case http.StatusTooManyRequests:
		return throttled
	case http.StatusUnauthorized:
		return unauthorized
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout, 509: // Bandwidth Limit Exceeded
		return passing
	}
	return lasting
}

// codeWithout names an answer that has no code of its own.
func codeWithout(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return codeThrottled
	case status == http.StatusUnauthorized:
		return codeUnauthorized
	case status >= 300 && status < 400:
		return codeRedirect
	case status >= 500 && status != http.StatusNotImplemented:
		return codeUnavailable
	}
	return "status-" + strconv.Itoa(status)
}

func hintFor(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "Microsoft limits how much an application may read. Run it again later, and see whether something else reads the tenant with the same application."
	case status >= 300 && status < 400, status == http.StatusProxyAuthRequired:
		return "A proxy or sign-in portal stands between this server and Graph. Let the host of Graph pass."
	case status >= 500 && status != http.StatusNotImplemented:
		return "Usually this passes. Look at the service health in the Microsoft 365 admin center if it does not."
	}
	return "Check the cloud and the hosts in the Graph settings; if they are right, report this with the code."
}

// retryAfter reads seconds, whole or not, or a date (RFC 9110, section 10.2.3). A
// fraction is rounded up: the SDK cut it off and did not wait at all (section 6.4).
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return wholeSeconds(seconds)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	// The sender's own clock, where it is shown, rather than ours.
	if sent, err := http.ParseTime(header.Get("Date")); err == nil {
		now = sent
	}
	return wholeSeconds(at.Sub(now).Seconds())
}

func wholeSeconds(seconds float64) time.Duration {
	const most = 24 * 60 * 60
	if !(seconds > 0) { // NaN too
		return 0
	}
	if seconds > most {
		seconds = most
	}
	whole := time.Duration(seconds) * time.Second
	if whole.Seconds() < seconds {
		whole += time.Second
	}
	return whole
}

// oneLine makes a text of Microsoft's fit for a message: without the ids that follow
// it, storable, and not for ever.
func oneLine(text string) string {
	text = storable([]byte(text))
	for _, tail := range []string{"Trace ID:", "Correlation ID:", "Timestamp:"} {
		text, _, _ = strings.Cut(text, tail)
	}
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:300]) + "…"
	}
	return text
}
