package admin_test

import (
	"regexp"
	"strings"
	"testing"

	"scimbridge/store"
	"scimbridge/store/storetest"
)

func TestTheReferenceShowsEveryOperationAndNeedsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	b := newBridge(t, storetest.Open(t, storetest.SQLite(t), store.Options{}))
	got := b.must(t, 200, "GET", "/api/v1/reference", "", token(""))
	page := string(got.body)
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("served with %v", got.header)
	}
	for _, o := range b.operations(t) {
		if !strings.Contains(page, `id="`+strings.ToLower(o.id)+`"`) || !strings.Contains(page, o.path) {
			t.Errorf("%s is not on the page", o.id)
		}
	}
	if foreign := regexp.MustCompile(`(?i)<script|src=|<link|url\(|@import`).FindString(page); foreign != "" {
		t.Errorf("the page has %q", foreign)
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+link[1]+`"`) {
			t.Errorf("a link leads to #%s, which is not there", link[1])
		}
	}
}
