package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"posthorn/internal/lab"
	"posthorn/mail"
)

// Adding an account says exactly what is wrong, and saves nothing then.
func TestAccountAdd(t *testing.T) {
	s := servers(t)
	for name, tt := range map[string]struct {
		args, stdin, says string
	}{
		"wrong password": {"--imap {imaps} --smtp {smtps} --tls implicit --ca-file {ca}", "wrong", "user name and password"},
		"untrusted":      {"--imap {imaps} --smtp {smtps} --tls implicit", "secret", "TLS verify"},
		"no such name":   {"--imap imap.invalid:993 --smtp {smtps} --tls implicit", "secret", "name not found"},
		"refused":        {"--imap localhost:1 --smtp {smtps} --tls implicit", "secret", "connection refused"},
		"no TLS there":   {"--imap {imap} --smtp {smtps} --tls implicit --ca-file {ca}", "secret", "does not speak TLS"},
		"plain to afar":  {"--imap mail.example.org:143 --smtp {smtp} --tls none", "secret", "without TLS"},
		"sending fails":  {"--imap {imaps} --smtp localhost:1 --tls implicit --ca-file {ca}", "secret", "sending by SMTP does not work"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUser(t)
			u.stdin = tt.stdin + "\n"
			args := strings.NewReplacer("{imaps}", port(s.IMAPS), "{imap}", port(s.IMAP), "{smtps}", port(s.Submissions), "{smtp}", port(s.Submission), "{ca}", s.CA).Replace(tt.args)
			u.fails(1, tt.says, append([]string{"account", "add", "ann@example.org", "--password-stdin"}, strings.Fields(args)...)...)
			u.fails(3, "", "account", "list")
		})
	}
	t.Run("starttls, password command", func(t *testing.T) {
		u := newUser(t)
		u.does("account", "add", "ann@example.org", "--imap", port(s.IMAP), "--smtp", port(s.Submission), "--tls", "starttls", "--ca-file", s.CA, "--password-command", "echo secret")
		if out := u.does("account", "list"); !strings.Contains(out, "ann@example.org") {
			t.Errorf("the accounts are %q", out)
		}
		if out := u.does("doctor"); strings.Contains(out, "BAD") {
			t.Errorf("the doctor says %s", out)
		}
		config, err := os.ReadFile(filepath.Join(u.profile, "config.toml"))
		if err != nil || strings.Contains(string(config), "password = ") {
			t.Errorf("the configuration is %s, %v", config, err)
		}
	})
	t.Run("encrypted file", func(t *testing.T) {
		u := newUser(t)
		u.addIMAP(s, "ann")
		raw, err := os.ReadFile(filepath.Join(u.profile, "data", "secrets.age"))
		if err != nil || strings.Contains(string(raw), lab.Password) {
			t.Errorf("the secrets are %q, %v", raw, err)
		}
		u.does("account", "test")
	})
}

// Mail is listed, read, searched, flagged, moved; and the server knows.
func TestIMAP(t *testing.T) {
	s := servers(t)
	src := source(t, s, "ann")
	fill(t, src, "INBOX", 30)
	u := newUser(t)
	u.addIMAP(s, "ann")
	u.does("sync")
	list := u.rows("list", "-n", "0")
	if len(list) != 30 || list[0].Subject != "Letter 30" || list[29].Subject != "Letter 1" {
		t.Fatalf("the list has %d messages: %+v", len(list), list)
	}
	if out := u.does("folders"); !strings.Contains(out, "INBOX") || !strings.Contains(out, " 30 ") {
		t.Errorf("the folders are\n%s", out)
	}
	id := list[0].ID
	if out := u.does("show", id); !strings.Contains(out, "Subject: Letter 30") || !strings.Contains(out, "body number 30") {
		t.Errorf("the message reads\n%s", out)
	}
	if out := u.does("show", id, "--raw"); out != string(letter(30)) {
		t.Errorf("the message is\n%q", out)
	}
	if f := flags(t, src, "INBOX")["Letter 30"]; f.Has(mail.Seen) {
		t.Error("a message that was printed is marked as read")
	}
	if got := u.subjects("search", "body:\"number 7\""); got != "Letter 7" {
		t.Errorf("the search finds %q", got)
	}
	if got := u.subjects("search", "--local", "subject:\"Letter 12\""); got != "Letter 12" {
		t.Errorf("the local search finds %q", got)
	}
	u.fails(3, "", "search", "nothing of the kind")
	u.fails(2, "is:", "search", "is:blue")
	u.does("flag", id, list[1].ID, "--seen", "--starred")
	u.does("archive", list[2].ID)
	u.does("move", list[3].ID, "Trash")
	u.does("copy", list[4].ID, "Archive")
	u.does("delete", list[5].ID)
	got := flags(t, src, "INBOX")
	if got["Letter 30"] != mail.Seen|mail.Flagged || got["Letter 29"] != mail.Seen|mail.Flagged || len(got) != 27 {
		t.Errorf("the server's inbox has %v", got)
	}
	if a, tr := flags(t, src, "Archive"), flags(t, src, "Trash"); len(a) != 2 || len(tr) != 2 {
		t.Errorf("the archive has %v, the trash %v", a, tr)
	}
	u.does("sync")
	if n := len(u.rows("list", "-n", "0")); n != 27 {
		t.Errorf("after a sync the list has %d messages", n)
	}
	moved := u.rows("list", "-f", "Archive")
	if len(moved) != 2 || moved[0].ID != list[2].ID && moved[1].ID != list[2].ID {
		t.Errorf("the archive lists %+v, without %s", moved, list[2].ID)
	}
	u.fails(3, "", "show", "z99")
	u.fails(2, "id", "show", "12")
	u.fails(1, "no account", "list", "-a", "nobody")
}

