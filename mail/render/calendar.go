package render

import (
	"fmt"
	"strings"
	"time"

	"posthorn/mail/safe"
)

const (
	maxEvents    = 10
	maxAttendees = 30
	maxStack     = 10 // objects within each other
)

// calendar says in plain words what an invitation is about (RFC 5545, RFC
// 5546): what, when, where, and who. Alone, it shows the description as well;
// beside other text that says the same again.
func (r *renderer) calendar(text string, alone bool) {
	c := readCalendar(text)
	if c.more > 0 {
		r.note(fmt.Sprintf("the calendar holds %d more events", c.more))
	}
	for i, e := range c.events {
		if i > 0 {
			r.blank()
		}
		r.event(c.method, e)
		if d := e.text("DESCRIPTION"); alone && strings.TrimSpace(d) != "" {
			r.blank()
			for line := range strings.SplitSeq(strings.TrimSpace(safe.Text(d)), "\n") {
				r.paragraph(paragraph{text: line})
			}
		}
	}
}

func (r *renderer) event(method string, e event) {
	what := map[string]string{
		"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer", "COUNTER": "Proposal", "ADD": "Added", "DECLINECOUNTER": "Proposal declined",
	}[method]
	if what == "" {
		what = "Event"
	}
	title := e.text("SUMMARY")
	if title == "" {
		title = "(without a title)"
	}
	r.field(what, title)
	r.field("When", e.when(r.o.Location))
	r.field("Repeats", e.repeats())
	r.field("Where", e.text("LOCATION"))
	if by := e.first("ORGANIZER"); by.value != "" {
		r.field("By", by.person())
	}
	var who []string
	for _, a := range e["ATTENDEE"] {
		if len(who) == maxAttendees {
			who = append(who, "and others")
			break
		}
		who = append(who, a.person()+a.answer())
	}
	r.field("Who", strings.Join(who, ", "))
}

// A calendarFile is what a reader shows of an iCalendar object.
type calendarFile struct {
	method string
	events []event
	more   int // events that are not shown
}

// An event is its properties by name.
type event map[string][]property

type property struct {
	params map[string]string
	value  string
}

// readCalendar reads the events and tasks of an iCalendar object, and nothing
// that is nested in them.
func readCalendar(text string) (c calendarFile) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	var stack []string
	for line := range strings.SplitSeq(text, "\n") {
		name, p := readProperty(line)
		switch value := strings.ToUpper(strings.TrimSpace(p.value)); {
		case name == "BEGIN":
			if stack = append(stack, value); len(stack) > maxStack {
				return c
			}
			if isEvent(stack) {
				if len(c.events) == maxEvents {
					c.more++
					stack[len(stack)-1] = "" // nothing in it is read
					continue
				}
				c.events = append(c.events, event{})
			}
		case name == "END" && len(stack) > 0:
			stack = stack[:len(stack)-1]
		case name == "METHOD" && len(stack) == 1:
			c.method = value
		case isEvent(stack) && len(c.events[len(c.events)-1][name]) <= maxAttendees:
			e := c.events[len(c.events)-1]
			e[name] = append(e[name], p)
		}
	}
	return c
}

func isEvent(stack []string) bool {
	return len(stack) == 2 && (stack[1] == "VEVENT" || stack[1] == "VTODO")
}

// readProperty splits a content line: NAME;PARAM="x":value.
func readProperty(line string) (name string, p property) {
	quoted := false
	end := strings.IndexFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ':' && !quoted
	})
	if end < 0 {
		return "", p
	}
	head, value := line[:end], line[end+1:]
	p = property{params: map[string]string{}, value: value}
	for i, part := range splitQuoted(head) {
		if i == 0 {
			name = strings.ToUpper(part)
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		p.params[strings.ToUpper(k)] = strings.Trim(v, `"`)
	}
	return name, p
}

