package graphemu

// The operations on /users.

// everyoneLiving filters the living out of a list kept in order of creation.
func everyoneLiving(d *directory, refs []ref) []ref {
	there := make([]ref, 0, len(refs))
	for _, r := range refs {
		if d.objects[r].state == living {
			there = append(there, r)
		}
	}
	return there
}

func livingUsers(d *directory) ([]ref, error) { return everyoneLiving(d, d.users), nil }

func listUsers(c *call) (*answer, error) {
	return c.list(listing{context: "users", kind: TypeUser, everyone: livingUsers})
}

func countUsers(c *call) (*answer, error) {
	return c.count(listing{kind: TypeUser, everyone: livingUsers})
}

func getUser(c *call) (*answer, error) {
	return c.one(TypeUser, "users", func(d *directory) (ref, error) {
		r, _, err := d.findUser(c.args["id"])
		return r, err
	})
}

// getManager answers 404 where there is no manager, or only one in the bin.
func getManager(c *call) (*answer, error) {
	return c.one("", "directoryObjects", func(d *directory) (ref, error) {
		_, o, err := d.findUser(c.args["id"])
		if err != nil {
			return 0, err
		}
		if !d.isLiving(o.manager) {
			return 0, notFound("manager")
		}
		return o.manager, nil
	})
}

func listDirectReports(c *call) (*answer, error) {
	return c.list(listing{context: "directoryObjects", everyone: func(d *directory) ([]ref, error) {
		r, _, err := d.findUser(c.args["id"])
		return d.reports(r), err
	}})
}

// listMemberOf answers /memberOf and /transitiveMemberOf of a user or a group.
func listMemberOf(find func(*directory, string) (ref, *object, error), groups func(*directory, ref) []ref) func(*call) (*answer, error) {
	return func(c *call) (*answer, error) {
		return c.list(c.cast(listing{context: "directoryObjects", everyone: func(d *directory) ([]ref, error) {
			r, _, err := find(d, c.args["id"])
			if err != nil {
				return nil, err
			}
			return groups(d, r), nil
		}}))
	}
}

// count answers a $count segment, which is text and an advanced query.
func (c *call) count(l listing) (*answer, error) {
	if !c.eventually() {
		return nil, badRequest("$count is not currently supported without the header ConsistencyLevel: eventual.")
	}
	keep, _, err := c.restrictions(l)
	if err != nil {
		return nil, err
	}
	a := newAnswer(200)
	c.tenant.read(&c.tenant.lists, func(d *directory) {
		var everyone []ref
		if everyone, err = l.everyone(d); err == nil {
			a.body = appendInt(a.body, countKept(d, everyone, keep))
		}
	})
	if err != nil {
		a.release()
		return nil, err
	}
	a.header.Set("Content-Type", "text/plain;charset=utf-8")
	return a, nil
}
