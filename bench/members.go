package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
)

// groupSizes are the groups to which members are added. They cannot hold more than all.
var groupSizes = []int{10, 10_000, 100_000}

// additions is how many members are added to each.
const additions = 150

// memberSpread and memberLimit are what adding one may cost in a large group.
const (
	memberSpread = 1.5
	memberLimit  = 5.0 // ms
)

// sized is a group with so many members.
type sized struct {
	id      string
	members int
}

// fillGroups makes the groups of which members are added, as far as there are people.
func (d database) fillGroups(ctx context.Context, p population) ([]sized, error) {
	var groups []sized
	first := marker(p.users) // beyond those of populate, which are fewer than people
	err := d.do(ctx, func(conn *pgx.Conn) error {
		f := filler{conn: conn, tenancy: p.tenancy}
		if err := conn.QueryRow(ctx, `SELECT group_id, member_id FROM memberships WHERE directory_id = $1 AND member_id =
			(SELECT id FROM users WHERE directory_id = $1 AND user_name = $2)`, p.id, userName(prototypeMarker)).
			Scan(&f.group, &f.user); err != nil {
			return err
		}
		for i, size := range groupSizes {
			if size > p.users {
				continue
			}
			g := sized{groupID(first + marker(i)), size}
			if err := f.copyGroup(ctx, first+marker(i)); err != nil {
				return err
			}
			if err := f.edges(ctx, "user", `SELECT $5 AS g, $6 || lpad(i::text, 12, '0') AS m FROM generate_series(1, $7::int) i`,
				g.id, userIDPrefix, size); err != nil {
				return err
			}
			groups = append(groups, g)
		}
		return nil
	})
	return groups, err
}

func (f filler) copyGroup(ctx context.Context, m marker) error {
	return f.exec(ctx, "copy a group", `INSERT INTO groups SELECT (made).* FROM (
		SELECT replace(replace(p::text, $2::text, $3), $4, $5)::groups AS made
		FROM groups p WHERE p.directory_id = $1 AND p.id = $2::uuid OFFSET 0) copies`,
		f.tenancy.id, f.group, groupID(m), prototypeMarker.String(), m.String())
}

// addMembers adds people one by one, to every group in turn, so that all meet the same
// neighbours.
func (b *bench) addMembers(ctx context.Context, p population, groups []sized) error {
	c, err := dial(ctx, p.tenancy)
	if err != nil {
		return err
	}
	defer c.close()
	took := make([][]time.Duration, len(groups))
	next := marker(p.users)
	for range additions {
		for i, g := range groups {
			next++
			started := time.Now()
			if _, err := c.send(p.addMember(g.id, userID(next)), http.StatusNoContent, false); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(started))
		}
	}
	smallest := median(took[0])
	for i, g := range groups {
		typical := median(took[i])
		ms := float64(typical.Microseconds()) / 1000
		f := figure{name: fmt.Sprintf("add one member to %s", number(g.members)), ours: milliseconds(typical), budget: under(ms, memberLimit, "ms")}
		b.report.add(f)
		if i > 0 {
			spread := float64(typical) / float64(smallest)
			b.report.add(figure{name: fmt.Sprintf("… %s to %s members", number(groups[0].members), number(g.members)), ratio: spread, budget: atMost(spread, memberSpread)})
		}
	}
	return ctx.Err()
}
