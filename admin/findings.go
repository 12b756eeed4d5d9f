package admin

import (
	"context"
	"fmt"
	"strings"

	"scimbridge/models"
	"scimbridge/store"
)

func (a *api) ListFindings(ctx context.Context, r ListFindingsRequestObject) (ListFindingsResponseObject, error) {
	page, err := readPage(r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	query := store.FindingQuery{Limit: page.limit + 1}
	if query.After, err = page.afterFinding(); err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, r.Directory)
	if err != nil {
		return nil, err
	}
	rows, err := a.Store.Findings(ctx, d.ID, query)
	if err != nil {
		return nil, err
	}
	items, next := cut(page, rows, func(f models.Finding) string { return fmt.Sprintf("%s %s %s", f.Kind, f.ID, f.OtherID) }, showFinding)
	return ListFindings200JSONResponse{Items: items, NextCursor: next}, nil
}

// afterFinding is the key of the list of findings.
func (p pageRequest) afterFinding() (models.Finding, error) {
	if p.after == "" {
		return models.Finding{}, nil
	}
	parts := strings.Split(p.after, " ")
	if len(parts) != 3 || len(onlyIDs(parts[1:])) != 2 {
		return models.Finding{}, badCursor()
	}
	return models.Finding{Kind: models.FindingKind(parts[0]), ID: parts[1], OtherID: parts[2]}, nil
}

func showFinding(f models.Finding) Finding {
	return Finding{
		Kind: FindingKind(f.Kind), ID: f.ID, UserName: f.UserName, OtherID: f.OtherID, OtherUserName: f.OtherUserName,
		OtherEntraObjectID: optional(f.OtherObjectID), Matching: f.Matching, Hint: hintOf(f),
	}
}

// hintOf says what to do about a finding.
func hintOf(f models.Finding) string {
	if f.Kind == models.PossibleRehire {
		return "The person may have left and come back. They have a new account in Entra, and so a new id and no membership of before; give the product both ids if it is to treat them as one."
	}
	return fmt.Sprintf("Push and pull have brought this person apart. Let Entra send the object id: map externalId to objectId in the provisioning application (then externalId is %s, and the two records join with the next push), or, if the userNames are e-mail addresses, set userNameFrom of the directory to mail.", f.OtherObjectID)
}
