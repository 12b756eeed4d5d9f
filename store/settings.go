package store

import (
	"sync"

	"scimbridge/models"
)

// settingsRead remembers what the settings of directories said when they were last read:
// every request is let in by them, and to read the text takes as long as to look it up.
type settingsRead struct {
	byDirectory sync.Map // id to settingsText
}

type settingsText struct {
	text     string
	settings models.Settings
}

// read answers what a text says. Whoever is answered shares it, and must not change it.
func (r *settingsRead) read(directoryID, text string) (models.Settings, error) {
	if last, known := r.byDirectory.Load(directoryID); known && last.(settingsText).text == text {
		return last.(settingsText).settings, nil
	}
	var settings models.Settings
	if err := settings.Scan(text); err != nil {
		return models.Settings{}, err
	}
	r.byDirectory.Store(directoryID, settingsText{text, settings})
	return settings, nil
}
