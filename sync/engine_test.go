package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

func TestFirstSync(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for i := range 7 {
			w.host.put("INBOX", 0, letter(fmt.Sprint("in", i), "x"))
			w.host.put("Archive", mail.Seen, letter(fmt.Sprint("old", i), "x"))
		}
		l := w.run()
		defer l.end()
		l.inStep("INBOX", "in0", "in1", "in2", "in3", "in4", "in5", "in6")
		l.inStep("Archive", "old0", "old1", "old2", "old3", "old4", "old5", "old6")
		l.inStep("Sent")
		if s := l.Accounts()[0]; s.State != Online || s.Err != nil {
			t.Errorf("the account is %s (%v), want online", s.State, s.Err)
		}
		log := w.host.logged()
		first, depth := slices.Index(log, "read Archive"), slices.Index(log, "more INBOX")
		if first < 0 || depth < first {
			t.Errorf("the depths of the inbox were read before the first page of another mailbox: %v", log)
		}
		if n := told[NewMail](l); len(n) > 0 {
			t.Errorf("a first sync announced new mail: %v", n)
		}
	})
}

// How full an account is is asked when there is nothing else to do, and again
// after an hour.
func TestQuota(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.quota = mail.Quota{Used: 1, Limit: 4}
		l := w.run()
		defer l.end()
		if q := l.Accounts()[0].Quota; q.Percent() != 25 {
			t.Errorf("it is %+v", q)
		}
		w.host.mu.Lock()
		w.host.quota.Used = 3
		w.host.mu.Unlock()
		time.Sleep(2 * gaugeEvery)
		synctest.Wait()
		if q := l.Accounts()[0].Quota; q.Percent() != 75 {
			t.Errorf("after two hours it is %+v", q)
		}
	})
}

func TestRestartResumes(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for i := range 9 {
			w.host.put("INBOX", 0, letter(fmt.Sprint("in", i), "x"))
		}
		w.host.crash = &crash{at: 14}
		l := w.begin(Options{})
		w.host.crash.kill = l.stop
		l.start()
		synctest.Wait()
		l.end()
		w.host.crash = nil
		w.host.put("INBOX", 0, letter("later", "x"))
		l = w.run()
		defer l.end()
		l.inStep("INBOX", "in0", "in1", "in2", "in3", "in4", "in5", "in6", "in7", "in8", "later")
	})
}

func TestNewMail(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("old", "x"))
		l := w.run()
		defer l.end()
		began := time.Now()
		w.host.put("INBOX", 0, letter("new", "x"))
		synctest.Wait()
		l.inStep("INBOX", "old", "new")
		if n := told[NewMail](l); len(n) != 1 || n[0].Count != 1 {
			t.Errorf("new mail was told as %v", n)
		}
		if time.Since(began) != 0 {
			t.Error("it took time")
		}
		l.Focus(l.folder("Archive").ID)
		l.after(5 * time.Second)
		w.host.put("Archive", mail.Seen, letter("filed", "x"))
		w.host.put("INBOX", 0, letter("newer", "x"))
		synctest.Wait()
		l.inStep("Archive", "filed")
		l.inStep("INBOX", "old", "new", "newer")
	})
}

func TestPoll(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.host.put("Archive", mail.Seen, letter("filed", "x"))
		synctest.Wait()
		same(t, "before the poll", l.list("Archive"), []string{})
		before := len(w.host.logged())
		l.after(time.Minute + 2*time.Second)
		l.inStep("Archive", "filed")
		log := w.host.logged()[before:]
		if slices.Contains(log, "read Sent") {
			t.Errorf("a mailbox was read whose counts are the same: %v", log)
		}
		w.host.put("Archive", mail.Seen, letter("more", "x"))
		l.Refresh("work")
		synctest.Wait()
		l.inStep("Archive", "filed", "more")
	})
}

func TestOpenWaitsForNoSync(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for i := range 20 {
			w.host.put("INBOX", 0, letter(fmt.Sprint("in", i), "hello"))
		}
		l := w.begin(Options{})
		defer l.end()
		w.host.be(at("more INBOX", func() {
			id := l.id("INBOX", "in19")
			l.ended.Go(func() {
				m, err := l.Open(l.ctx, id, render.Options{})
				if err != nil || m.Text("1") != "hello\r\n" {
					t.Errorf("open: %v", err)
				}
			})
			for w := l.workers[0]; ; {
				w.agenda.mu.Lock()
				n := len(w.agenda.asked)
				w.agenda.mu.Unlock()
				if n > 0 {
					return
				}
			}
		}, once))
		l.start()
		synctest.Wait()
		log := w.host.logged()
		at := slices.Index(log, "fetch")
		windows := 0
		for _, op := range log[slices.Index(log, "more INBOX"):max(at, 0)] {
			if op == "more INBOX" {
				windows++
			}
		}
		if at < 0 || windows > 1 {
			t.Errorf("the message waited for %d windows: %v", windows, log)
		}
		l.inStep("INBOX", w.host.subjects("INBOX")...)
	})
}

