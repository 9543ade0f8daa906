package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/maildir"
	"posthorn/account/secret"
	"posthorn/cache"
	"posthorn/config"
	"posthorn/internal/disk/disktest"
	"posthorn/mail"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/store"
	"posthorn/sync"
)

// flaws returns what is wrong with the text of an error: a phrase of three words
// that it says twice, or that it is not one sentence.
func flaws(text string) (found []string) {
	words := strings.Fields(strings.ToLower(text))
	for i, w := range words {
		words[i] = strings.Trim(w, `.,;:()"'`)
	}
	seen := map[string]bool{}
	for i := range max(len(words)-2, 0) {
		phrase := strings.Join(words[i:i+3], " ")
		if seen[phrase] {
			found = append(found, "it says twice: "+phrase)
		}
		seen[phrase] = true
	}
	if strings.TrimSpace(text) == "" {
		found = append(found, "it says nothing")
	}
	if strings.Contains(text, "%!") || regexp.MustCompile(`: *(:|;|$)|<nil>`).MatchString(text) {
		found = append(found, "something is left out")
	}
	if regexp.MustCompile(`[.!?](\s|$)|\n`).MatchString(text) {
		found = append(found, "it is not one sentence")
	}
	return found
}

func TestFlaws(t *testing.T) {
	for _, good := range []string{
		"store a message that was fetched: the disk is full; it stays on the server",
		"log in at imap.example.org:993: the server said: no",
	} {
		if f := flaws(good); f != nil {
			t.Errorf("%s: %q", good, f)
		}
	}
	for _, bad := range []string{
		"", "open: ", "open: : no", "open: <nil>", "open %!s(MISSING)",
		"log in: refused. Try again", "two\nlines",
		"store a message: Store a message: the disk is full",
		"the disk is full (the disk is full)",
	} {
		if flaws(bad) == nil {
			t.Errorf("nothing is wrong with %q", bad)
		}
	}
}

// sentence fails the test unless an error is one sentence, or several failures
// with one each, in which nothing is said twice and that is as expected, where
// something is.
func sentence(t *testing.T, err error, want string) {
	t.Helper()
	var several sync.Failures
	if errors.As(err, &several) {
		for _, err := range several {
			sentence(t, err, "")
		}
	}
	if err == nil {
		t.Errorf("nothing failed, want %s", want)
		return
	}
	t.Log(err)
	if f := flaws(err.Error()); f != nil && len(several) == 0 {
		t.Errorf("%v: %s", err, strings.Join(f, "; "))
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%v does not say %s", err, want)
	}
}

// The words for a line that fails, in all its ways, once and twice wrapped.
func TestSentencesOfDialling(t *testing.T) {
	s := account.Server{Host: "imap.example.org", Port: 993}
	for _, cause := range []error{
		&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		&net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)},
		&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: s.Host, IsNotFound: true}},
		&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", Name: s.Host}},
		&net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded},
		&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"},
		io.ErrUnexpectedEOF, context.DeadlineExceeded, syscall.EMFILE,
	} {
		err := account.Fail("connect", s, cause)
		sentence(t, err, "connect at imap.example.org:993: ")
		sentence(t, account.Fail("log in", s, err), "connect at imap.example.org:993: ")
		sentence(t, account.Fail("log in", s, fmt.Errorf("read the greeting: %w", err)), "")
	}
}

// A kept account is one whose mail lies in a Maildir, with its cache beside it in
// another folder.
type kept struct {
	sync.Account
	box *maildir.Source
}

