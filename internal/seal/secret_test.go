package seal_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"scimbridge/internal/seal"
)

type config struct{ ClientSecret seal.Secret }

func TestASecretDoesNotPrintItself(t *testing.T) {
	c := config{ClientSecret: "hunter2"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{c, &c, c.ClientSecret, []seal.Secret{"hunter2"}, map[string]seal.Secret{"a": "hunter2"}} {
			checkHidden(t, verb, fmt.Sprintf(verb, value))
		}
	}
	checkHidden(t, "an error", fmt.Errorf("sign-in with %v failed", c).Error())
	checkHidden(t, "JSON", mustJSON(t, c))
}

func TestASecretDoesNotLogItself(t *testing.T) {
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(handler).Info("start", "secret", seal.Secret("hunter2"), "config", config{"hunter2"})
	}
	checkHidden(t, "the log", out.String())
}

func TestASecretIsNotStoredUnsealed(t *testing.T) {
	if _, err := driver.DefaultParameterConverter.ConvertValue(seal.Secret("hunter2")); err == nil {
		t.Error("a database takes it")
	}
}

func TestASecretIsReadAndRevealed(t *testing.T) {
	var c config
	if err := json.Unmarshal([]byte(`{"ClientSecret":"hunter2"}`), &c); err != nil {
		t.Fatal(err)
	}
	if got := c.ClientSecret.Reveal(); got != "hunter2" {
		t.Errorf("Reveal() = %q", got)
	}
}

func checkHidden(t *testing.T, where, text string) {
	t.Helper()
	if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e746572") {
		t.Errorf("%s shows the secret: %s", where, text)
	}
	if !strings.Contains(text, "redacted") {
		t.Errorf("%s does not say that something is hidden: %s", where, text)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
