package sync

import "posthorn/mail/safe"

// The bounds of what a server can have the user told: how long a text is, in
// columns, and how many there are while the engine lives.
const (
	maxAlert  = 400
	maxAlerts = 50
)

// attend has the user told what a source's server wants its users to be told (RFC
// 9051, section 7.1: such a text must be shown). The same text is told once,
// however often and on how many connections it is said. POP3 and SMTP have no such
// texts: what their servers say is an answer, and told with what was asked.
func (w *worker) attend(src Source) {
	a, ok := src.(Announcer)
	if !ok {
		return
	}
	a.Announce(func(text string) {
		text = safe.Truncate(safe.Line(text), maxAlert)
		w.mu.Lock()
		told := text == "" || w.alerts[text] || len(w.alerts) >= maxAlerts
		if !told {
			w.alerts[text] = true
		}
		w.mu.Unlock()
		if !told {
			w.notice("the server says: "+text, nil)
		}
	})
}
