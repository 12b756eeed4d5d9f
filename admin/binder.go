package admin

import (
	"io"
	"mime"
	"strings"

	"github.com/labstack/echo/v4"
)

// strictBinder reads bodies strictly. Echo's own would take unknown members, and mix
// path and query into the body.
type strictBinder struct{}

// Bind answers io.EOF for an empty body, by which the generated code knows that an
// optional one was left out.
func (strictBinder) Bind(into any, c echo.Context) error {
	r := c.Request()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return io.EOF
	}
	if declared := r.Header.Get(echo.HeaderContentType); !isJSON(declared) {
		return problem{kind: unsupportedMedia, field: echo.HeaderContentType, detail: "Send the header Content-Type: application/json."}
	}
	return decode(body, into)
}

// isJSON takes application/json, and its kin such as application/merge-patch+json.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json"))
}