func TestOpen(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "text of a"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "a")
		for range 2 {
			m, err := l.Open(t.Context(), id, render.Options{})
			if err != nil || m.Text("1") != "text of a\r\n" {
				t.Fatalf("open: %v", err)
			}
		}
		raw, err := l.Raw(t.Context(), id)
		if err != nil || string(raw) != string(letter("a", "text of a")) {
			t.Errorf("raw: %q, %v", raw, err)
		}
		n := 0
		for _, op := range w.host.logged() {
			if op == "fetch" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("it was fetched %d times", n)
		}
	})
}

func TestOpenLarge(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		big := strings.Repeat("0123456789abcdef\r\n", 100000) // more than a spool has in memory
		text := fmt.Appendf(nil, "From: a@b.c\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"+
			"--x\r\nContent-Type: text/plain\r\n\r\nshort\r\n--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%s--x--\r\n", big)
		w.host.put("INBOX", 0, text)
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "big")
		m, err := l.Open(t.Context(), id, render.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(m.Text("1"), "short") || m.Has("2") || m.Envelope.Subject != "big" {
			t.Errorf("opened %q, with attachment: %v", m.Text("1"), m.Has("2"))
		}
		var raw bytes.Buffer
		err = l.Whole(t.Context(), id, func(m *message.Message) error {
			if b := m.Body("2"); !strings.HasPrefix(string(b), "0123") || len(b) != len(big)-2 {
				t.Errorf("part 2: %d octets", len(b))
			}
			return l.Copy(t.Context(), id, &raw)
		})
		if err != nil || !bytes.Equal(raw.Bytes(), text) {
			t.Errorf("whole: %d octets, %v", raw.Len(), err)
		}
	})
}

// Of a message of very many parts not each is fetched by itself.
func TestOpenManyParts(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		const n = 20000
		w.host.put("INBOX", 0, []byte("From: a@b.c\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"+strings.Repeat("--x\r\n\r\na\r\n", n)+"--x--\r\n"))
		l := w.run()
		defer l.end()
		m, err := l.Open(t.Context(), l.id("INBOX", "many"), render.Options{})
		if err != nil || !m.Has(fmt.Sprint(n-1)) {
			t.Fatalf("the last part is missing, %v", err)
		}
		fetches := 0
		for _, op := range w.host.logged() {
			if op == "fetch" {
				fetches++
			}
		}
		if fetches != 1 {
			t.Errorf("%d fetches", fetches)
		}
	})
}

// Of one that is very large too, only the first parts are fetched, and it is said
// how many are not and how to see them.
func TestOpenManyPartsOfMuch(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, []byte("From: a@b.c\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"+strings.Repeat("--x\r\n\r\na\r\n", maxApart+7)+
			"--x\r\nContent-Type: image/png\r\n\r\n"+strings.Repeat("0123456789abcdef\r\n", maxKept/18+1)+"--x--\r\n"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "many")
		m, err := l.Open(t.Context(), id, render.Options{})
		if err != nil || !m.Has(fmt.Sprint(maxApart)) || m.Has(fmt.Sprint(maxApart+1)) {
			t.Fatalf("other parts than the first were fetched, %v", err)
		}
		text := render.Message(m, render.Options{}).Text()
		for _, want := range []string{"[7 parts have not been fetched]", "7 parts were not fetched", "posthorn show --raw " + id.String()} {
			if strings.Count(strings.ReplaceAll(text, "\n", " "), want) != 1 {
				t.Errorf("%q is not said once:\n%s", want, text)
			}
		}
	})
}

func TestOffline(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		id := l.id("INBOX", "a")
		l.end()

		w.host.down = &account.Error{Kind: account.Unreachable, Op: "connect", Advice: "check the cable"}
		l = w.run()
		defer l.end()
		if s := l.Accounts()[0]; s.State != Offline || s.Err == nil {
			t.Errorf("state %s, %v", s.State, s.Err)
		}
		_, err := l.Open(t.Context(), id, render.Options{})
		var hint interface{ Hint() string }
		if !errors.Is(err, ErrOffline) || !errors.As(err, &hint) || hint.Hint() != "check the cable" {
			t.Errorf("open says %v", err)
		}
		l.do(mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged})
		l.do(mail.Move{IDs: []mail.ID{id}, To: l.folder("Archive").ID})
		same(t, "Archive", l.list("Archive"), []string{"a"})
		before := w.host.dialled()
		l.after(time.Hour)
		if n := w.host.dialled() - before; n < 8 || n > 40 {
			t.Errorf("%d attempts in an hour", n)
		}
		w.host.set(func() { w.host.down = nil })
		l.after(10 * time.Minute)
		l.inStep("INBOX")
		l.inStep("Archive", "a")
		if f := w.host.flags("Archive", "a"); f != mail.Flagged {
			t.Errorf("flags %s", f)
		}
		if l.id("Archive", "a") != id {
			t.Error("the message has another id")
		}
	})
}

