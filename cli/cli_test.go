package cli

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"posthorn/config"
	"posthorn/demo"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"posthorn": func() {
			e := &env{in: os.Stdin, out: os.Stdout, errs: os.Stderr, workFactor: 10}
			os.Exit(e.main(os.Args[1:]))
		},
	})
}

// The scripts in testdata/script say what the command line does. Beside the
// commands of testscript they use those below.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		Setup:              environment,
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":     cmdStatus,
			"demoserve":  cmdDemoserve,
			"accounts":   cmdAccounts,
			"oldprofile": cmdOldProfile,
			"json":       cmdJSON,
			"id":         cmdID,
			"harmless":   cmdHarmless,
			"unescape":   cmdUnescape,
			"expand":     cmdExpand,
			"nested":     cmdNested,
		},
	})
}

// environment gives a script a home and a profile of its own, and no keyring: that of
// whoever runs the tests is not theirs to write to.
func environment(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	e.Setenv("HOME", home)
	e.Setenv("POSTHORN_PROFILE", filepath.Join(e.WorkDir, "profile"))
	e.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(home, "no-bus"))
	e.Setenv("TZ", "UTC")
	e.Setenv("ESCAPE", "\x1b")
	e.Setenv("NEWLINE", "\r\n")
	e.Setenv("GORACE", "atexit_sleep_ms=0") // or each command takes a second under the race detector
	return os.Mkdir(home, 0o700)
}

// cmdStatus runs a command and checks its exit status:
//
//	status N posthorn …
//
// It also holds every failure to what all of them promise: wrong usage and
// nothing found print no result, wrong usage is told in one line, and what
// fails says something.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
	out, errs := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	told := strings.HasPrefix(errs, "posthorn: ") || strings.Contains(errs, "\nposthorn: ")
	switch {
	case want == failed && !told:
		ts.Fatalf("it failed without a word")
	case want == wrongUsage && (!told || strings.Count(errs, "\n") != 1):
		ts.Fatalf("wrong usage is not told in one line")
	case want == wrongUsage && out != "", want == nothingFound && out != "":
		ts.Fatalf("there is a result on standard output")
	}
}

// cmdDemoserve starts the demo's servers, which end with the script, and says in
// the environment where they are: IMAP, POP3 and SMTP, each also with _PORT, and
// PASSWORD. Ann's mail is on the first, Ben's on the second.
func cmdDemoserve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: demoserve")
	}
	startDemo(ts, 1)
}

func startDemo(ts *testscript.TestScript, messages int) *demo.Servers {
	servers, err := demo.Start(context.Background(), demo.Options{Messages: messages})
	ts.Check(err)
	ts.Defer(func() { servers.Close() })
	ann, ben := servers.Accounts()[0], servers.Accounts()[1]
	for name, addr := range map[string]string{"IMAP": ann.IMAP, "POP3": ben.POP3, "SMTP": ann.SMTP} {
		_, port, err := net.SplitHostPort(addr)
		ts.Check(err)
		ts.Setenv(name, addr)
		ts.Setenv(name+"_PORT", port)
	}
	ts.Setenv("PASSWORD", ann.Password)
	return servers
}

// cmdAccounts starts the demo's servers and writes a configuration with the
// accounts Ann and Ben, for the scripts that are not about account add. With a
// number there are only as many generated messages in each inbox, which is
// quicker where the sample mail is not needed.
//
//	accounts [N]
func cmdAccounts(ts *testscript.TestScript, neg bool, args []string) {
	messages := 0
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		ts.Check(err)
		messages = n
	}
	if neg || len(args) > 1 {
		ts.Fatalf("usage: accounts [N]")
	}
	for _, a := range startDemo(ts, messages).Accounts() {
		acct, err := demoAccount(a)
		ts.Check(err)
		acct.Password.Command = "echo " + a.Password
		ts.Check(config.AddAccount(filepath.Join(ts.Getenv("POSTHORN_PROFILE"), "config.toml"), acct))
	}
}

// cmdOldProfile puts a profile that the commit c7f6daa made in the script's.
func cmdOldProfile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: oldprofile")
	}
	z, err := zip.OpenReader("../store/testdata/c7f6daa.zip")
	ts.Check(err)
	defer z.Close()
	ts.Check(os.CopyFS(ts.Getenv("POSTHORN_PROFILE"), z))
}

