package cache

import (
	"strings"
	"testing"
)

// What is done for each message finds its rows by an index: otherwise the cost
// of a mailbox grows with the square of its size.
func TestPlans(t *testing.T) {
	db := open(t)
	for _, q := range []string{adoptQuery, joinQuery, joinIDQuery, sizeQuery, keptQuery} {
		args := []any{1, 1}[:min(strings.Count(q, "?"), 2)]
		rows, err := db.read.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q, args...)
		must(t, err)
		for rows.Next() {
			var id, parent, unused int
			var detail string
			must(t, rows.Scan(&id, &parent, &unused, &detail))
			if strings.HasPrefix(detail, "SCAN") {
				t.Errorf("%s: %s", q, detail)
			}
		}
		rows.Close()
	}
}