func keep(t *testing.T, state, mailbox string) kept {
	t.Helper()
	ctx := t.Context()
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	numbers, err := store.Open(ctx, filepath.Join(state, "data"), state)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { numbers.Close() })
	accounts, err := numbers.Accounts(ctx, []string{"ann"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := cache.Open(ctx, filepath.Join(state, "ann.db"), "ann", accounts[0], cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	box, err := maildir.Open(mailbox)
	if err != nil {
		t.Fatal(err)
	}
	for _, subject := range []string{"one", "two"} {
		raw := []byte("From: ben@example.org\r\nSubject: " + subject + "\r\n\r\nbody\r\n")
		if _, err := box.Append(ctx, "INBOX", 0, time.Time{}, raw); err != nil {
			t.Fatal(err)
		}
	}
	k := kept{sync.Account{Name: "ann", Store: accounts[0], DB: db, Room: box}, box}
	k.Dial = func(context.Context) (sync.Source, error) { return box, nil }
	if err := sync.New([]sync.Account{k.Account}, sync.Options{OnDemand: true}).Pass(ctx, "ann", sync.PassOptions{}); err != nil {
		t.Fatal(err)
	}
	return k
}

// engine has an account worked for, on demand.
func (k kept) engine() *sync.Engine {
	return sync.New([]sync.Account{k.Account}, sync.Options{OnDemand: true})
}

func (k kept) inbox(t *testing.T) []mail.ID {
	t.Helper()
	entries, err := k.DB.Entries(t.Context(), mail.View{Role: mail.Inbox}, 0)
	if err != nil || len(entries) != 2 {
		t.Fatalf("the inbox has %v, %v", entries, err)
	}
	return []mail.ID{entries[0].ID, entries[1].ID}
}

func TestSentencesOffline(t *testing.T) {
	k := keep(t, t.TempDir(), t.TempDir())
	id := k.inbox(t)[0]
	s := account.Server{Host: "imap.example.org", Port: 993}
	k.Dial = func(context.Context) (sync.Source, error) {
		return nil, account.Fail("connect", s, syscall.ECONNREFUSED)
	}
	k.Drop = func(context.Context) (sync.Drop, error) {
		return nil, account.Fail("connect", account.Server{Host: "pop.example.org", Port: 995}, syscall.ECONNREFUSED)
	}
	const why = "offline: connect at imap.example.org:993: connection refused"
	_, err := k.engine().Open(t.Context(), id, render.Options{})
	sentence(t, err, "open message "+id.String()+": "+why)
	err = k.engine().Copy(t.Context(), id, io.Discard)
	sentence(t, err, "open message "+id.String()+": "+why)
	sentence(t, k.engine().Pass(t.Context(), "ann", sync.PassOptions{}), why)
	err = k.engine().Carry(t.Context(), mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Seen})
	sentence(t, err, why)
}

// unwilling is a Maildir whose owner allows no changes.
type unwilling struct{ *maildir.Source }

func (u unwilling) SetFlags(context.Context, []mail.Place, mail.Flags, mail.Flags) error {
	return &account.Error{Kind: account.Denied, Op: "set flags in INBOX", Server: "imap.example.org:993", Said: "the mailbox is read-only"}
}

func TestSentencesRefused(t *testing.T) {
	k := keep(t, t.TempDir(), t.TempDir())
	ids := k.inbox(t)
	k.Dial = func(context.Context) (sync.Source, error) { return unwilling{k.box}, nil }
	err := k.engine().Carry(t.Context(), mail.SetFlags{IDs: ids[:1], Add: mail.Seen})
	sentence(t, err, "set flags in INBOX at imap.example.org:993: the server said: the mailbox is read-only")
	err = k.engine().Carry(t.Context(), mail.File{IDs: ids, To: mail.Important})
	sentence(t, err, "")
}

// parcel is a drop with one message of a number of lines.
type parcel struct {
	sync.Drop
	lines int
}

func (parcel) List(context.Context) ([]account.Waiting, error) {
	return []account.Waiting{{Number: 1, UIDL: "one", Size: 1 << 20}}, nil
}
func (p parcel) Retrieve(_ context.Context, _ account.Waiting, w io.Writer) error {
	_, err := w.Write([]byte("Subject: parcel\n\n" + strings.Repeat("text\n", p.lines)))
	return err
}
func (parcel) Quit(context.Context) error { return nil }
func (parcel) Close() error               { return nil }

// A full disk is called that in every layer, in one sentence, with advice that
// names the folder.
func TestSentencesOfAFullDisk(t *testing.T) {
	dir, ctx := disktest.Small(t, "8m"), t.Context()
	sub := func(name string) string { return filepath.Join(dir, name) }
	k := keep(t, sub("state"), sub("mail"))
	roomy := keep(t, t.TempDir(), sub("mail2")) // its cache can be written
	roomy.Drop = func(context.Context) (sync.Drop, error) { return parcel{lines: 4000}, nil }
	ids := k.inbox(t)
	disktest.Fill(t, dir)
	t.Setenv("TMPDIR", dir)

	const full = "the disk is full"
	for _, c := range []struct {
		what string
		do   func() error
		want string
	}{
		{"configuration", func() error {
			return config.AddAccount(sub("config.toml"), config.Account{Name: "ann", Address: "ann@example.org", Receive: "maildir", Maildir: "/none"})
		}, "change the configuration: " + full},
		{"secrets", func() error {
			pass := func() (string, error) { return "open", nil }
			return secret.File{Path: sub("secrets.age"), Passphrase: pass, WorkFactor: 10}.Set(ctx, "ann", "password", "x")
		}, "write the encrypted file: " + full},
		{"attachment", func() error {
			_, err := safe.WriteNew(dir, "a.txt", strings.NewReader("text"))
			return err
		}, full},
		{"outbox", func() error {
			_, err := k.Store.Enqueue(ctx, mail.Outgoing{Account: "ann", Rcpt: []string{"a@b"}, Raw: make([]byte, 1<<20)})
			return err
		}, "put the message into the outbox: " + full},
		{"store", func() error {
			for n := range 3000 { // until the file must grow
				if err := k.Store.NoteDeliveries(ctx, store.Delivery{Name: strings.Repeat("uidl ", 100) + strconv.Itoa(n)}); err != nil {
					return err
				}
			}
			return nil
		}, full},
		{"cache", func() error {
			return k.DB.PutPart(ctx, ids[0], "1", make([]byte, 1<<20))
		}, "keep a body: " + full},
		{"change", func() error {
			return k.engine().Carry(ctx, mail.SetFlags{IDs: ids, Add: mail.Flagged})
		}, full},
		{"delivery", func() error {
			return k.box.Deliver(ctx, "uidl", func(w io.Writer) error {
				_, err := w.Write(make([]byte, 1<<20))
				return err
			})
		}, "store a message that was fetched: " + full},
		{"drop", func() error {
			return roomy.engine().Pass(ctx, "ann", sync.PassOptions{})
		}, "store a message that was fetched: " + full + "; it stays on the server"},
		{"spool", func() error {
			roomy.Drop = func(context.Context) (sync.Drop, error) { return parcel{lines: 1 << 19}, nil }
			return roomy.engine().Pass(ctx, "ann", sync.PassOptions{})
		}, "keep a large message while it is fetched: " + full},
		{"append", func() error {
			return roomy.engine().Carry(ctx, mail.Append{To: roomy.folder(t, mail.Drafts), Raw: make([]byte, 1<<20)})
		}, full},
	} {
		t.Run(c.what, func(t *testing.T) {
			err := c.do()
			sentence(t, err, c.want)
			var h interface{ Hint() string }
			if err == nil || !strings.Contains(err.Error(), dir) && (!errors.As(err, &h) || !strings.Contains(h.Hint(), "free some space in "+dir)) {
				t.Errorf("nobody is told where space is needed: %v", err)
			}
		})
	}
}

func (k kept) folder(t *testing.T, r mail.Role) mail.FolderID {
	t.Helper()
	f, err := k.DB.FolderByRole(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return f.ID
}
