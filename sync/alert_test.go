package sync

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/cache"
	"posthorn/internal/dialogue"
	"posthorn/internal/ramdir"
)

// What a server wants its users to be told reaches them, wherever in its answers
// it stands, and each text once.
func TestAlerts(t *testing.T) {
	const again = "* OK [ALERT] The mailbox is\x1b[2J nearly full\r\n"
	server := dialogue.Script{Proto: "imap", Steps: []dialogue.Step{
		{Send: "* OK [ALERT] No mail on Sunday\r\n"},
		{On: "CAPABILITY", Send: "* CAPABILITY IMAP4rev1\r\n<tag> OK\r\n"},
		{On: "LOGIN", Send: "<tag> OK [ALERT] The password expires tomorrow\r\n"},
		{On: "LIST", Send: "* LIST () \"/\" INBOX\r\n" + again + "* LIST () \"/\" Other\r\n<tag> OK\r\n"},
		{On: "STATUS INBOX", Send: again + "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0)\r\n<tag> OK [ALERT] The password expires tomorrow\r\n"},
		{On: "(SELECT|EXAMINE) \"?INBOX", Send: "* 0 EXISTS\r\n* OK [ALERT] " + strings.Repeat("long ", 1000) + "\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n<tag> OK\r\n"},
		{On: "SELECT|EXAMINE|STATUS", Send: "<tag> NO [ALERT] Other is being moved\r\n"},
		{On: ".", Send: "<tag> OK\r\n"},
	}}.Serve(t)
	kept := numbered(t, "work")[0]
	db, err := cache.Open(t.Context(), filepath.Join(ramdir.New(t), "cache.db"), "work", kept, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	e := New([]Account{{Name: "work", Store: kept, DB: db, Dial: func(ctx context.Context) (Source, error) {
		return imap.Dial(ctx, imap.Options{Server: account.Server{Host: "127.0.0.1", Port: server.Addr.Port, TLS: account.Plain},
			Login: account.Login{User: "ann", Password: func(context.Context) (string, error) { return "secret", nil }}})
	}}}, Options{})
	for range 2 { // the second on another connection
		if err := e.Pass(t.Context(), "work", PassOptions{}); err == nil || !strings.Contains(err.Error(), "being moved") {
			t.Errorf("the pass ends with %v", err)
		}
	}
	var got []string
	for {
		ev, ok := e.events.take()
		if !ok {
			break
		}
		if n, ok := ev.(Notice); ok {
			if n.Account != "work" || n.Err != nil {
				t.Errorf("the notice is %v", n)
			}
			got = append(got, n.Text)
		}
	}
	if len(got) == 5 && len(got[3]) < 500 && strings.HasPrefix(got[3], "the server says: long long") {
		got[3] = "long"
	}
	want := []string{"the server says: No mail on Sunday", "the server says: The password expires tomorrow",
		"the server says: The mailbox is␛[2J nearly full", "long", "the server says: Other is being moved"}
	if !slices.Equal(got, want) {
		t.Errorf("the user is told %q, not %q", got, want)
	}
}
