package scim

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	scimJSON  = "application/scim+json"
	plainJSON = "application/json"
)

// readBody takes both media types, with charset, and a body without one (fact
// sheet 1.5).
func (c *call) readBody(w http.ResponseWriter, r *http.Request, limit int64) error {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return err
	}
	tooLarge := failure(http.StatusRequestEntityTooLarge, "",
		"The request body is larger than the limit of %d bytes; send several requests", limit)
	if r.ContentLength > limit {
		return tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge
	case err != nil:
		return syntaxError("the body could not be read to its end: it was cut off or too slow")
	}
	c.body = body
	return nil
}

func checkContentType(header string) error {
	if header == "" {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(header)
	charset := parameters["charset"]
	if err == nil && (kind == scimJSON || kind == plainJSON) && (charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8")) {
		return nil
	}
	return failure(http.StatusUnsupportedMediaType, "", "Content-Type %q is not understood; send %s in UTF-8", header, scimJSON)
}

// answer is a response before it is written.
type answer struct {
	status   int
	body     []byte // nil: none
	location string
	etag     string
	allow    string
	// Of an error, for the request log.
	scimType, detail string
}

// lineEnd follows a body: it is JSON all the same, and a terminal stays readable.
const lineEnd = "\n"

// write is the only place that sets headers of an answer.
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("Location", a.location)
	set("ETag", a.etag)
	set("Allow", a.allow)
	if a.location != "" && a.status == http.StatusOK {
		h.Set("Content-Location", a.location)
	}
	if a.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="scim"`) // demand 13
	}
	if a.body != nil {
		h.Set("Content-Type", mediaType(r.Header.Values("Accept"))+"; charset=utf-8")
		h.Set("Content-Length", strconv.Itoa(len(a.body)+len(lineEnd)))
	}
	w.WriteHeader(a.status)
	if a.body != nil && r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // nobody is left to be told
		_, _ = io.WriteString(w, lineEnd)
	}
}

// mediaType is SCIM's own unless the client asks for plain JSON and nothing else
// that would do (demands 4 and 5).
func mediaType(accept []string) string {
	all := strings.ToLower(strings.Join(accept, ","))
	if strings.Contains(all, plainJSON) && !strings.Contains(all, scimJSON) {
		return plainJSON
	}
	return scimJSON
}
