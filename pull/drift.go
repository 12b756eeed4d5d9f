package pull

import (
	"scimbridge/models"
	"scimbridge/reconcile"
)

// noteDrift counts what a round found different from what push had said, and stores it
// with the run. What an admin decides is no drift.
func (w *round) noteDrift(tx desk, drift []models.Drift) error {
	if w.isLook || w.run.Decision != nil || len(drift) == 0 {
		return nil
	}
	for i := range drift {
		drift[i].DirectoryID, drift[i].RunID, drift[i].At = w.directory.ID, w.run.ID, w.at
	}
	w.run.Counts.Drift += len(drift)
	return tx.AppendDrift(drift)
}

// driftOfList is the drift that a group's complete list shows.
func driftOfList(g models.Group, steps []reconcile.EdgeStep, known ends) []models.Drift {
	var drift []models.Drift
	for _, s := range steps {
		if d, is := reconcile.DriftOfEdge(s, reconcile.EndsOf(g.End(), known.byID[s.After.MemberID])); is {
			drift = append(drift, d)
		}
	}
	return drift
}

// outweighed is the drift in edges of which push has spoken, and that a completed round
// decides otherwise.
func outweighed(steps []reconcile.EdgeStep) []models.Drift {
	var drift []models.Drift
	for _, s := range steps {
		kind := models.MissedMember
		switch {
		case s.After.PushSays == models.Unsaid || !s.Added() && !s.Ended():
			continue
		case s.Ended():
			kind = models.StaleMember
		}
		drift = append(drift, models.Drift{
			Kind: kind, RecordID: s.After.GroupID, MemberID: models.Optional(s.After.MemberID),
			PushAt: s.After.PushAt, Healed: true,
		})
	}
	return drift
}