// What ann sends ben receives, over POP3; what he answers she receives, over
// IMAP. The drop is empty then, and the mail lies in a Maildir.
func TestSendAndReceive(t *testing.T) {
	s := servers(t)
	ann, ben := newUser(t), newUser(t)
	ann.addIMAP(s, "ann")
	ben.stdin = lab.Password + "\n"
	ben.does("account", "add", "ben@example.org", "--pop3", port(s.POP3S), "--smtp", port(s.Submissions), "--ca-file", s.CA, "--password-stdin", "--name", "pop", "--tls", "implicit")
	file := filepath.Join(t.TempDir(), "plan.csv")
	if err := os.WriteFile(file, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ann.stdin = "Grüße, see below.\n"
	ann.does("send", "--to", "Ben <ben@example.org>", "--bcc", "cleo@example.org", "-s", "Tee 🍵", "--attach", file)
	ann.stdin = ""
	eventually(t, "ben has ann's message", func() bool { ben.does("sync"); return ben.subjects("list") == "Tee 🍵" })
	id := ben.rows("list")[0].ID
	if out := ben.does("show", id); !strings.Contains(out, "Grüße, see below.") || strings.Contains(out, "cleo") {
		t.Errorf("ben reads\n%s", out)
	}
	if out := ben.does("attachments", id, "--save", t.TempDir()); !strings.Contains(out, "plan.csv") {
		t.Errorf("the attachments are %q", out)
	}
	files, err := filepath.Glob(filepath.Join(ben.profile, "data", "mail", "pop", "[cn]*", "*"))
	if err != nil || len(files) != 1 {
		t.Errorf("the Maildir holds %q, %v", files, err)
	}
	if n := len(flags(t, source(t, s, "ben"), "INBOX")); n != 0 {
		t.Errorf("%d messages are left on the server", n)
	}
	ben.does("sync")
	if got := ben.subjects("list"); got != "Tee 🍵" {
		t.Errorf("after another session ben has %q", got)
	}
	eventually(t, "cleo has her blind copy", func() bool { return len(flags(t, source(t, s, "cleo"), "INBOX")) == 1 })
	ann.does("sync")
	if got := ann.subjects("list", "-f", "Sent"); got != "Tee 🍵" {
		t.Errorf("ann's Sent has %q", got)
	}
	ben.stdin = "Yes!\n"
	ben.does("send", "--to", "ann@example.org", "-s", "Re: Tee 🍵")
	eventually(t, "ann has ben's answer", func() bool { ann.does("sync"); return ann.subjects("list") == "Re: Tee 🍵" })
}

// A recipient that the server refuses is told in its words, and nothing is lost.
func TestRefusedRecipient(t *testing.T) {
	s := servers(t)
	u := newUser(t)
	u.addIMAP(s, "ann")
	u.stdin = "hello\n"
	u.fails(1, "550 5.1.1", "send", "--to", "nobody@example.org", "-s", "Anybody?")
	u.stdin = ""
	if out := u.does("outbox", "list"); !strings.Contains(out, "failed") || !strings.Contains(out, "Anybody?") {
		t.Errorf("the outbox has %q", out)
	}
	u.fails(2, "no recipient", "send", "-s", "x")
}

// A server that goes away in the middle of a synchronisation costs nothing: the
// next one goes on where it was.
func TestBrokenLine(t *testing.T) {
	s := servers(t)
	fill(t, source(t, s, "ann"), "INBOX", 700)
	for _, after := range []int64{600, 5000, 60000, 200000} {
		u := newUser(t)
		broken := cutter(t, s.IMAP, after)
		config := func(n int) {
			text := "[[account]]\nname = \"ann\"\naddress = \"ann@example.org\"\n[account.password]\ncommand = \"echo secret\"\n[account.imap]\nhost = \"localhost\"\ntls = \"none\"\nport = "
			if err := os.WriteFile(filepath.Join(u.profile, "config.toml"), []byte(text+strings.TrimPrefix(port(n), "localhost:")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		config(broken)
		// As long as each line comes further than the one before, it goes on by
		// itself; success is all of it.
		first := u.run("sync")
		before := len(u.rows("list", "-n", "0"))
		if first.code > 1 || first.code == 1 && first.errs == "" || first.code == 0 && before != 700 || after < 1000 && first.code == 0 {
			t.Errorf("cut after %d octets, sync ends with %d and says %q, with %d messages", after, first.code, first.errs, before)
		}
		config(s.IMAP)
		u.does("sync")
		seen := map[string]bool{}
		for _, r := range u.rows("list", "-n", "0") {
			seen[r.Subject] = true
		}
		if list := u.rows("list", "-n", "0"); len(seen) != 700 || len(list) != 700 {
			t.Errorf("cut after %d octets, with %d messages: %d messages of %d subjects afterwards", after, before, len(list), len(seen))
		}
	}
}

// A server that is stopped is told; once it is back, everything goes on.
func TestServerStops(t *testing.T) {
	s := servers(t)
	fill(t, source(t, s, "ann"), "INBOX", 3)
	u := newUser(t)
	u.addIMAP(s, "ann")
	u.does("sync")
	if err := s.StopDovecot(); err != nil {
		t.Fatal(err)
	}
	u.fails(1, "connection refused", "sync")
	if n := len(u.rows("list")); n != 3 {
		t.Errorf("offline the list has %d messages", n)
	}
	id := u.rows("list")[0].ID
	u.run("flag", id, "--starred") // kept until the server is back
	if err := s.StartDovecot(); err != nil {
		t.Fatal(err)
	}
	u.does("sync")
	if f := flags(t, source(t, s, "ann"), "INBOX")["Letter 3"]; !f.Has(mail.Flagged) {
		t.Errorf("what was done offline did not reach the server: %v", f)
	}
}