// cmdJSON checks that a line of the last output, all of which must be JSON, has
// a value at a path of keys and indexes. What is no string is compared as JSON.
//
//	json from.0.name 'Ann Lindqvist'
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	var have []string
	found := false
	for _, v := range documents(ts) {
		got, ok := at(v, args[0])
		have = append(have, got)
		found = found || ok && got == args[1]
	}
	if found == neg {
		ts.Fatalf("%s is %q", args[0], have)
	}
}

// cmdID takes the id of the first message with a subject out of what list --json
// printed, into a variable.
//
//	id VAR SUBJECT
func cmdID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: id VAR SUBJECT")
	}
	for _, v := range documents(ts) {
		if s, _ := at(v, "subject"); s == args[1] {
			id, _ := at(v, "id")
			ts.Setenv(args[0], id)
			return
		}
	}
	ts.Fatalf("there is no message %q", args[1])
}

// documents returns the lines of the last output as JSON.
func documents(ts *testscript.TestScript) (list []any) {
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			ts.Fatalf("this is no JSON: %q: %v", line, err)
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		ts.Fatalf("nothing was printed")
	}
	return list
}

func at(v any, path string) (string, bool) {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return "", false
			}
			v = x[i]
		default:
			return "", false
		}
	}
	if s, ok := v.(string); ok {
		return s, true
	}
	b, err := json.Marshal(v)
	return string(b), err == nil && v != nil
}

// cmdHarmless checks that nothing a terminal obeys, and nothing that turns text
// round, stands in the last output, neither as it is nor within JSON.
func cmdHarmless(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: harmless")
	}
	out := ts.ReadFile("stdout")
	texts := []string{out, ts.ReadFile("stderr")}
	if strings.HasPrefix(out, "{") {
		for _, v := range documents(ts) {
			texts = append(texts, stringsIn(v)...)
		}
	}
	for _, s := range texts {
		if i := strings.IndexFunc(s, harmful); i >= 0 || !utf8.ValidString(s) {
			ts.Fatalf("harmful at byte %d of %q", i, s)
		}
	}
}

func harmful(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' ||
		'\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}

// stringsIn returns all strings of a JSON value.
func stringsIn(v any) (list []string) {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		for _, y := range x {
			list = append(list, stringsIn(y)...)
		}
	case map[string]any:
		for _, y := range x {
			list = append(list, stringsIn(y)...)
		}
	}
	return list
}

// cmdUnescape replaces Go's escapes, such as \x1b, in files: a script is to be
// read in a terminal too.
func cmdUnescape(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: unescape FILE…")
	}
	edit(ts, args, func(s string) string {
		s, err := strconv.Unquote(`"` + strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(s) + `"`)
		ts.Check(err)
		return s
	})
}

// cmdExpand replaces $VAR in files.
func cmdExpand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: expand FILE…")
	}
	edit(ts, args, func(s string) string { return os.Expand(s, ts.Getenv) })
}

// cmdNested writes a message of multiparts within multiparts.
//
//	nested DEPTH FILE
func cmdNested(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: nested DEPTH FILE")
	}
	depth, err := strconv.Atoi(args[0])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("Subject: dolls\n")
	for i := range depth {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=doll%d\n\n--doll%d\n", i, i)
	}
	b.WriteString("Content-Type: text/plain\n\nthe smallest doll\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o600))
}

func edit(ts *testscript.TestScript, files []string, change func(string) string) {
	for _, f := range files {
		f = ts.MkAbs(f)
		ts.Check(os.WriteFile(f, []byte(change(ts.ReadFile(f))), 0o600))
	}
}

// demo --serve says where its servers are, in the form that is promised, and
// serves until it is interrupted.
func TestDemoServe(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r, w := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- (&env{out: w}).demo(ctx, 1, true) }()
	var said struct{ Accounts []map[string]string }
	if err := json.NewDecoder(r).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if len(said.Accounts) != 2 {
		t.Fatalf("%d accounts", len(said.Accounts))
	}
	for i, filled := range [][]string{{"imap", "smtp"}, {"pop3", "smtp"}} {
		a := said.Accounts[i]
		for _, key := range []string{"name", "address", "user", "password"} {
			if a[key] == "" {
				t.Errorf("account %d has no %s", i, key)
			}
		}
		if len(a) != 9 || a["tls"] != "none" || a["receive"] != filled[0] {
			t.Errorf("account %d is %v", i, a)
		}
		for _, key := range filled {
			c, err := net.Dial("tcp", a[key])
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		}
	}
	interrupt()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The table of keys in the README is the one that the program has.
func TestREADME(t *testing.T) {
	have, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := withKeys(have)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != string(want) {
		t.Error("README.md is out of date; make docs writes it")
	}
}
