package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"posthorn/account"
	"posthorn/mail"
)

const sample = "Subject: sample\n\nHello\n"

var steps = []string{stepCreate, stepWrite, stepSync, stepClose, stepRename, stepSyncDir, stepDone}

// fetch is what an engine does with one message of a drop: once more after every
// crash, until it returns nil.
func fetch(t testing.TB, s *Source, uidl string) error {
	t.Helper()
	here, err := s.Delivered(uidl)
	if err != nil || here {
		return err
	}
	return deliver(t, s, uidl, sample)
}

func wantOnce(t testing.TB, s *Source, uidls ...string) {
	t.Helper()
	var v view
	v.pull(t, s, "INBOX", 0)
	var got []string
	for uid, subject := range v.subjects {
		id, _ := uidlOf(uid)
		got = append(got, id)
		if subject != "sample" {
			t.Errorf("%s has the subject %q", uid, subject)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, uidls) {
		t.Fatalf("delivered %q, want %q", got, uidls)
	}
}

func TestDeliverInOrder(t *testing.T) {
	s := open(t)
	var done []string
	s.fault = func(step string) error { done = append(done, step); return nil }
	if err := fetch(t, s, "u1"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(done, steps) {
		t.Errorf("steps %q", done)
	}
	wantOnce(t, s, "u1")
}

func TestDeliverFails(t *testing.T) {
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			s := open(t)
			s.fault = func(step string) error {
				if step == at {
					return &os.PathError{Op: step, Path: "x", Err: syscall.ENOSPC}
				}
				return nil
			}
			err := fetch(t, s, "u1")
			var e *account.Error
			if !errors.As(err, &e) || e.Hint() == "" || account.KindOf(err) != account.Other {
				t.Fatalf("error %v", err)
			}
			if left, _ := listDir(filepath.Join(s.root, "tmp")); len(left) != 0 {
				t.Errorf("left in tmp: %q", left)
			}
			s.fault = nil
			if err := fetch(t, s, "u1"); err != nil {
				t.Fatal(err)
			}
			wantOnce(t, s, "u1")
		})
	}
}

func TestDeliverTornOff(t *testing.T) {
	s := open(t)
	lost := errors.New("the line broke")
	err := s.Deliver(t.Context(), "u1", func(w io.Writer) error {
		io.WriteString(w, sample[:10])
		return lost
	})
	if !errors.Is(err, lost) {
		t.Errorf("error %v", err)
	}
	wantOnce(t, s)
}

// dieEnv tells this test binary to deliver and to die on the way.
const dieEnv = "POSTHORN_TEST_DIE"

// TestDeliverKilled lets another process die before each step, as by kill -9, and
// then fetches once more.
func TestDeliverKilled(t *testing.T) {
	if spec := os.Getenv(dieEnv); spec != "" {
		dieDelivering(spec)
	}
	for _, at := range steps {
		t.Run(at, func(t *testing.T) {
			s := open(t)
			cmd := exec.Command(os.Args[0], "-test.run=^TestDeliverKilled$")
			cmd.Env = append(os.Environ(), dieEnv+"="+at+"="+s.root)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 137 {
				t.Fatalf("the other process: %v\n%s", err, out)
			}
			if err := fetch(t, s, "u1"); err != nil {
				t.Fatal(err)
			}
			if err := fetch(t, s, "u2"); err != nil {
				t.Fatal(err)
			}
			wantOnce(t, s, "u1", "u2")
		})
	}
}

func dieDelivering(spec string) {
	at, dir, _ := strings.Cut(spec, "=")
	s, err := Open(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	s.fault = func(step string) error {
		if step == at {
			os.Exit(137)
		}
		return nil
	}
	fmt.Println(s.Deliver(context.Background(), "u1", func(w io.Writer) error {
		_, err := io.WriteString(w, sample)
		return err
	}))
	os.Exit(2)
}

func TestDelivered(t *testing.T) {
	s, ctx := open(t), t.Context()
	long := strings.Repeat("ÄÖ", 80)
	for _, id := range []string{"a/b:c", "A/B:C", long} {
		if here, err := s.Delivered(id); here || err != nil {
			t.Fatalf("Delivered(%q) = %v, %v before", id, here, err)
		}
		if err := fetch(t, s, id); err != nil {
			t.Fatal(err)
		}
	}
	var v view
	v.pull(t, s, "INBOX", 0)
	v.want(t, "sample", "sample", "sample")
	var all []mail.Place
	for uid := range v.subjects {
		all = append(all, mail.Place{Mailbox: "INBOX", UID: uid})
	}
	if err := s.SetFlags(ctx, all, mail.Seen, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Move(ctx, all, "Archive"); err != nil {
		t.Fatal(err)
	}
	again, err := Open(s.root)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a/b:c", "A/B:C", long} {
		for _, s := range []*Source{s, again} {
			if here, err := s.Delivered(id); !here || err != nil {
				t.Errorf("Delivered(%q) = %v, %v", id, here, err)
			}
		}
	}
	for _, id := range []string{"", "a/b", long + "x"} {
		if here, err := s.Delivered(id); here || err != nil {
			t.Errorf("Delivered(%q) = %v, %v", id, here, err)
		}
	}
}

// TestRepeatedUIDL delivers different messages with one UIDL, as broken servers
// have it: none may replace another.
func TestRepeatedUIDL(t *testing.T) {
	s := open(t)
	for i := range 3 {
		if err := deliver(t, s, "same", sample); err != nil {
			t.Fatal(err)
		}
		if i == 1 { // another program has read them meanwhile
			names, _ := listDir(filepath.Join(s.root, "new"))
			for _, n := range names {
				os.Rename(filepath.Join(s.root, "new", n), filepath.Join(s.root, "cur", n+":2,S"))
			}
		}
	}
	if err := errors.Join(deliver(t, s, "", sample), deliver(t, s, "", sample)); err != nil {
		t.Fatal(err)
	}
	wantOnce(t, s, "", "", "same", "same", "same")
}
