package sync

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/mail"
	"posthorn/mail/render"
)

// An engine ends with its context: before it has begun, at any step, and while
// others ask it for something, who would wait for ever.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		name string
		rule *rule
	}{
		{"at rest", nil},
		{"while it lists", mute("list")},
		{"while it reads", mute("read")},
		{"while it reads on", mute("more")},
		{"while it moves", mute("move")},
		{"while it fetches", mute("fetch")},
		{"while it searches", mute("search")},
		{"while it watches", mute("watch")},
		{"while it asks how full it is", mute("quota")},
	} {
		for _, begun := range []bool{false, true} {
			t.Run(c.name+map[bool]string{false: ", at once", true: ", after a while"}[begun], func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					for _, s := range []string{"a", "b", "c", "d", "e"} {
						w.host.put("INBOX", 0, letter(s, "x"))
					}
					l := w.run() // so that there is something to ask for
					id := l.id("INBOX", "a")
					l.end()
					if c.rule != nil {
						w.host.be(c.rule)
					}
					l = w.begin(Options{})
					asked := context.WithoutCancel(l.ctx)
					if !begun {
						asked = l.ctx
						l.stop()
					}
					l.start()
					for range 2 {
						l.ended.Go(func() { l.Open(asked, id, render.Options{}) })
						l.ended.Go(func() { l.Search(asked, "work", 0, mail.Text{Field: mail.BodyText, Value: "x"}, false, nil) })
						l.ended.Go(func() { l.Flush(asked, "work") })
						l.ended.Go(func() { l.Pass(asked, "work", PassOptions{}) })
					}
					l.ended.Go(func() { l.Do(asked, mail.File{IDs: []mail.ID{id}, To: mail.Archive}) })
					if begun {
						l.after(time.Second)
					}
					began := time.Now()
					l.end()
					if took := time.Since(began); took > time.Second {
						t.Errorf("it takes %v to end", took)
					}
					synctest.Wait()
				})
			})
		}
	}
}
