// Package composer is the screen on which a message is written. It holds a draft
// and says what is wished to be done with it; it keeps and sends nothing itself.
package composer

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textarea"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/field"
	"posthorn/ui/theme"
)

// The fields, in the order of the screen.
const (
	fieldTo = iota
	fieldCc
	fieldBcc
	fieldSubject
	fieldBody
	fields
)

// Model is the screen.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure

	draft  compose.Draft
	begun  compose.Draft // as it was when the writing began
	blank  string        // how its text was shown then
	cut    bool          // something of the text was deleted since
	killed string        // what was deleted to the end of a line last
	more   bool          // what is deleted next belongs to it
	self   []mail.Address
	inputs [fieldBody]textinput.Model
	body   textarea.Model
	text   string // what body was given, which shows tabs as blanks
	shown  string // and how it has it
	rest   string // what is longer than body takes
	field  int
	saved  string // what the draft was when it was kept last
	State  string // what became of it last: "draft saved"
	w, h   int
}

// New returns a composer for a draft. Self are the addresses it can come from.
func New(t theme.Theme, m cells.Measure, d compose.Draft, self []mail.Address) Model {
	c := Model{Theme: t, Measure: m, self: self}
	for i := range c.inputs {
		c.inputs[i] = field.New("")
	}
	c.body = textarea.New()
	c.body.Prompt = ""
	c.body.ShowLineNumbers = false
	c.body.CharLimit = 0
	c.body.MaxHeight = 0
	// The library's looks are made for a dark screen, and know nothing of NO_COLOR.
	c.body.SetStyles(textarea.Styles{Cursor: textarea.CursorStyle{Shape: tea.CursorBlock, Blink: true}})
	return c.Restart(d)
}

// Restart takes another draft in place of the one that there is.
func (m Model) Restart(d compose.Draft) Model {
	m.draft, m.cut = d, false
	for i, text := range texts(d) {
		m.inputs[i].SetValue(text)
	}
	m = m.SetBody(d.Body)
	m.body.MoveToBegin()
	m.begun, m.blank = d, m.shown
	m.field = fieldTo
	if len(d.To) > 0 {
		m.field = fieldBody
	}
	m, _ = m.focus(m.field)
	m.saved = m.fingerprint()
	return m.SetSize(m.w, m.h)
}

// texts returns what the fields above the text say of a draft.
func texts(d compose.Draft) (list [fieldBody]string) {
	list[fieldTo] = safe.Line(cmp.Or(d.Typed.To, mail.FormatAddresses(d.To)))
	list[fieldCc] = safe.Line(cmp.Or(d.Typed.Cc, mail.FormatAddresses(d.Cc)))
	list[fieldBcc] = safe.Line(cmp.Or(d.Typed.Bcc, mail.FormatAddresses(d.Bcc)))
	list[fieldSubject] = safe.Line(d.Subject)
	return list
}

// Complete takes the draft that was still being made when the writing began. A
// field that was written in stays as it is. A text that was begun stands above the
// one that comes, with the cursor where it was; where something was deleted
// meanwhile, the one that comes stays out.
func (m Model) Complete(d compose.Draft) Model {
	_, changed := m.Changed()
	began, come, now := texts(m.begun), texts(d), m.draft
	m.draft = d
	m.draft.Saved = now.Saved
	if now.From != m.begun.From {
		m.draft.From = now.From
	}
	m.draft.Attachments = append(d.Attachments[:len(d.Attachments):len(d.Attachments)], now.Attachments...)
	for i := range m.inputs {
		if m.inputs[i].Value() == began[i] {
			m.inputs[i].SetValue(come[i])
		}
	}
	m = m.completeBody(d.Body)
	m.begun = d
	if !changed {
		m.saved = m.fingerprint()
	}
	return m.SetSize(m.w, m.h)
}

func (m Model) completeBody(text string) Model {
	typed, above := strings.CutSuffix(m.body.Value(), m.blank)
	switch {
	case m.cut || !above || m.rest != "":
		return m
	case typed == "":
		m = m.SetBody(text)
		m.body.MoveToBegin()
		return m
	}
	line, column := m.body.Line(), m.body.Column()
	m = m.SetBody(typed + "\n\n" + text)
	m.body.MoveToBegin()
	for range len(typed) {
		if m.body.Line() >= line {
			break
		}
		m.body.CursorDown()
	}
	m.body.SetCursorColumn(column)
	return m
}

