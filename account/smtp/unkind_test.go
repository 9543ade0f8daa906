package smtp

import (
	"context"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/internal/dialogue"
)

const whole = hello + `
	C: MAIL FROM:<ann@example.org>*
	S: 250 2.1.0 ok
	C: RCPT TO:<ben@example.org>
	S: 250 2.1.5 ok
	C: DATA
	S: 354 go on
	C.
	S: 250 2.0.0 queued
	C: QUIT
	S: 221 bye`

// Whatever a server answers to which command, and wherever the line ends: a
// message that it may have is never said to be unsent, one that it has not is
// tried again if that may help.
func TestUnkind(t *testing.T) {
	for _, v := range dialogue.Unkind(whole, "250 ok", "421 4.3.2 shutting down", "451 4.7.1 greylisted", "452 4.2.2 full", "550 5.7.1 no", "554 no") {
		t.Run(v.Name(), func(t *testing.T) {
			ctx := t.Context()
			if v.How == "mute" {
				gone, cancel := context.WithCancel(ctx)
				cancel()
				ctx = gone
			}
			m := outgoing()
			m.Rcpt = m.Rcpt[:1]
			results, err := sender(serve(t, v.Script), "").Send(ctx, m, handing)
			verb, _, _ := strings.Cut(v.Said, " ")
			later, uncertain := account.RetryOf(err) == account.RetryLater, account.KindOf(err) == account.Uncertain
			switch {
			case v.How == "mute":
				if err == nil {
					t.Error("it does not end with its context")
				}
			case verb == "QUIT":
				if err != nil || len(results) != 1 || results[0].Err != nil {
					t.Errorf("it was sent: %v, %v", results, err)
				}
			case strings.HasPrefix(v.How, "cut") && verb == "the":
				if !uncertain {
					t.Errorf("it is not known whether it was sent: %v", err)
				}
			case verb == "EHLO" && v.How[0] != 'c': // the client may go on with HELO
				if uncertain {
					t.Errorf("it was not sent: %v", err)
				}
			case strings.HasPrefix(v.How, "cut"), v.How[0] == '4':
				if err == nil || !later || uncertain {
					t.Errorf("it is to be sent later: %v (retry %d)", err, account.RetryOf(err))
				}
			default:
				if err == nil || later || uncertain {
					t.Errorf("it is refused: %v", err)
				}
			}
		})
	}
}

// A reply that is cut off is none, however little of it is there.
func TestReplyCutOff(t *testing.T) {
	upToData := strings.Split(whole, "\tC.\n")[0]
	for name, c := range map[string]struct {
		script string
		want   account.Kind
	}{
		"after one digit, to MAIL":        {hello + "C: MAIL*\nS= \"2\"\nX", account.Lost},
		"after two digits, to MAIL":       {hello + "C: MAIL*\nS= \"25\"\nX", account.Lost},
		"after three digits, to MAIL":     {hello + "C: MAIL*\nS= \"250\"\nX", account.Lost},
		"without its end, to MAIL":        {hello + "C: MAIL*\nS= \"250 ok\"\nX", account.Lost},
		"after one digit, to the text":    {upToData + "\tC.\nS= \"2\"\nX", account.Uncertain},
		"after three digits, to the text": {upToData + "\tC.\nS= \"250\"\nX", account.Uncertain},
		"in a reply of several lines":     {upToData + "\tC.\nS: 250-2.0.0 queued\nS= \"250 as\"\nX", account.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			m := outgoing()
			m.Rcpt = m.Rcpt[:1]
			_, err := sender(serve(t, c.script), "").Send(t.Context(), m, handing)
			if account.KindOf(err) != c.want {
				t.Errorf("it is taken for %v, of kind %d, not %d", err, account.KindOf(err), c.want)
			}
		})
	}
}