func TestUserActionWakes(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		w.host.set(func() {
			w.host.down = &account.Error{Kind: account.Refused, Op: "connect"}
			w.host.broken = &account.Error{Kind: account.Lost}
		})
		l.Refresh("")
		l.after(30 * time.Minute)
		w.host.set(func() { w.host.down, w.host.broken = nil, nil })
		if s := l.Accounts()[0].State; s != Offline {
			t.Fatalf("state %s", s)
		}
		began := time.Now()
		if _, err := l.Open(t.Context(), l.id("INBOX", "a"), render.Options{}); err != nil || time.Since(began) > 0 {
			t.Errorf("open took %v: %v", time.Since(began), err)
		}
		synctest.Wait()
		if s := l.Accounts()[0].State; s != Online {
			t.Errorf("state %s", s)
		}
	})
}

func TestLostLine(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		w.host.be(cut("fetch", once))
		if _, err := l.Open(t.Context(), l.id("INBOX", "a"), render.Options{}); err != nil {
			t.Errorf("a line that had rested was dead, and the message was not fetched over another: %v", err)
		}
	})
}

func TestBadLogin(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.down = &account.Error{Kind: account.BadLogin, Op: "log in", Said: "no", Advice: "check the password"}
		l := w.run()
		defer l.end()
		l.after(time.Hour)
		if n := w.host.dialled(); n > 9 {
			t.Errorf("%d refused logins in an hour", n)
		}
		if n := told[Notice](l); len(n) == 0 {
			t.Error("nobody was told")
		}
		before := w.host.dialled()
		if err := l.Flush(t.Context(), "work"); err != nil {
			t.Errorf("flush of nothing: %v", err)
		}
		_, err := l.Search(t.Context(), "work", 0, mail.And{}, false, nil)
		if err != nil || w.host.dialled() > before {
			t.Errorf("a search knocked again (%d times), or failed: %v", w.host.dialled()-before, err)
		}
		w.host.set(func() { w.host.down = nil })
		l.Refresh("work")
		synctest.Wait()
		if s := l.Accounts()[0].State; s != Online {
			t.Errorf("after the password was mended: %s", s)
		}
	})
}

func TestRenumbered(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "text"))
		w.host.put("INBOX", 0, letter("b", "text"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "a")
		w.host.renumber("INBOX")
		if _, err := l.Open(t.Context(), id, render.Options{}); err != nil {
			t.Errorf("open: %v", err)
		}
		l.inStep("INBOX", "a", "b")
		w.host.renumber("INBOX")
		l.do(mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged})
		synctest.Wait()
		if f := w.host.flags("INBOX", "a"); f != mail.Flagged {
			t.Errorf("flags %q, notices %v", f, told[Notice](l))
		}
	})
}

func TestSearch(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("apple", "red"))
		w.host.put("Archive", 0, letter("plum", "red"))
		w.host.put("INBOX", 0, letter("pear", "green"))
		l := w.run()
		defer l.end()
		var calls int
		var last []mail.ID
		found := func(ids []mail.ID) { calls, last = calls+1, ids }
		red := mail.Text{Field: mail.BodyText, Value: "red"}
		where, err := l.Search(t.Context(), "work", 0, red, false, found)
		if err != nil || where != "server" || len(last) != 2 {
			t.Errorf("server: %d found %s, %v", len(last), where, err)
		}
		w.host.set(func() {
			w.host.down = &account.Error{Kind: account.Refused}
			w.host.broken = &account.Error{Kind: account.Lost}
		})
		where, err = l.Search(t.Context(), "work", l.folder("INBOX").ID, mail.Text{Field: mail.SubjectField, Value: "apple"}, false, found)
		if err != nil || where != "here" || len(last) != 1 {
			t.Errorf("offline: %d found %s, %v", len(last), where, err)
		}
	})
}

func TestPassWithoutRun(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "text"))
		w.host.put("Archive", 0, letter("b", "text"))
		l := w.begin(Options{OnDemand: true})
		defer l.end()
		var progress []Progress
		if err := l.Pass(t.Context(), "work", PassOptions{Bodies: true, Progress: func(p Progress) { progress = append(progress, p) }}); err != nil {
			t.Fatal(err)
		}
		l.inStep("INBOX", "a")
		l.inStep("Archive", "b")
		if w.host.open != 0 {
			t.Error("the line was left open")
		}
		dials := w.host.dialled()
		if _, err := l.Open(t.Context(), l.id("Archive", "b"), render.Options{}); err != nil || w.host.dialled() != dials {
			t.Errorf("the body is not here: %v", err)
		}
		if len(progress) == 0 {
			t.Error("nothing was told meanwhile")
		}
		if err := l.Pass(t.Context(), "work", PassOptions{Folder: "Nowhere"}); err == nil {
			t.Error("a folder that is not there was passed")
		}
	})
}