// Unredirect makes an ordinary message of one that was to be sent on as it is.
func (m Model) Unredirect() Model {
	m.draft.Redirected = nil
	return m
}

// SetSize gives the screen its size.
func (m Model) SetSize(w, h int) Model {
	m.w, m.h = w, h
	for i := range m.inputs {
		field.SetSize(&m.inputs[i], max(w-labelWidth, 10))
	}
	m.body.SetWidth(max(min(w-2, 100), 10))
	m.body.SetHeight(max(h-8-m.attached(), minBody))
	return m
}

// labelWidth is the columns before a field.
const labelWidth = 11

// minBody is the lines of text that there always are.
const minBody = 3

// attached returns how many lines the attachments take: not so many that there is
// no room for the text.
func (m Model) attached() int { return min(len(m.draft.Attachments), max(m.h-8-minBody, 1)) }

func (m Model) focus(field int) (Model, tea.Cmd) {
	m.field = (field + fields) % fields
	for i := range m.inputs {
		m.inputs[i].Blur()
	}
	m.body.Blur()
	if m.field == fieldBody {
		return m, m.body.Focus()
	}
	m.inputs[m.field].CursorEnd()
	return m, m.inputs[m.field].Focus()
}

// Draft returns the draft as it stands. Recipients that cannot be read as
// addresses are in it as they were typed.
func (m Model) Draft() compose.Draft {
	d := m.draft
	d.Subject = m.inputs[fieldSubject].Value()
	d.Body = m.written()
	read := func(field int, to *[]mail.Address, typed *string) {
		list, err := mail.ParseAddresses(m.inputs[field].Value())
		if *to, *typed = list, ""; err != nil {
			*to, *typed = nil, m.inputs[field].Value()
		}
	}
	read(fieldTo, &d.To, &d.Typed.To)
	read(fieldCc, &d.Cc, &d.Typed.Cc)
	read(fieldBcc, &d.Bcc, &d.Typed.Bcc)
	return d
}

// written returns the text. One that nobody changed is what it was, tabs and all.
func (m Model) written() string {
	if m.body.Value() == m.shown {
		return m.text
	}
	return m.body.Value() + m.rest
}

// maxLines is how many lines can be written on here: the library takes 10000, and
// drops what is longer. They leave room to write, and the rest follows unseen.
const maxLines = 9000

// SetBody takes a text that was written elsewhere.
func (m Model) SetBody(text string) Model {
	m.text, m.rest = safe.Text(text), ""
	head := m.text
	if at := lineEnd(head, maxLines); at < len(head) {
		head, m.rest = head[:at], head[at:]
	}
	m.body.SetValue(head)
	m.shown = m.body.Value()
	return m
}

// lineEnd returns where the n-th line of a text ends.
func lineEnd(s string, n int) int {
	at := 0
	for range n {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return len(s)
		}
		at += i + 1
	}
	return at - 1
}

// Attach adds a file.
func (m Model) Attach(a compose.Attachment) Model {
	m.draft.Attachments = append(m.draft.Attachments[:len(m.draft.Attachments):len(m.draft.Attachments)], a)
	return m.SetSize(m.w, m.h)
}

// Kept notes that the draft lies in Drafts, under an id, as it was.
func (m Model) Kept(id mail.ID, fingerprint string) Model {
	m.draft.Saved, m.saved = id, fingerprint
	return m
}

// Changed reports whether the draft is not what was kept last, and returns what
// tells its states apart.
func (m Model) Changed() (string, bool) {
	f := m.fingerprint()
	return f, f != m.saved
}

func (m Model) fingerprint() string {
	var b strings.Builder
	for i := range m.inputs {
		b.WriteString(m.inputs[i].Value() + "\x00")
	}
	b.WriteString(m.draft.From.String() + "\x00" + m.written())
	for _, a := range m.draft.Attachments {
		fmt.Fprintf(&b, "\x00%s %d %08x", a.Name, len(a.Data), crc32.ChecksumIEEE(a.Data))
	}
	return b.String()
}

