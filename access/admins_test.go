package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"scimbridge/access"
	"scimbridge/models"
)

// issued knows admin tokens by their hashes.
type issued map[string]models.AdminToken

func (i issued) AdmitAdmin(_ context.Context, hash string) (models.AdminToken, error) {
	if t, known := i[hash]; known {
		return t, nil
	}
	return models.AdminToken{}, models.ErrUnauthorized
}

type nobody = issued

func TestIssuedTokensHaveTheRightsTheyWereIssuedWith(t *testing.T) {
	t.Parallel()
	const mine, other = "00000000-0000-7000-8000-00000000000a", "00000000-0000-7000-8000-00000000000b"
	for name, tc := range map[string]struct {
		token                                            models.AdminToken
		reads, writes, readsOther, creates, choosesHosts bool
	}{
		"everything":               {models.AdminToken{Access: models.WriteAccess}, true, true, true, true, true},
		"everything, read only":    {models.AdminToken{Access: models.ReadAccess}, true, false, true, false, false},
		"one directory":            {models.AdminToken{DirectoryID: mine, Access: models.WriteAccess}, true, true, false, false, false},
		"one directory, read only": {models.AdminToken{DirectoryID: mine, Access: models.ReadAccess}, true, false, false, false, false},
	} {
		text, hash := access.AdminToken.New()
		rights, err := access.NewAdmins("", issued{hash: tc.token}).Admit(context.Background(), text)
		if err != nil {
			t.Fatal(err)
		}
		got := []bool{rights.ReadsDirectory(mine), rights.WritesDirectory(mine), rights.ReadsDirectory(other), rights.CreatesDirectories(), rights.ChoosesHosts()}
		if want := []bool{tc.reads, tc.writes, tc.readsOther, tc.creates, tc.choosesHosts}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", name, got, want)
		}
		if rights.WritesDirectory(other) && !tc.creates || rights.ReadsDirectory("") && !tc.readsOther {
			t.Errorf("%s: reaches another directory", name)
		}
	}
}

func TestATokenOfAnotherKindIsNotLookedUp(t *testing.T) {
	t.Parallel()
	for _, kind := range []access.Kind{access.ScimToken, access.ClientSecret} {
		text, hash := kind.New()
		if _, err := access.NewAdmins("", issued{hash: {Access: models.WriteAccess}}).Admit(context.Background(), text); !errors.Is(err, models.ErrUnauthorized) {
			t.Errorf("%s signs an admin in: %v", kind, err)
		}
	}
}

func TestTheConfiguredTokenIsTheOperators(t *testing.T) {
	t.Parallel()
	admins := access.NewAdmins("correct horse battery staple", nobody{})
	rights, err := admins.Admit(context.Background(), "correct horse battery staple")
	if err != nil || !rights.Operator {
		t.Errorf("the operator gets %+v, %v", rights, err)
	}
	for _, token := range []string{"", "correct horse battery stapl", "correct horse battery staple ", "Correct horse battery staple"} {
		rights, err := admins.Admit(context.Background(), token)
		if !errors.Is(err, models.ErrUnauthorized) || rights != (access.Rights{}) {
			t.Errorf("%q gets %+v, %v", token, rights, err)
		}
	}
}

func TestWithoutAConfiguredTokenNobodyIsAdmitted(t *testing.T) {
	t.Parallel()
	if _, err := access.NewAdmins("", nobody{}).Admit(context.Background(), ""); !errors.Is(err, models.ErrUnauthorized) {
		t.Errorf("an empty token gets %v", err)
	}
}

func TestAdminsDoNotPrintTheToken(t *testing.T) {
	t.Parallel()
	if text := fmt.Sprintf("%+v %#v", access.NewAdmins("planted-token", nobody{}), access.NewAdmins("planted-token", nobody{})); strings.Contains(text, "planted") {
		t.Errorf("printed: %s", text)
	}
}

func TestNoRightsAllowNothing(t *testing.T) {
	t.Parallel()
	for name, rights := range map[string]access.Rights{"zero": {}, "none in the context": access.From(context.Background())} {
		if rights.ReadsDirectory("d") || rights.WritesDirectory("d") || rights.CreatesDirectories() || rights.ChoosesHosts() {
			t.Errorf("%s: %+v allow something", name, rights)
		}
	}
	if !access.From(access.With(context.Background(), access.Rights{Operator: true})).ChoosesHosts() {
		t.Error("rights are lost on the way to the handler")
	}
}
