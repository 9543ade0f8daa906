package render

import (
	"strings"
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	for in, want := range map[string]string{
		"DTSTART:20261104T090000Z\nDTEND:20261104T100000Z":                 "Wed, 4 Nov 2026 11:00–12:00 +0200",
		"DTSTART:20261104T230000Z\nDTEND:20261106T100000Z":                 "Thu, 5 Nov 2026 01:00 to Fri, 6 Nov 2026 12:00 +0200",
		"DTSTART;VALUE=DATE:20261104\nDTEND;VALUE=DATE:20261105":           "Wed, 4 Nov 2026, all day",
		"DTSTART;VALUE=DATE:20261104\nDTEND;VALUE=DATE:20261106":           "Wed, 4 Nov 2026 to Thu, 5 Nov 2026, all day",
		"DTSTART;TZID=FLE Standard Time:20261104T090000":                   "Wed, 4 Nov 2026 09:00 (FLE Standard Time)",
		"DTSTART;TZID=UTC:20261104T090000\nDTEND;TZID=UTC:20261104T093000": "Wed, 4 Nov 2026 11:00–11:30 +0200",
		"DTSTART;TZID=../../etc/passwd:20261104T090000":                    "Wed, 4 Nov 2026 09:00 (../../etc/passwd)",
		"DTSTART:soon": "",
	} {
		c := readCalendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + in + "\nEND:VEVENT\nEND:VCALENDAR\n")
		if len(c.events) != 1 {
			t.Fatalf("%q holds %d events", in, len(c.events))
		}
		if got := c.events[0].when(zone); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestRepeats(t *testing.T) {
	for in, want := range map[string]string{
		"FREQ=DAILY;COUNT=3":                 "every day, 3 times",
		"FREQ=WEEKLY;INTERVAL=2":             "every 2 weeks",
		"FREQ=YEARLY;UNTIL=20281231T000000Z": "every year, until 31 Dec 2028",
		"FREQ=SOMETIMES":                     "FREQ=SOMETIMES",
	} {
		if got := (event{"RRULE": {{value: in}}}).repeats(); got != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add("BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:a\\nb\nDTSTART;TZID=\"x:y\":20260101T000000\nATTENDEE;CN=\"a;b\":mailto:c\nEND:VEVENT")
	f.Add("END:X\nBEGIN:VCALENDAR\nBEGIN:VTODO\nDUE:99999999\nRRULE:FREQ=DAILY;UNTIL=1\n x\nDESCRIPTION:\x1b[2J")
	f.Fuzz(func(t *testing.T, s string) {
		r := newRenderer(Options{Width: 30})
		r.calendar(s, true)
		check(t, "fuzz", r.doc, 30)
		if n := strings.Count(s, "\n") + 20; len(r.doc.Lines) > 100*n+len(s) {
			t.Errorf("%d lines of %d octets", len(r.doc.Lines), len(s))
		}
	})
}
