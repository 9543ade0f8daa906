package store

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"posthorn/internal/ramdir"
	"posthorn/mail"
)

// filedOutbox makes a profile with an outbox of an earlier version: two messages, one
// of which could not be sent, and what writers left that died.
func filedOutbox(t *testing.T) (profile, dir string) {
	t.Helper()
	profile = ramdir.New(t)
	dir = filepath.Join(profile, "data", "outbox", "home")
	must(t, os.MkdirAll(dir, 0o700))
	fileMessage(t, dir, "2", fileState{State: mail.Waiting, Queued: time.Unix(100, 5), NotBefore: time.Now().Add(time.Hour), Next: time.Now().Add(time.Hour), From: "ann@x", Rcpt: []string{"ben@x", "bcc@x"},
		Answers: mail.NewID(0, 7), Answered: "q@x"})
	fileMessage(t, dir, "10", fileState{State: mail.Failed, Queued: time.Unix(200, 0), Attempts: 3, Error: "no such user", From: "ann@x", Rcpt: []string{"eve@x"}})
	must(t, os.WriteFile(filepath.Join(dir, "3.eml"), []byte("never added"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, ".tmp-123"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600))
	return profile, dir
}

func fileMessage(t *testing.T, dir, name string, s fileState) {
	t.Helper()
	b, err := json.Marshal(s)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, name+".json"), b, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, name+".eml"), []byte("Subject: "+name+"\r\nTo: Ben <ben@x>\r\n\r\nhello"), 0o600))
}

var filedStanding = []string{"2 scheduled ben@x,bcc@x", "10 failed eve@x"}

// An outbox of files is taken over with its numbers, and removed.
func TestTakeFiles(t *testing.T) {
	ctx := context.Background()
	profile, dir := filedOutbox(t)
	s := openIn(t, profile)
	a := account(t, s, "home")
	if got := standing(t, a); !slices.Equal(got, filedStanding) {
		t.Errorf("taken over is %q", got)
	}
	q, err := a.Queued(ctx, 10)
	must(t, err)
	if q.Error != "no such user" || q.Attempts != 3 || q.Subject != "10" || !q.Queued.Equal(time.Unix(200, 0)) || q.From != "ann@x" {
		t.Errorf("the second is %+v", q)
	}
	if q, err = a.Queued(ctx, 2); err != nil || q.Answers != (mail.Ref{ID: mail.NewID(0, 7), MessageID: "q@x"}) || q.NotBefore.IsZero() || len(q.Recipients) != 2 {
		t.Errorf("the first is %+v, %v", q, err)
	}
	if raw, err := a.QueuedText(ctx, 2); !strings.HasSuffix(string(raw), "hello") || err != nil {
		t.Errorf("the text is %q, %v", raw, err)
	}
	if exists(filepath.Dir(dir)) {
		t.Errorf("%v is left", list(t, filepath.Dir(dir)))
	}
	if len(texts(t, s)) != 2 {
		t.Errorf("kept are %v", texts(t, s))
	}
	must(t, os.MkdirAll(dir, 0o700)) // somebody used the earlier version again
	fileMessage(t, dir, "1", fileState{State: mail.Waiting, Queued: time.Unix(300, 0), Rcpt: []string{"ben@x"}})
	if got := standing(t, account(t, s, "home")); !slices.Equal(got, append(filedStanding, "11 waiting ben@x")) || exists(dir) {
		t.Errorf("then there is %q", got)
	}
}

