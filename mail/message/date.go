package message

import (
	"strconv"
	"strings"
	"time"
)

// ParseDate reads a date of RFC 5322, section 3.3, or of its forerunners, and
// what mail makes of them: two-digit years, missing seconds, names of zones,
// comments, dashes. It returns the zero time where that is no date.
func ParseDate(s string) time.Time {
	var d dateParts
	for f := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' }) {
		if f[0] == '(' {
			break
		}
		d.take(f)
	}
	return d.time()
}

type dateParts struct {
	day, year, hour, min, sec int
	month                     time.Month
	clock, zoned              bool
	offset                    int // seconds east of UTC
}

// take gives one word of a date its meaning.
func (d *dateParts) take(f string) {
	switch {
	case f[0] >= '0' && f[0] <= '9' && (strings.Contains(f, ":") || d.day != 0 && isDotted(f)):
		if i := strings.IndexAny(f, "+-"); i > 0 {
			d.takeClock(f[:i])
			d.takeOffset(f[i:])
			return
		}
		d.takeClock(f)
	case d.clock && (f[0] == '+' || f[0] == '-') && !d.zoned:
		d.takeOffset(f)
	case f[0] >= '0' && f[0] <= '9':
		if strings.Contains(f, "-") {
			for part := range strings.SplitSeq(f, "-") {
				if part != "" {
					d.take(part)
				}
			}
			return
		}
		d.takeNumber(f)
	default:
		d.takeName(f)
	}
}

func (d *dateParts) takeClock(f string) {
	if d.clock {
		return
	}
	if isDotted(f) {
		f = strings.ReplaceAll(f, ".", ":")
	}
	parts := strings.Split(f, ":")
	nums := [3]int{}
	for i := range min(len(parts), 3) {
		p, _, _ := strings.Cut(parts[i], ".")
		nums[i], _ = strconv.Atoi(p)
	}
	d.hour, d.min, d.sec, d.clock = nums[0], nums[1], nums[2], true
}

// isDotted reports whether a word is a time with dots, as "10.00.00".
func isDotted(f string) bool {
	parts := strings.Split(f, ".")
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 60 || len(p) > 2 {
			return false
		}
	}
	return len(parts) == 3
}

// takeOffset reads an offset as +0200; some programs leave out the first zero,
// or the minutes.
func (d *dateParts) takeOffset(f string) {
	f, _, _ = strings.Cut(strings.ReplaceAll(f, ":", ""), "(")
	if d.zoned || len(f) < 2 || f[0] != '+' && f[0] != '-' {
		return
	}
	n, err := strconv.Atoi(f[1:])
	if err != nil || len(f) > 5 {
		return
	}
	if len(f) <= 3 {
		n *= 100
	}
	d.offset, d.zoned = (n/100*60+n%100)*60, true
	if f[0] == '-' {
		d.offset = -d.offset
	}
}

func (d *dateParts) takeNumber(f string) {
	n, err := strconv.Atoi(f)
	switch {
	case err != nil:
	case d.day == 0 && n <= 31:
		d.day = n
	case d.year == 0:
		switch {
		case len(f) == 2 && n < 50:
			n += 2000
		case len(f) <= 3:
			n += 1900
		}
		d.year = n
	}
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

func (d *dateParts) takeName(f string) {
	low := strings.ToLower(f)
	if len(low) >= 3 {
		if i := strings.Index(monthNames, low[:3]); i >= 0 && i%3 == 0 && d.month == 0 {
			d.month = time.Month(i/3 + 1)
			return
		}
	}
	if !d.clock || d.zoned {
		return
	}
	zones := map[string]int{"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "met": 1, "mest": 2, "msk": 3, "jst": 9}
	if i := strings.IndexAny(low, "+-"); i > 0 { // GMT+0200, UTC+02:00
		d.takeOffset(low[i:])
		low = low[:i]
	}
	switch h, ok := zones[low]; {
	case low == "pm" && d.hour < 12:
		d.hour += 12
	case low == "am" && d.hour == 12:
		d.hour = 0
	case ok && !d.zoned:
		d.offset, d.zoned = h*3600, true
	}
}

func (d *dateParts) time() time.Time {
	if d.day < 1 || d.month == 0 || d.year < 1 || d.year > 9999 || d.hour > 24 || d.min > 59 || d.sec > 60 || d.hour < 0 {
		return time.Time{}
	}
	if d.offset < -24*3600 || d.offset > 24*3600 {
		d.offset = 0
	}
	zone := time.UTC
	if d.offset != 0 {
		zone = time.FixedZone("", d.offset)
	}
	return time.Date(d.year, d.month, d.day, d.hour, d.min, d.sec, 0, zone)
}
