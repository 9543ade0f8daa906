package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"posthorn/cli/logfile"
	"posthorn/config"
	"posthorn/demo"
)

// A whole session by IMAP, POP3 and SMTP, with everything logged: what one wants
// to know of it is there, and no password, no address and no letter.
func TestLogOfSession(t *testing.T) {
	const password = "correct-horse"
	servers, err := demo.Start(t.Context(), demo.Options{Messages: 3, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	profile := t.TempDir()
	for _, a := range servers.Accounts() {
		acct, err := demoAccount(a)
		if err != nil {
			t.Fatal(err)
		}
		acct.Password.Command = "echo " + a.Password
		if err := config.AddAccount(filepath.Join(profile, "config.toml"), acct); err != nil {
			t.Fatal(err)
		}
	}
	run := func(in string, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		e := &env{in: strings.NewReader(in), out: &out, errs: &errs}
		if status := e.main(append([]string{"--profile", profile, "--log-level", "debug"}, args...)); status != done {
			t.Fatalf("posthorn %v: status %d: %s", args, status, errs.String())
		}
	}
	run("", "sync")
	run("the secret letter", "send", "-a", "Ann", "--to", "ben@example.org", "-s", "a private subject")
	run("", "sync", "-a", "Ben")

	b, err := os.ReadFile(logfile.Path(filepath.Join(profile, "state")))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)),
		base64.StdEncoding.EncodeToString([]byte("\x00ann@example.org\x00" + password)), "secret letter", "private subject", "ben@", "ann@"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	for _, text := range []string{`"msg":"start","command":"sync"`, `"msg":"connected","account":"Ann"`, `"msg":"connected","account":"Ben"`, `"msg":"logged in"`, `"mechanism":"PLAIN"`,
		`"msg":"message submitted"`, `"recipients":1,"accepted":1`, `"msg":"session finished"`, `"retrieved":1`, `"msg":"end","command":"send"`} {
		if !strings.Contains(string(b), text) {
			t.Errorf("%s does not stand in the log", text)
		}
	}
	if t.Failed() {
		t.Logf("%s", b)
	}
}

// log -f shows the last lines and then each that is written, also after somebody
// has renamed the file, until it is interrupted.
func TestLogFollow(t *testing.T) {
	state := t.TempDir()
	writer := logfile.New(logfile.Path(state), slog.LevelInfo, new(logfile.Secrets), func(err error) { t.Error(err) })
	writer.Info("before")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe()
	e := &env{out: w}
	e.paths.State = state
	ended := make(chan error, 1)
	go func() { ended <- e.followLog(ctx, 10, slog.LevelInfo) }()
	lines := bufio.NewScanner(r)
	for _, text := range []string{"before", "one", "two", "three"} {
		if text == "two" {
			if err := os.Rename(logfile.Path(state), logfile.Path(state)+".1"); err != nil {
				t.Fatal(err)
			}
		}
		if text != "before" {
			writer.Info(text)
		}
		if !lines.Scan() || !strings.HasSuffix(lines.Text(), " info  "+text) {
			t.Fatalf("%q is shown for %q", lines.Text(), text)
		}
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A panic is logged, and goes on.
func TestLogPanic(t *testing.T) {
	e := &env{out: new(bytes.Buffer), errs: new(bytes.Buffer)}
	e.paths.State = t.TempDir()
	defer func() {
		if recover() == nil {
			t.Error("the panic was swallowed")
		}
		lines, err := logfile.Last(logfile.Path(e.paths.State), 1, 0)
		if err != nil || len(lines) != 1 || lines[0].Text != "panic" || !strings.Contains(lines[0].String(), "TestLogPanic") {
			t.Errorf("%v, %v", lines, err)
		}
	}()
	defer e.logPanic()
	panic("a word")
}

// Where nothing can be logged, that is told once, and everything else is done.
func TestLogUnwritable(t *testing.T) {
	servers, err := demo.Start(context.Background(), demo.Options{Messages: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	profile := t.TempDir()
	acct, err := demoAccount(servers.Accounts()[0])
	if err != nil {
		t.Fatal(err)
	}
	acct.Password.Command = "echo posthorn"
	if err := config.AddAccount(filepath.Join(profile, "config.toml"), acct); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(logfile.Path(filepath.Join(profile, "state")), 0o700); err != nil { // a folder of that name
		t.Fatal(err)
	}
	var errs bytes.Buffer
	e := &env{in: strings.NewReader(""), out: new(bytes.Buffer), errs: &errs}
	if status := e.main([]string{"--profile", profile, "sync"}); status != done {
		t.Errorf("status %d", status)
	}
	if strings.Count(errs.String(), "write the log") != 1 {
		t.Errorf("told: %s", errs.String())
	}
}
