package store

import "scimbridge/models"

// PushedSeenSince lists the ids of users and groups of which push has spoken and
// that the pull has found to be what they are after since, in the order of the ids. Their
// edges may be decided otherwise by the next completed round.
func (tx *Tx) PushedSeenSince(since models.Instant, after string, limit int) ([]string, error) {
	var ids []string
	const seen = " WHERE directory_id = ? AND push_spoke_at > 0 AND pull_says = 'exists' AND pull_since > ? AND id > ?"
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	err := tx.db.Raw("SELECT id FROM users"+seen+" UNION ALL SELECT id FROM groups"+seen+" ORDER BY id LIMIT ?",
		tx.directoryID, since, after, tx.directoryID, since, after, limit).Scan(&ids).Error
	return ids, err
}
