package store

import (
	"strings"
	"testing"

	"posthorn/internal/ramdir"
)

// What is done for each message finds its rows by an index, however much the account
// has: otherwise a change of 10,000 messages takes half a minute.
func TestPlans(t *testing.T) {
	s := openIn(t, ramdir.New(t))
	for _, q := range []struct {
		text string
		args int
	}{
		{jobsQuery("message"), 2}, {jobsQuery("made"), 2}, {lyingQuery, 4}, {eachJobQuery, 1}, {endItemQuery, 2}, {supersededQuery, 3}, {lastOpQuery, 2}, {alikeQuery, 3}, {aboutQuery, 2}, {freeQuery(namedAsIs), 3}, {freeQuery(namedMade), 3}, {nameQuery, 3},
	} {
		rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+q.text, []any{1, 1, 1, 1}[:q.args]...)
		if err != nil {
			t.Fatalf("%s: %v", q.text, err)
		}
		for n := 0; rows.Next(); n++ {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			first := n == 0 // of what is asked for there is one row, or one each
			switch {
			case detail == "SCAN i", detail == "SCAN CONSTANT ROW": // a union of two that were found, or none
			case strings.HasPrefix(detail, "SCAN v ") && first, strings.HasPrefix(detail, "SEARCH j ") && first:
			case strings.HasPrefix(detail, "SCAN"), strings.HasSuffix(detail, "(account=?)"), strings.Contains(detail, "items") && strings.HasSuffix(detail, "(job=?)"):
				t.Errorf("%s: %s", q.text, detail)
			}
		}
		rows.Close()
	}
}
