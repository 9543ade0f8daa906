package cli_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"posthorn/cli"
	"posthorn/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"posthorn": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// Each script is a session at a prompt, with a home of its own and no keyring.
// Beside what testscript knows there are
//
//	status N posthorn …   run it; it must end with status N, and say why, in lines
//	                      that begin with its name, if that is 1 or 2
//	capture NAME REGEXP   set NAME to the first group of REGEXP in what was printed
//	servers               start the demo's servers; IMAP, POP3, SMTP are their
//	                      addresses and PASSWORD is everybody's
//	unused NAME           set NAME to an address where nothing listens
//	clean                 what was printed holds no control characters
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
			e.Setenv("TZ", "UTC")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second longer
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "capture": capture, "servers": servers, "unused": unused, "clean": clean,
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command …")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	said := ts.ReadFile("stderr")
	if got != want {
		ts.Fatalf("it ends with %d, not %d: %s", got, want, said)
	}
	if (want == 1 || want == 2) != (said != "") {
		ts.Fatalf("with status %d it says %q", got, said)
	}
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "posthorn: ") {
			ts.Fatalf("with status %d it says %q", got, line)
		}
	}
}

func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME REGEXP")
	}
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	m := re.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("%s is not in what was printed", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func servers(ts *testscript.TestScript, neg bool, args []string) {
	s, err := demo.Start(context.Background(), demo.Options{})
	ts.Check(err)
	ts.Defer(func() { s.Close() })
	for _, a := range s.Accounts() {
		ts.Setenv("SMTP", a.SMTP)
		ts.Setenv("PASSWORD", a.Password)
		if a.IMAP != "" {
			ts.Setenv("IMAP", a.IMAP)
		} else {
			ts.Setenv("POP3", a.POP3)
		}
	}
}

func unused(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

func clean(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range []string{"stdout", "stderr"} {
		s := ts.ReadFile(name)
		if i := strings.IndexFunc(s, func(r rune) bool {
			return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		}); i >= 0 {
			ts.Fatalf("%s holds a control character: %q", name, s[max(0, i-20):min(len(s), i+20)])
		}
	}
}
