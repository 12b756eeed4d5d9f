package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"scimbridge/access"
	"scimbridge/models"
)

func TestTheConfiguredTokenIsTheOperators(t *testing.T) {
	t.Parallel()
	admins := access.NewAdmins("correct horse battery staple")
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
	if _, err := access.NewAdmins("").Admit(context.Background(), ""); !errors.Is(err, models.ErrUnauthorized) {
		t.Errorf("an empty token gets %v", err)
	}
}

func TestAdminsDoNotPrintTheToken(t *testing.T) {
	t.Parallel()
	if text := fmt.Sprintf("%+v %#v", access.NewAdmins("planted-token"), access.NewAdmins("planted-token")); strings.Contains(text, "planted") {
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
