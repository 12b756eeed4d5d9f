package admin

import (
	"context"
	"fmt"
	"time"

	"scimbridge/models"
)

// warnings are what admins of directories should see to, by the directory's id.
func (a *api) warnings(ctx context.Context, directories ...models.Directory) (map[string][]Warning, error) {
	ids := make([]string, len(directories))
	for i, d := range directories {
		ids[i] = d.ID
	}
	settings, err := a.Store.GraphSettingsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, err := a.Store.Now(ctx)
	if err != nil {
		return nil, err
	}
	storms, err := a.Store.StormsToTell(ctx, ids, now.Add(-stormsAreTold))
	if err != nil {
		return nil, err
	}
	warnings := make(map[string][]Warning)
	for _, s := range storms {
		warnings[s.DirectoryID] = append(warnings[s.DirectoryID], stormWarning(s))
	}
	for _, s := range settings {
		if w, is := endWarning(s, now.Time()); is {
			warnings[s.DirectoryID] = append(warnings[s.DirectoryID], w)
		}
	}
	return warnings, nil
}

// endWarning warns of a credential that ends, as long as it is not replaced.
func endWarning(s models.GraphSettings, now time.Time) (Warning, bool) {
	ends := s.CredentialEndsAt.Time()
	_, due := models.ExpiryWarning(ends, time.Time{}, now)
	if !due {
		return Warning{}, false
	}
	what := map[models.CredentialKind]string{models.CertificateCredential: "certificate"}[s.Credential]
	if what == "" {
		what = "client secret"
	}
	w := Warning{Kind: "credential-ends", At: &ends}
	ended := "ends on " + ends.Format(time.DateOnly)
	if !now.Before(ends) {
		w.Kind, ended = "credential-ended", "ended on "+ends.Format(time.DateOnly)+", and no pull runs any more"
	}
	w.Message = fmt.Sprintf("The %s that signs in to Microsoft Graph %s. Make a new one under Certificates & secrets of the app registration, and enter it in the Graph settings.", what, ended)
	return w, true
}