// splitQuoted splits at semicolons outside of quotes.
func splitQuoted(s string) []string {
	quoted := false
	return strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ';' && !quoted
	})
}

func (e event) first(name string) (p property) {
	if list := e[name]; len(list) > 0 {
		p = list[0]
	}
	return p
}

// text returns a text value with its escapes undone (RFC 5545, section 3.3.11).
func (e event) text(name string) string {
	return strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(e.first(name).value)
}

// person names an attendee or organizer.
func (p property) person() string {
	address := p.value
	if len(address) > 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	if cn := p.params["CN"]; cn != "" && !strings.EqualFold(cn, address) {
		return cn + " <" + address + ">"
	}
	return address
}

// answer says whether a person comes.
func (p property) answer() string {
	switch strings.ToUpper(p.params["PARTSTAT"]) {
	case "ACCEPTED":
		return " (accepted)"
	case "DECLINED":
		return " (declined)"
	case "TENTATIVE":
		return " (perhaps)"
	}
	return ""
}

// repeats says how often an event comes again.
func (e event) repeats() string {
	rule := strings.ToUpper(e.first("RRULE").value)
	if rule == "" {
		return ""
	}
	part := map[string]string{}
	for p := range strings.SplitSeq(rule, ";") {
		k, v, _ := strings.Cut(p, "=")
		part[k] = v
	}
	unit := map[string]string{"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}[part["FREQ"]]
	if unit == "" {
		return rule
	}
	text := "every " + unit
	if n := part["INTERVAL"]; n != "" && n != "1" {
		text = "every " + n + " " + unit + "s"
	}
	if until, _, ok := moment(property{value: part["UNTIL"]}); ok {
		text += ", until " + until.Format("2 Jan 2006")
	}
	if n := part["COUNT"]; n != "" {
		text += ", " + n + " times"
	}
	return text
}

// when says when an event is, in a zone where that can be known.
func (e event) when(zone *time.Location) string {
	start := e.first("DTSTART")
	from, at, ok := moment(start)
	if !ok {
		from, at, ok = moment(e.first("DUE"))
	}
	if !ok {
		return ""
	}
	to, _, ends := moment(e.first("DTEND"))
	if at == wholeDay {
		text := from.Format("Mon, 2 Jan 2006")
		if last := to.AddDate(0, 0, -1); ends && last.After(from) {
			text += " to " + last.Format("Mon, 2 Jan 2006")
		}
		return text + ", all day"
	}
	suffix := ""
	if at == floating {
		if id := start.params["TZID"]; id != "" {
			suffix = " (" + id + ")"
		}
	} else if zone != nil {
		from, to = from.In(zone), to.In(zone)
	}
	text := from.Format("Mon, 2 Jan 2006 15:04")
	switch {
	case !ends:
	case to.Format("20060102") == from.Format("20060102"):
		text += to.Format("–15:04")
	default:
		text += to.Format(" to Mon, 2 Jan 2006 15:04")
	}
	if suffix == "" && at == fixed {
		suffix = from.Format(" -0700")
	}
	return text + suffix
}

// A certainty is how well a moment is known.
type certainty int

const (
	floating certainty = iota // a time in a zone that is not known here
	fixed
	wholeDay
)

// moment reads a date or a time (RFC 5545, sections 3.3.4 and 3.3.5).
func moment(p property) (time.Time, certainty, bool) {
	v := strings.TrimSpace(p.value)
	if t, err := time.Parse("20060102", v); err == nil {
		return t, wholeDay, true
	}
	if t, err := time.Parse("20060102T150405Z", v); err == nil {
		return t, fixed, true
	}
	if zone := p.params["TZID"]; zone != "" && len(zone) < 64 && zone != "Local" {
		if loc, err := time.LoadLocation(zone); err == nil {
			t, err := time.ParseInLocation("20060102T150405", v, loc)
			return t, fixed, err == nil
		}
	}
	t, err := time.Parse("20060102T150405", v)
	return t, floating, err == nil
}
