package logfile

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"posthorn/mail/safe"
)

// open returns a log of small files, each writer with its own file, as
// processes have.
func open(t *testing.T, path string, size int64, older int) *file {
	f := &file{path: path, size: size, older: older, tell: func(err error) { t.Error(err) }}
	t.Cleanup(func() { f.Close() })
	return f
}

// Several processes write and rotate at once. No line is torn, lost or doubled.
func TestSeveralWriters(t *testing.T) {
	const writers, lines, older = 4, 300, 200
	path := filepath.Join(t.TempDir(), "state", "posthorn.log")
	var all sync.WaitGroup
	for w := range writers {
		f := open(t, path, 4<<10, older)
		all.Go(func() {
			for n := range lines {
				fmt.Fprintf(f, "writer %d line %d %s\n", w, n, strings.Repeat("x", n%50))
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	files := 0
	for i := range older + 1 {
		b, err := os.ReadFile(name(path, i))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files++
		for l := range strings.Lines(string(b)) {
			seen[l]++
		}
	}
	if files < 3 {
		t.Errorf("only %d files: nothing was rotated", files)
	}
	wrong := 0
	for w := range writers {
		for n := range lines {
			l := fmt.Sprintf("writer %d line %d %s\n", w, n, strings.Repeat("x", n%50))
			if seen[l] != 1 {
				wrong++
			}
			delete(seen, l)
		}
	}
	if wrong+len(seen) > 0 {
		t.Errorf("%d lines are lost or doubled, %d are torn", wrong, len(seen))
	}
}

// The log takes no more room than it may, and nobody else reads it.
func TestBounds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "posthorn.log")
	if err := os.WriteFile(path, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := open(t, path, 1<<10, 2)
	for n := range 500 {
		fmt.Fprintf(f, "line %d\n", n)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 4 { // three files and the lock
		t.Errorf("%d files: %v", len(list), list)
	}
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || info.Size() > 1<<10 {
			t.Errorf("%s: mode %v, %d octets", e.Name(), info.Mode(), info.Size())
		}
	}
}

// What cannot be written is told once and is no failure; a pipe, whose opening
// would wait for a reader, is not opened.
func TestUnwritable(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "file", "posthorn.log"), filepath.Join(dir, "folder")} {
		told := 0
		l := New(path, slog.LevelInfo, new(Secrets), func(error) { told++ })
		for range 10 {
			l.Error("something happened")
		}
		if told != 1 {
			t.Errorf("%s: told %d times", path, told)
		}
	}
	told := 0
	f := &file{path: filepath.Join(dir, "large"), size: 10, older: 1, tell: func(error) { told++ }}
	if err := os.Mkdir(name(f.path, 1), 0o700); err != nil { // so that it cannot be rotated
		t.Fatal(err)
	}
	for range 10 {
		f.Write([]byte("a line\n"))
	}
	if info, err := os.Stat(f.path); err != nil || info.Size() > 35 || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
}

// Whatever is logged, neither secrets nor letters stand in the file, and nothing
// that a terminal obeys.
func TestHostile(t *testing.T) {
	const password = `hun"ter 2\ü`
	path := filepath.Join(t.TempDir(), "posthorn.log")
	secrets := new(Secrets)
	secrets.Keep(password)
	log := New(path, slog.LevelDebug, secrets, func(err error) { t.Error(err) })
	plain := base64.StdEncoding.EncodeToString([]byte("\x00ann@example.org\x00" + password))
	type letter struct{ Subject, Body string }
	log.Info("password "+password, "err", errors.New("BAD a1 LOGIN ann otherword"), "quoted", fmt.Sprintf("%q", password))
	log.Info("bare", "a", "AUTH PLAIN b3RoZXJ3b3Jk", "b", "APOP ann otherword", "c", "PASS otherword", "d", `x LOGIN "a b" "otherword \" more"`, "e", "sent "+plain)
	log.Info("SASL", "x", base64.StdEncoding.EncodeToString([]byte("x"+password)), "y", base64.StdEncoding.EncodeToString([]byte("xy"+password)))
	log.Info("names", "Subject", "the letter", "body", "the letter", "password", "otherword", "from", "the letter", "token", []byte("the letter"))
	log.Info("kinds", "a", letter{"the letter", "the letter"}, "b", []byte("the letter"), "c", &letter{Body: "the letter"}, "d", map[string]string{"x": "the letter"})
	log.Info("group", slog.Group("g", "subject", "the letter"), "h", slog.GroupValue(slog.String("token", "otherword")))
	log.With("secret", "otherword").WithGroup("time").Info("with", "subject", "the letter", "time", "hidden hun\u200d")
	log.Info("address", "err", errors.New("550 <bob.miller@example.net>: no such user; bob.miller@example.org"))
	log.Info("terminal \x1b]0;owned\x07", "a\x1b[2J", "\u202egnp.exe\r\n{\"level\":\"ERROR\"}", "long", strings.Repeat("ü", 5000))
	log.Info("numbers", "messages", 7, "recipients", 3, "whole", true)

	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(forms(password), "otherword", "b3RoZXJ3b3Jk", "the letter", "bob.miller", plain, "\x1b", "\u202e") {
		if strings.Contains(string(b), s) {
			t.Errorf("%q stands in the log:\n%s", s, b)
		}
	}
	for l := range bytes.Lines(b) {
		if !json.Valid(l) || len(l) > 4<<10 {
			t.Errorf("a bad line of %d octets: %s", len(l), l)
		}
	}
	for _, s := range []string{"…@example.net", "no such user", `"messages":7`, `"recipients":3`, "BAD a1 LOGIN [cut]", "AUTH PLAIN [cut]"} {
		if !strings.Contains(string(b), s) {
			t.Errorf("%q does not stand in the log:\n%s", s, b)
		}
	}
	lines, err := Last(path, 100, slog.LevelDebug)
	if err != nil || len(lines) != 10 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
}

// The last lines are read over the files, whatever stands in them.
func TestLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "posthorn.log")
	write := func(n int, text string) {
		if err := os.WriteFile(name(path, n), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if lines, err := Last(path, 10, slog.LevelDebug); len(lines) != 0 || err != nil {
		t.Error(lines, err)
	}
	write(1, `{"time":"2026-11-25T10:00:00Z","level":"WARN","msg":"one","account":"a\u001b[1m","n":1,"o":{"x":"y"}}`+"\n\n"+`torn {"time`+"\n")
	write(0, `{"time":"2026-11-25T11:00:00Z","level":"INFO","msg":"two","err":"a b"}`+"\n"+`{"msg":"no time \u202e"}`+"\n[]\n\x1b[2J")
	for _, test := range []struct {
		n     int
		level slog.Level
		want  string
	}{
		{1, slog.LevelDebug, "␛[2J"},
		{10, slog.LevelWarn, `warn  a␛[1m: one n=1 o="{\"x\":\"y\"}"`},
		{3, slog.LevelInfo, `info  {"msg":"no time \u202e"}|info  []|info  ␛[2J`},
		{4, slog.LevelInfo, `info  two err="a b"`},
		{9, slog.LevelInfo, `torn {"time`},
	} {
		lines, err := Last(path, test.n, test.level)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, l.String())
			if l.String() != safe.Line(l.String()) && !strings.Contains(l.String(), "  ") {
				t.Errorf("not safe: %q", l)
			}
		}
		if all := strings.Join(got, "|"); !strings.Contains(all, test.want) || len(lines) > test.n {
			t.Errorf("%d of %v: %s", test.n, test.level, all)
		}
	}
}

// A follower sees every line that is written after it began, over rotations.
func TestFollow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "posthorn.log")
	f := open(t, path, 1<<10, 100)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	const lines = 100
	got, ready, ended := make(chan string), make(chan bool), make(chan error, 1)
	go func() {
		ended <- Follow(ctx, path, slog.LevelInfo, func() error { close(ready); return nil }, func(l Line) error { got <- l.Text; return nil })
	}()
	<-ready
	for n := range lines {
		fmt.Fprintf(f, `{"time":"2026-11-25T11:00:00Z","level":"DEBUG","msg":"no"}`+"\n"+`{"time":"2026-11-25T11:00:00Z","level":"INFO","msg":"line %d"}`+"\n", n)
		if text := <-got; text != fmt.Sprintf("line %d", n) {
			t.Fatalf("line %d is %q", n, text)
		}
	}
	if _, err := os.Stat(name(path, 5)); err != nil {
		t.Error("nothing was rotated:", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-25T10:00:00Z","level":"WARN","msg":"one","account":"a","n":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		l := parse(b)
		for _, s := range []string{l.String(), l.JSON()} {
			if strings.ContainsAny(s, "\x1b\x07\r\n\u202e") {
				t.Errorf("not safe: %q", s)
			}
		}
	})
}
