package sync

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"posthorn/mail"
	"posthorn/mail/render"
)

// pieces returns what a host was asked for from some step on, of certain kinds.
func (h *host) pieces(verbs ...string) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, step := range h.log {
		if verb, _, _ := strings.Cut(step, " "); slices.Contains(verbs, verb) {
			list = append(list, step)
		}
	}
	return list
}

func large(subject string) []byte { return letter(subject, strings.Repeat("0123456789abcdef", 3<<16)) }

// While a large message is fetched, a small one is opened and a flag is set between
// two of its pieces.
func TestHaulLetsOthersPass(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, large("large"))
		w.host.put("INBOX", 0, letter("small", "x"))
		l := w.run()
		defer l.end()
		come := make(chan struct{})
		w.host.be(hold("piece 262144", come, once))
		var got bytes.Buffer
		copied, opened := make(chan error), make(chan error)
		go func() { copied <- l.Copy(t.Context(), l.id("INBOX", "large"), &got) }()
		synctest.Wait()
		go func() {
			_, err := l.Open(t.Context(), l.id("INBOX", "small"), render.Options{})
			opened <- err
		}()
		l.do(mail.SetFlags{IDs: []mail.ID{l.id("INBOX", "small")}, Add: mail.Flagged})
		synctest.Wait()
		close(come)
		for _, c := range []chan error{opened, copied} {
			if err := <-c; err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(got.Bytes(), large("large")) {
			t.Errorf("%d octets came, not those of the message", got.Len())
		}
		log := w.host.pieces("piece", "flags")
		if len(log) != 6 || log[2] != "piece 0" || log[3] == log[5] || log[5] != "piece 1835008" {
			t.Errorf("the server was asked for %q", log)
		}
	})
}

// A message is gone on with at the octet where the line broke.
func TestHaulGoesOn(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, large("large"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "large")
		w.host.be(cut("piece 262144", once), cut("piece 1310720", once))
		var got bytes.Buffer
		if err := l.Copy(t.Context(), id, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), large("large")) {
			t.Errorf("%d octets came, not those of the message", got.Len())
		}
		want := []string{"piece 0", "piece 262144", "piece 524288", "piece 786432", "piece 1310720", "piece 1835008"}
		if log := w.host.pieces("piece"); len(log) < 6 || !slices.Equal(log[:6], want) {
			t.Errorf("the server was asked for %q, want %q first", log, want)
		}
	})
}

// A line that breaks at each piece is gone on with as long as something comes.
func TestHaulOverBreakingLines(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, large("large"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "large")
		w.host.be(cut("piece", times(6)))
		var got bytes.Buffer
		if err := l.Copy(t.Context(), id, &got); err != nil || !bytes.Equal(got.Bytes(), large("large")) {
			t.Errorf("%d octets came, %v", got.Len(), err)
		}
	})
}

// A source that knows no pieces is asked for the whole, from the beginning if the
// line breaks.
func TestHaulWhole(t *testing.T) {
	var b bounded
	b.left = 100
	h := &haul{parts: []haulage{{"1", &b}}, piece: firstPiece}
	src := halting{}
	if err := h.some(t.Context(), &src, mail.Place{}); err == nil || h.got == 0 {
		t.Fatalf("it does not break: %d octets", h.got)
	}
	if err := h.some(t.Context(), &src, mail.Place{}); err != nil || b.String() != "whole" || len(h.parts) != 0 {
		t.Errorf("%q came, %v", b.String(), err)
	}
}

// A halting source breaks at its first message.
type halting struct {
	Source
	tried bool
}

func (s *halting) Fetch(_ context.Context, _ mail.Place, _ string, w io.Writer) error {
	if !s.tried {
		s.tried = true
		io.WriteString(w, "wh")
		return errors.New("broken")
	}
	_, err := io.WriteString(w, "whole")
	return err
}