// Whoever takes an outbox of files over may die at any point: the next one goes on,
// and no message comes twice, or again when it was sent since.
func TestTakeFilesKilled(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		left []string // of the files, when who took them over died
		sent bool     // when the next one begins
	}{
		"before anything is removed":     {[]string{"2.json", "2.eml", "10.json", "10.eml", "3.eml", "lock"}, false},
		"between":                        {[]string{"10.json", "2.eml", "10.eml", "lock"}, false},
		"when all states are removed":    {[]string{"2.eml", "lock"}, false},
		"when the lock is left":          {[]string{"lock"}, false},
		"when nothing is left":           {nil, false},
		"and the first was sent by then": {[]string{"2.json", "2.eml", "lock"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			profile, dir := filedOutbox(t)
			s := openIn(t, profile)
			must(t, os.Rename(dir, dir+" away"))
			a := account(t, s, "home")
			must(t, os.Rename(dir+" away", dir))
			files, err := a.filed(ctx, dir)
			must(t, err)
			must(t, a.takeFiled(ctx, files))
			for _, f := range list(t, dir) {
				if !slices.Contains(c.left, f) {
					must(t, os.Remove(filepath.Join(dir, f)))
				}
			}
			want := filedStanding
			if c.sent {
				must(t, a.Dequeue(ctx, 2))
				want = want[1:]
			}
			if got := standing(t, account(t, s, "home")); !slices.Equal(got, want) || exists(dir) || len(texts(t, s)) != len(want) {
				t.Errorf("there is %q, with %d texts, and of the folder %v", got, len(texts(t, s)), exists(dir))
			}
		})
	}
}

// A damaged file costs its own message only, and even that is shown as far as it can
// be read.
func TestTakeFilesDamaged(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(dir string) error
		want   string
	}{
		"a state":             {func(dir string) error { return os.WriteFile(filepath.Join(dir, "2.json"), []byte("{"), 0o600) }, "2 failed ben@x"},
		"a state, emptied":    {func(dir string) error { return os.Truncate(filepath.Join(dir, "2.json"), 0) }, "2 failed ben@x"},
		"a state, of nothing": {func(dir string) error { return os.WriteFile(filepath.Join(dir, "2.json"), []byte("{}"), 0o600) }, "2 failed ben@x"},
		"a text":              {func(dir string) error { return os.Remove(filepath.Join(dir, "2.eml")) }, "2 failed ben@x,bcc@x"},
	} {
		t.Run(name, func(t *testing.T) {
			profile, dir := filedOutbox(t)
			must(t, c.damage(dir))
			a := account(t, openIn(t, profile), "home")
			if got := standing(t, a); !slices.Equal(got, []string{c.want, filedStanding[1]}) || exists(dir) {
				t.Errorf("taken over is %q", got)
			}
			must(t, a.Dequeue(context.Background(), 2))
		})
	}
}

// While an earlier version changes its outbox, that is waited for.
func TestTakeFilesWaits(t *testing.T) {
	profile, dir := filedOutbox(t)
	lock := flock.New(filepath.Join(dir, "lock"))
	must(t, lock.Lock())
	s := openIn(t, profile)
	ctx, cancel := context.WithTimeout(context.Background(), 3*lockRetry)
	defer cancel()
	if _, err := s.Accounts(ctx, []string{"home"}); err == nil || !strings.Contains(err.Error(), "take over the outbox of an earlier version") {
		t.Errorf("it says %v", err)
	}
	must(t, lock.Unlock())
	if got := standing(t, account(t, s, "home")); !slices.Equal(got, filedStanding) {
		t.Errorf("taken over is %q", got)
	}
}

// The outbox of the profile that is kept as testdata is taken over, by several at once.
func TestTakeFilesOfProfile(t *testing.T) {
	dir := profile(t)
	first, second := openIn(t, dir), openIn(t, dir)
	done := make(chan error)
	for _, s := range []*Store{first, second} {
		go func() {
			_, err := s.Accounts(context.Background(), []string{"ann", "ben"})
			done <- err
		}()
	}
	must(t, <-done)
	must(t, <-done)
	for name, want := range map[string][]string{"ann": {"1 perhaps sent zoe@example.org", "2 waiting zoe@example.org"}, "ben": {"1 waiting zoe@example.org"}} {
		if got := standing(t, account(t, second, name)); !slices.Equal(got, want) {
			t.Errorf("%s has %q, not %q", name, got, want)
		}
	}
	if exists(filepath.Join(dir, "data", "outbox")) {
		t.Error("the folder is left")
	}
}
