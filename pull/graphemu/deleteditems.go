package graphemu

// The bin: /directory/deletedItems.
//
// Source: https://learn.microsoft.com/graph/api/directory-deleteditems-list

func listDeleted(kind ObjectType, all func(*directory) []ref) func(*call) (*answer, error) {
	return func(c *call) (*answer, error) {
		return c.list(listing{context: string(kind) + "s", kind: kind, everyone: func(d *directory) ([]ref, error) {
			var binned []ref
			for _, r := range all(d) {
				if d.objects[r].state == softDeleted {
					binned = append(binned, r)
				}
			}
			return binned, nil
		}})
	}
}

func allUsers(d *directory) []ref  { return d.users }
func allGroups(d *directory) []ref { return d.groups }

// getDeleted finds a user or group in the bin by id.
func getDeleted(c *call) (*answer, error) {
	return c.one("", "directoryObjects", func(d *directory) (ref, error) {
		r, _, err := d.find(c.args["id"], softDeleted)
		return r, err
	})
}
