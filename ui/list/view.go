package list

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/mail/spoof"
)

// View returns the pane's lines.
func (m Model) View() []string {
	lines := make([]string, 0, m.h)
	lines = append(lines, m.title())
	if len(m.entries) == 0 {
		lines = append(lines, "", m.Theme.Faint.Render("  "+m.Measure.Cut(m.Empty, m.w-2)))
	}
	for i := m.top; i < min(m.top+m.visible(), len(m.entries)); i++ {
		lines = append(lines, m.row(i))
	}
	return m.Measure.Fit(lines, m.w, m.h)
}

func (m Model) title() string {
	style := m.Theme.Quiet
	if m.Focused {
		style = m.Theme.Title
	}
	right := ""
	if n := len(m.entries); n > 0 {
		right = fmt.Sprintf("%d/%d", m.cursor+1, n)
	}
	if n := m.Selected(); n > 0 {
		right = fmt.Sprintf("%d selected  %s", n, right)
	}
	left := m.Measure.Pad(" "+m.Title, max(m.w-len(right)-1, 0))
	return style.Render(left) + m.Theme.Faint.Render(right+" ")
}

// columns are the widths of a row's parts.
type columns struct{ who, date int }

func (m Model) columns() columns {
	switch {
	case m.w < 50:
		return columns{12, 6}
	case m.w < 90:
		return columns{18, 6}
	}
	return columns{24, 12}
}

// row returns one line: marks, who, what, when.
func (m Model) row(i int) string {
	e := m.entries[i]
	s, ok := m.Row(e.ID)
	c := m.columns()
	what := m.w - 5 - c.who - c.date - 2
	if !ok {
		return m.style(i, nil).Render(m.Measure.Pad("     …", m.w))
	}
	subject := safe.Line(s.Subject)
	if subject == "" {
		subject = "(no subject)"
	}
	if s.Kept != "" {
		subject = "[only here] " + subject
	}
	if e.Depth > 0 {
		subject = strings.Repeat(" ", min(int(e.Depth)-1, 8)) + "└ " + subject
	} else if m.hidden[e.Thread] > 0 {
		subject = fmt.Sprintf("[+] %s", subject)
	}
	who := m.Measure.Pad(m.who(&s), c.who)
	text := m.Measure.Pad(subject, max(what, 0))
	date := m.Measure.Pad(When(s.When(), m.Now(), c.date), c.date)
	if i == m.cursor || m.selected[e.ID] {
		return m.style(i, &s).Render(m.Measure.Pad(m.plainMarks(&s, e.ID)+who+" "+text+" "+date, m.w))
	}
	style := m.Theme.Text
	if !s.Flags.Has(mail.Seen) {
		style = m.Theme.Unread
	}
	return m.marks(&s) + style.Render(who+" "+text+" ") + m.Theme.Faint.Render(date)
}

func (m Model) style(i int, s *mail.Summary) interface{ Render(...string) string } {
	style := m.Theme.Marked
	if i == m.cursor {
		style = m.Theme.Resting
		if m.Focused {
			style = m.Theme.Cursor
		}
	} else if s == nil {
		style = m.Theme.Faint
	}
	return style
}

// who returns the name a row begins with.
func (m Model) who(s *mail.Summary) string {
	list := s.From
	prefix, others := "", s.More.To
	if m.To {
		list, prefix = s.To, "→ "
		if len(list) == 0 {
			list, others = slices.Concat(s.Cc, s.Bcc), s.More.Cc+s.More.Bcc
		}
	}
	if len(list) == 0 {
		return prefix + "(nobody)"
	}
	name := safe.Line(list[0].Display())
	if !m.To && len(spoof.Senders(&s.Envelope)) > 0 {
		name = "(?) " + name
	}
	if m.To && len(list)+others > 1 {
		name += fmt.Sprintf(" +%d", len(list)-1+others)
	}
	return prefix + name
}

// marks are the first five columns: account, unread, star, answered, attachment.
func (m Model) marks(s *mail.Summary) string {
	account := " "
	if m.Mark != nil {
		account = m.Theme.Accounts[m.Mark(s.Account)%len(m.Theme.Accounts)].Render("▌")
	}
	unread, star := " ", " "
	if !s.Flags.Has(mail.Seen) {
		unread = m.Theme.Accent.Render("●")
	}
	if s.Flags.Has(mail.Flagged) {
		star = m.Theme.Star.Render("★")
	}
	return account + unread + star + m.Theme.Faint.Render(answered(s)+attached(s))
}

func (m Model) plainMarks(s *mail.Summary, id mail.ID) string {
	marks := []string{" ", " ", " ", answered(s), attached(s)}
	if m.Mark != nil {
		marks[0] = "▌"
	}
	if m.selected[id] {
		marks[0] = "✓"
	}
	if !s.Flags.Has(mail.Seen) {
		marks[1] = "●"
	}
	if s.Flags.Has(mail.Flagged) {
		marks[2] = "★"
	}
	return strings.Join(marks, "")
}

func answered(s *mail.Summary) string {
	switch {
	case s.Flags.Has(mail.Answered):
		return "↩"
	case s.Flags.Has(mail.Forwarded):
		return "↪"
	}
	return " "
}

func attached(s *mail.Summary) string {
	if s.Attachment {
		return "+"
	}
	return " "
}

// When says a time as people do, in 6 or 12 columns: the time today, the weekday
// this week, the day this year, the month before that.
func When(t, now time.Time, width int) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.Local(), now.Local()
	y, mo, d := now.Date()
	midnight := time.Date(y, mo, d, 0, 0, 0, 0, now.Location())
	short := width < 10
	switch {
	case !t.Before(midnight) && t.Before(midnight.AddDate(0, 0, 1)):
		return t.Format("15:04")
	case t.Before(midnight) && t.After(midnight.AddDate(0, 0, -6)) && !short:
		return t.Format("Mon 15:04")
	case t.Before(midnight) && t.After(midnight.AddDate(0, 0, -6)):
		return t.Format("Mon")
	case t.Year() == y && short:
		return t.Format("2 Jan")
	case t.Year() == y:
		return t.Format("2 Jan 15:04")
	case short:
		return t.Format("Jan 06")
	}
	return t.Format("2 Jan 2006")
}
