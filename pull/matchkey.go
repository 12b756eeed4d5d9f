package pull

import "scimbridge/models"

// workMail is the attribute path of the e-mail that a directory may choose as its users'
// name.
const workMail = `emails[type eq "work"].value`

// keyed gives users the name that the directory matches by. Where that is the e-mail,
// somebody without one has no name, which is no word; an address that stands in for a
// missing mail is not a name either.
func (w *round) keyed(users []models.SourceUser) []models.SourceUser {
	if w.directory.Settings.UserNameFrom != "mail" {
		return users
	}
	for i := range users {
		users[i].UserName = ""
		if mail, has := users[i].Values[workMail].(string); has && users[i].MailFrom == "" {
			users[i].UserName = mail
		}
	}
	return users
}