// Fields moves the cursor by fields.
func (m Model) Fields(n int) (Model, tea.Cmd) { return m.focus(m.field + n) }

// NextIdentity has the message come from the next address that there is.
func (m Model) NextIdentity() Model {
	if len(m.self) == 0 {
		return m
	}
	at := slices.Index(m.self, m.draft.From)
	m.draft.From = m.self[(at+1)%len(m.self)]
	return m
}

// Detach removes the last attachment.
func (m Model) Detach() Model {
	if n := len(m.draft.Attachments); n > 0 {
		m.draft.Attachments = m.draft.Attachments[:n-1]
	}
	return m.SetSize(m.w, m.h)
}

// Update takes what is typed.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	m.more = false
	if click, ok := msg.(tea.MouseClickMsg); ok {
		return m.click(click.Y)
	}
	if key, ok := msg.(tea.KeyPressMsg); ok && m.field != fieldBody {
		switch key.String() {
		case "enter", "down":
			return m.focus(m.field + 1)
		case "up":
			if m.field > 0 {
				return m.focus(m.field - 1)
			}
		}
	}
	if m.field == fieldBody {
		if m.draft.Redirected != nil {
			return m, nil // it goes as it is
		}
		if p, ok := msg.(tea.PasteMsg); ok {
			p.Content = safe.Text(p.Content)
			msg = p
		}
		before := m.body.Length()
		m.body, cmd = m.body.Update(msg)
		m.cut = m.cut || m.body.Length() < before
		return m, cmd
	}
	m.inputs[m.field], cmd = field.Update(m.inputs[m.field], msg)
	return m, cmd
}

// click puts the cursor into the field on a line.
func (m Model) click(y int) (Model, tea.Cmd) {
	if y >= 2 && y < 2+fieldBody {
		return m.focus(y - 2)
	}
	return m.focus(fieldBody)
}

func labels() []string { return []string{"From", "To", "Cc", "Bcc", "Subject"} }

// View returns the screen's lines.
func (m Model) View() []string {
	title := "New message"
	switch {
	case m.draft.Redirected != nil:
		title = "Redirect"
	case m.draft.Answers != (mail.Ref{}):
		title = "Reply"
	case m.draft.Forwards != (mail.Ref{}):
		title = "Forward"
	}
	if m.rest != "" {
		title += fmt.Sprintf(" · %d more lines follow below", strings.Count(m.rest, "\n"))
	}
	lines := []string{m.Theme.Title.Render(m.Measure.Pad(" "+title, max(m.w-len(m.State)-1, 0))) + m.Theme.Faint.Render(m.State)}
	lines = append(lines, m.label("From", false)+m.Theme.Text.Render(m.Measure.Cut(safe.Line(m.draft.From.String()), m.w-labelWidth-1)))
	for i := range m.inputs {
		text := field.View(m.inputs[i], m.Measure, m.w-labelWidth)
		if m.field != i { // one sees how it begins
			text = m.Measure.Cut(safe.Line(m.inputs[i].Value()), m.w-labelWidth)
		}
		lines = append(lines, m.label(labels()[i+1], m.field == i)+text)
	}
	lines = append(lines, m.attachments()...)
	lines = append(lines, m.Theme.Faint.Render(strings.Repeat("─", m.w)))
	for l := range strings.SplitSeq(m.body.View(), "\n") {
		lines = append(lines, " "+l)
	}
	return m.Measure.Fit(lines, m.w, m.h)
}

// attachments says what goes with the message; where there is no room, how many
// more there are.
func (m Model) attachments() (lines []string) {
	room := m.attached()
	for i, a := range m.draft.Attachments {
		if more := len(m.draft.Attachments) - i; i == room-1 && more > 1 {
			return append(lines, m.label("Attached", false)+m.Theme.Faint.Render(fmt.Sprintf("and %d more", more)))
		}
		lines = append(lines, m.label("Attached", false)+m.Theme.Text.Render(m.Measure.Cut(safe.Line(a.Name), m.w-24))+" "+m.Theme.Faint.Render(render.Octets(int64(len(a.Data)))))
	}
	return lines
}

func (m Model) label(name string, focused bool) string {
	style := m.Theme.Faint
	if focused {
		style = m.Theme.Accent
	}
	return style.Render(fmt.Sprintf("%10s ", name+":"))
}
