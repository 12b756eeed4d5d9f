package reconcile

import "scimbridge/models"

// WithdrawPull takes back what the pull has said of attributes that it does not read any
// more: what push says of them shows, and what only the pull had said does not. It tells
// whether there was anything. That is no loss of the source, and waits for no guard.
func WithdrawPull(s *models.Standing, paths []string) bool {
	withdrawn := false
	for _, path := range paths {
		_, said := s.PullWords[path]
		_, held := s.HeldValues[path]
		withdrawn = withdrawn || said || held
		s.PullWords = without(s.PullWords, path)
		s.HeldValues = without(s.HeldValues, path)
	}
	return withdrawn
}