func TestOnDemandDoesNothingUnasked(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.begin(Options{OnDemand: true})
		defer l.end()
		l.start()
		l.after(time.Hour)
		if w.host.dialled() != 0 {
			t.Errorf("it connected %d times", w.host.dialled())
		}
	})
}

func TestTwoProcesses(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "text"))
		first := w.run()
		second := w.begin(Options{})
		second.start()
		synctest.Wait()
		dials := w.host.dialled()
		second.do(mail.SetFlags{IDs: []mail.ID{second.id("INBOX", "a")}, Add: mail.Flagged})
		if err := second.Flush(t.Context(), "work"); err != nil {
			t.Errorf("flush by the other: %v", err)
		}
		if f := w.host.flags("INBOX", "a"); f != mail.Flagged {
			t.Errorf("flags %q", f)
		}
		second.send(outgoing(second, "hi"))
		if err := second.Flush(t.Context(), "work"); err != nil || w.postman.sent() != 1 {
			t.Errorf("sent %d by the other: %v", w.postman.sent(), err)
		}
		if w.host.dialled() != dials {
			t.Error("the second process connected")
		}
		if _, err := second.Open(t.Context(), second.id("INBOX", "a"), render.Options{}); err != nil {
			t.Errorf("the second process cannot open a message: %v", err)
		}
		first.stop()
		first.ended.Wait()
		second.after(3 * time.Second)
		if s := second.Accounts()[0].State; s != Online {
			t.Errorf("the second did not take over: %s", s)
		}
		if err := first.closeFiles(); err != nil {
			t.Error(err)
		}
		second.end()
	})
}

func TestRunEnds(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "text"))
		block := make(chan struct{})
		w.host.be(at("fetch", func() { <-block }))
		l := w.run()
		id := l.id("INBOX", "a")
		var err error
		l.ended.Go(func() { _, err = l.Open(context.WithoutCancel(l.ctx), id, render.Options{}) })
		synctest.Wait()
		l.stop()
		synctest.Wait()
		close(block)
		l.end()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("who waited was told %v", err)
		}
	})
}

func TestOneLineOnly(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.lines = 1
		l := w.run()
		defer l.end()
		for i := range 3 {
			l.after(5 * time.Second)
			w.host.put("INBOX", 0, letter(fmt.Sprint("mail", i), "x"))
			synctest.Wait()
		}
		l.inStep("INBOX", "mail0", "mail1", "mail2")
		before := w.host.dialled()
		l.after(time.Hour)
		if n := w.host.dialled() - before; n > 1 {
			t.Errorf("it tried %d times in an hour for a second line", n)
		}
		if n := told[Notice](l); len(n) != 1 || !strings.Contains(n[0].Text, "too many connections") {
			t.Errorf("that there is none is told as %v", n)
		}
	})
}

func TestDeafServer(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.deaf = true
		l := w.run()
		defer l.end()
		before := len(w.host.logged())
		w.host.put("INBOX", 0, letter("a", "x"))
		l.after(2 * time.Minute)
		l.inStep("INBOX", "a")
		if n := len(w.host.logged()) - before; n > 30 {
			t.Errorf("%d commands in two minutes", n)
		}
	})
}

func TestFocusComesFirst(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		for i := range 9 {
			w.host.put("Trash", mail.Seen, letter(fmt.Sprint("t", i), "x"))
		}
		l.Focus(l.folder("Trash").ID)
		synctest.Wait()
		l.inStep("Trash", w.host.subjects("Trash")...)
		before := len(w.host.logged())
		l.Refresh("")
		synctest.Wait()
		log := w.host.logged()[before:]
		if len(log) < 2 || log[1] != "read Trash" {
			t.Errorf("the mailbox on screen was not first: %v", log)
		}
	})
}

func TestFolderVanishes(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		w.host.set(func() {
			w.host.boxes = slices.DeleteFunc(w.host.boxes, func(b *box) bool { return b.Name == "Archive" })
		})
		l.do(mail.Move{IDs: []mail.ID{l.id("INBOX", "a")}, To: l.folder("Archive").ID})
		l.after(2 * time.Minute)
		l.inStep("INBOX", "a")
		if n := told[Notice](l); len(n) != 1 {
			t.Errorf("notices: %v", n)
		}
	})
}
